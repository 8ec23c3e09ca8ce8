using Latchkey.Server.Limits;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Health;

/// <summary>
/// Charges each request to the budget of its network before its endpoint runs (<see cref="RouteCost"/>):
/// 1. a page that is not opened by a navigation is refused and costs nothing, because any web page can cause such requests of its visitors;
/// 2. a request beyond the budget is refused with 429 before any work, except on routes that check a credential.
/// </summary>
internal sealed class BudgetMiddleware(RequestDelegate next, RateLimits limits, SignInRecorder signIns)
{
    public static readonly ErrorPage Framed = new(
        403, "framed", "This page cannot be shown inside another page", "For your safety, this page is only shown in its own window.",
        "Go back to the program you came from and connect again.");

    public static readonly ErrorPage NotANavigation = new(
        403, "not_a_navigation", "This page must be opened in a window",
        "The address was loaded in the background by another page, as an image or by a script.",
        "Go back to the program you came from and connect again.",
        "Open this URL by navigating a window to it. Sec-Fetch-Dest, if sent, must be document, and Sec-Fetch-Mode must not be no-cors.");

    public Task InvokeAsync(HttpContext http) => RouteCost.Of(http.GetEndpoint()) switch
    {
        RouteCost.Page page => PageAsync(http, page),
        RouteCost.Program program =>
            limits.Request(http, program.Units) is { } exceeded ? RefuseAsync(http, exceeded) : next(http),
        RouteCost.Credential credential => CredentialAsync(http, credential),
        RouteCost.Exempt => next(http),
    };

    private static ErrorPage TooManyRequests(RateLimitExceeded exceeded) => new(
        429, "too_many_requests", "Too many requests", "Many requests came from your network in a short time.",
        $"Wait {exceeded.RetryAfterSeconds} s and reload this page.",
        "This address exceeded the rate limit of requests (setting RateLimits:RequestsPerMinute).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
    };

    private Task PageAsync(HttpContext http, RouteCost.Page page)
    {
        if (!Navigation.IsOne(http.Request))
        {
            var refusal = Navigation.IsFramed(http.Request) ? Framed : NotANavigation;
            return refusal.Alone(signIns, http, page.Event).ExecuteAsync(http);
        }

        return limits.Request(http, page.Units) is { } exceeded
            ? TooManyRequests(exceeded).For(signIns.RateLimited(http, exceeded, page.Event)).ExecuteAsync(http)
            : next(http);
    }

    private Task CredentialAsync(HttpContext http, RouteCost.Credential credential)
    {
        limits.RequestInAnyCase(http, credential.Units);
        return next(http);
    }

    private static Task RefuseAsync(HttpContext http, RateLimitExceeded exceeded) =>
        ExceptionMiddleware.IsManagement(http.Request.Path)
            ? new Problem(StatusCodes.Status429TooManyRequests, "too_many_requests", exceeded.Sentence("requests"))
            {
                RetryAfterSeconds = exceeded.RetryAfterSeconds,
            }.ExecuteAsync(http)
            : OAuthJson.Refusal(OAuthErrorResponse.TooManyRequests(exceeded, "requests")).ExecuteAsync(http);
}
