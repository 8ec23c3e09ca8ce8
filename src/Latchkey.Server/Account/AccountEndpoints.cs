using Latchkey.Server.Limits;

namespace Latchkey.Server.Account;

/// <summary>The page of connected programs, for the people who allowed them (docs/wire.md, "Connected programs").</summary>
internal static class AccountEndpoints
{
    private static readonly RouteCost Cost = new RouteCost.Page(2 * RouteCost.RowUnits, AccountSignIn.EventOfRefusal);

    public static void Add(IServiceCollection services) =>
        services.AddSingleton<AccountSessions>().AddSingleton<AccountSignIn>().AddSingleton<AccountPages>();

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(AccountPaths.List, (HttpContext http, AccountPages pages, CancellationToken cancellationToken) =>
            pages.ListAsync(http, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.SignIn, (HttpContext http, AccountPages pages, CancellationToken cancellationToken) =>
            pages.SignInAsync(http, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.Arrival, (HttpContext http, string id, AccountSignIn signIn, CancellationToken cancellationToken) =>
            signIn.ArriveAsync(http, id, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.Program, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.ProgramAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.Change, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.ChangeAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.Disconnect, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.AskToDisconnectAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.Report, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.AskToReportAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapGet(AccountPaths.DisconnectAll, (HttpContext http, AccountPages pages, CancellationToken cancellationToken) =>
            pages.AskToDisconnectAllAsync(http, cancellationToken)).Costs(Cost);
        MapPosts(app);
    }

    private static void MapPosts(IEndpointRouteBuilder app)
    {
        app.MapPost(AccountPaths.Change, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.NarrowAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapPost(AccountPaths.Disconnect, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.DisconnectAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapPost(AccountPaths.Report, (HttpContext http, string grant, AccountPages pages, CancellationToken cancellationToken) =>
            pages.ReportAsync(http, grant, cancellationToken)).Costs(Cost);
        app.MapPost(AccountPaths.DisconnectAll, (HttpContext http, AccountPages pages, CancellationToken cancellationToken) =>
            pages.DisconnectAllAsync(http, cancellationToken)).Costs(Cost);
        app.MapPost(AccountPaths.AskAgain, (HttpContext http, string consent, AccountPages pages, CancellationToken cancellationToken) =>
            pages.AskAgainAsync(http, consent, cancellationToken)).Costs(Cost);
        app.MapPost(AccountPaths.SignOut, (HttpContext http, AccountPages pages, CancellationToken cancellationToken) =>
            pages.SignOutAsync(http, cancellationToken)).Costs(Cost);
    }
}
