using Latchkey.Server.Limits;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// Every request to the dashboard passes here:
/// 1. it is charged to the budget of its network (<see cref="RouteCost"/>), and the units return when the session is live;
/// 2. a request inside a frame is refused, and so is a form post that comes from another origin or whose token is not that of its session
/// and path;
/// 3. the session must have the role of the route (<see cref="DashboardRoute"/>), and for some routes a recent confirmation;
/// 4. the handler answers with a page (<see cref="DashboardPage"/>) or, after a form post, with a redirect.
/// </summary>
internal static class DashboardRoutes
{
    private static readonly RouteCost Cost = new RouteCost.Credential(RouteCost.RowUnits);

    /// <param name="handle">Called with the request after every check has passed.</param>
    /// <typeparam name="TPages">The registered class that answers.</typeparam>
    public static void MapDashboard<TPages>(
        this IEndpointRouteBuilder app, DashboardRoute route, Func<TPages, DashboardRequest, Task<IResult>> handle)
        where TPages : notnull =>
        app.MapMethods(route.Pattern, [route.Method], http => AnswerAsync(http, route, handle)).Costs(Cost).WithMetadata(route);

    private static async Task AnswerAsync<TPages>(
        HttpContext http, DashboardRoute route, Func<TPages, DashboardRequest, Task<IResult>> handle)
        where TPages : notnull
    {
        DashboardPage.Guard(http.Response);
        var request = await http.RequestServices.GetRequiredService<OperatorAuthentication>().ReadAsync(http);
        var refusal = await DashboardGuard.RefusalAsync(request, route);
        var result = refusal ?? await handle(http.RequestServices.GetRequiredService<TPages>(), request);
        await result.ExecuteAsync(http);
    }
}
