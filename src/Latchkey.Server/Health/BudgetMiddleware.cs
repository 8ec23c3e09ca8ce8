using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Health;

/// <summary>
/// Charges each request to the budget of its network before its endpoint runs (<see cref="RouteCost"/>):
/// 1. a page that is not opened by a navigation, or is loaded in advance, is refused and costs nothing, because any web page can cause
/// such requests of its visitors;
/// 2. a request beyond the budget is refused with 429 before any work, except on routes that check a credential.
/// </summary>
internal sealed class BudgetMiddleware(RequestDelegate next, RateLimits limits, RefusalLog refusals)
{
    public Task InvokeAsync(HttpContext http) => RouteCost.Of(http.GetEndpoint()) switch
    {
        RouteCost.Page page => PageAsync(http, page),
        RouteCost.Program => limits.Request(http) is { } exceeded ? RefuseAsync(http, exceeded) : next(http),
        RouteCost.Credential => CredentialAsync(http),
        RouteCost.Exempt => next(http),
    };

    private Task PageAsync(HttpContext http, RouteCost.Page page)
    {
        if (!Navigation.IsOne(http.Request))
        {
            var refusal = Navigation.IsFramed(http.Request) ? BudgetErrors.Framed : BudgetErrors.NotANavigation;
            return refusal
                .With(
                    Fact.Sent(FactNames.FetchDestination, Navigation.DestinationOf(http.Request)),
                    Fact.Expected(FactNames.FetchDestination, Navigation.Document))
                .Alone(refusals, http, page.Event).ExecuteAsync(http);
        }

        if (Navigation.IsPrefetch(http.Request))
        {
            return BudgetErrors.Prefetch.Alone(refusals, http, page.Event).ExecuteAsync(http);
        }

        return limits.Request(http) is { } exceeded
            ? BudgetErrors.TooManyRequests(exceeded).Alone(refusals, http, page.Event).ExecuteAsync(http)
            : next(http);
    }

    private Task CredentialAsync(HttpContext http)
    {
        limits.RequestInAnyCase(http);
        return next(http);
    }

    private static Task RefuseAsync(HttpContext http, RateLimitExceeded exceeded) =>
        ExceptionMiddleware.IsManagement(http.Request.Path)
            ? BudgetErrors.TooManyRequestsOfPrograms(exceeded).ExecuteAsync(http)
            : OAuthJson.Refusal(OAuthErrorResponse.TooManyRequests(exceeded, "requests")).ExecuteAsync(http);
}
