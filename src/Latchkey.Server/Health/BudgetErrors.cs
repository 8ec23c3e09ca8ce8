using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Health;

/// <summary>Errors of requests that are refused before their endpoint runs (<see cref="BudgetMiddleware"/>).</summary>
internal static class BudgetErrors
{
    public static readonly ErrorPage Framed = new(AskCauses.Framed, 403, "framed", texts => texts.Framed);

    public static readonly ErrorPage NotANavigation = new(
        AskCauses.NotANavigation, 403, "not_a_navigation", texts => texts.NotANavigation,
        "Open this URL by navigating a window to it. Sec-Fetch-Dest, if sent, must be document, and Sec-Fetch-Mode must not be no-cors.");

    public static readonly ErrorPage Prefetch = new(ReturnCauses.Prefetched, 400, "prefetch_refused", texts => texts.Prefetched);

    public static ErrorPage TooManyRequests(RateLimitExceeded exceeded) => new(
        FindCauses.TooManyRequests, 429, "too_many_requests", texts => texts.TooManyRequests(exceeded.RetryAfterSeconds),
        "This address exceeded the rate limit of requests (setting RateLimits:RequestsPerMinute).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    };

    public static Problem TooManyRequestsOfPrograms(RateLimitExceeded exceeded) =>
        new(StatusCodes.Status429TooManyRequests, "too_many_requests", exceeded.Sentence("requests"))
        {
            RetryAfterSeconds = exceeded.RetryAfterSeconds,
        };
}
