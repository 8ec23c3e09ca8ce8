using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Health;

/// <summary>Errors of requests that are refused before their endpoint runs (<see cref="BudgetMiddleware"/>).</summary>
internal static class BudgetErrors
{
    public static readonly ErrorPage Framed = new(
        AskCauses.Framed,
        403, "framed", "This page cannot be shown inside another page", "For your safety, this page is only shown in its own window.",
        "Go back to the program you came from and connect again.");

    public static readonly ErrorPage NotANavigation = new(
        AskCauses.NotANavigation, 403, "not_a_navigation", "This page must be opened in a window",
        "The address was loaded in the background by another page, as an image or by a script.",
        "Go back to the program you came from and connect again.",
        "Open this URL by navigating a window to it. Sec-Fetch-Dest, if sent, must be document, and Sec-Fetch-Mode must not be no-cors.");

    public static readonly ErrorPage Prefetch = new(
        ReturnCauses.Prefetched, 400, "prefetch_refused", "This page was not loaded in advance",
        "This address works only when you open it yourself.",
        "Go back to the program you came from and connect again.");

    public static ErrorPage TooManyRequests(RateLimitExceeded exceeded) => new(
        FindCauses.TooManyRequests, 429, "too_many_requests", "Too many requests", "Many requests came from your network in a short time.",
        $"Wait {exceeded.RetryAfterSeconds} s and reload this page.",
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
