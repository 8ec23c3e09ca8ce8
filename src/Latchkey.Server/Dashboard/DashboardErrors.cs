using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard;

/// <summary>A refusal that the dashboard shows on a page. It belongs to no sign-in, so it has no reference.</summary>
/// <param name="Code">Stable. The value of <c>data-lk-error</c>, listed in docs/wire.md.</param>
internal sealed record DashboardError(int Status, string Code, string Title, string Explanation, string Advice)
{
    public int? RetryAfterSeconds { get; init; }

    public DashboardPage Page(DashboardRequest request)
    {
        if (RetryAfterSeconds is { } seconds)
        {
            request.Http.Response.Headers.RetryAfter = seconds.ToString();
        }

        return request.Page<DashboardErrorPage, DashboardError>(Title, this, Status);
    }
}

/// <summary>Refusals before a handler runs.</summary>
internal static class DashboardErrors
{
    public static readonly DashboardError Framed = new(
        403, "framed", "This page cannot be shown inside another page", "For your safety, the dashboard is only shown in its own window.",
        "Open the dashboard in a window of its own.");

    public static readonly DashboardError ForeignOrigin = new(
        403, "foreign_origin", "This form was not sent by the dashboard",
        "The request names another origin, or none. Nothing was changed.",
        "Open the page again and repeat it. If it happens every time, a proxy changes the Origin header, or the base URL is not the "
        + "address in the address bar.");

    public static readonly DashboardError NoFormToken = new(
        403, "form_refused", "This form is out of date", "It belongs to a session that has ended, or to another page. Nothing was changed.",
        "Open the page again and repeat it.");

    public static readonly DashboardError SignedOut = new(
        401, "signed_out", "You are signed out", "Your session has ended, so nothing was changed.", "Sign in and repeat it.");

    public static readonly DashboardError NotFound = new(
        404, "not_found", "There is no page at this address", "It may have been removed, or the address is mistyped.",
        "Go on from the overview.");

    /// <summary>A refusal of the management API, whose classes make the changes of the dashboard too.</summary>
    public static DashboardError Of(Problem problem) => new(
        problem.Status, problem.Code, "This was refused", problem.Detail, "Nothing was changed. Open the page again and repeat it.");

    public static DashboardError Forbidden(OperatorRole own, OperatorRole needed) => new(
        403, "forbidden", "Your role does not allow this", $"It needs the role {needed.Name()}; yours is {own.Name()}.",
        "Ask an owner to do it, or to change your role.");

    public static DashboardError TooManyRequests(RateLimitExceeded exceeded) => new(
        429, "too_many_requests", "Too many requests", "Many requests came from your network in a short time.",
        $"Wait {exceeded.RetryAfterSeconds} s and reload this page. Operators who are signed in are not affected.")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
    };
}
