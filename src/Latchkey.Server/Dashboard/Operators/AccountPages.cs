using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>The account of the signed-in operator.</summary>
internal sealed class AccountPages(OperatorSessionStore sessions)
{
    public static readonly DashboardRoute Me = DashboardRoute.Page("/dashboard/me");

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<AccountPages>(Me, (pages, request) => pages.ShowAsync(request));

    private async Task<IResult> ShowAsync(DashboardRequest request) => request.Page<AccountPage, Account>(
        "Your account", new(await sessions.OfOperatorAsync(request.Operator.Id, request.Now, request.Aborted)));
}

/// <summary>The data of <c>AccountPage</c>.</summary>
internal sealed record Account(IReadOnlyList<OperatorSession> Sessions);
