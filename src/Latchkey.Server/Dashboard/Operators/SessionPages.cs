using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>Sign-in and sign-out of operators.</summary>
internal sealed class SessionPages(OperatorAuthentication authentication)
{
    public static readonly DashboardRoute SignIn = DashboardRoute.OpenPage(DashboardPaths.SignInPath);
    public static readonly DashboardRoute SignOut = DashboardRoute.Post("/dashboard/sign-out", OperatorRole.Viewer);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<SessionPages>(SignIn, (_, request) => Task.FromResult(ShowSignIn(request)));
        app.MapDashboard<SessionPages>(SignOut, (pages, request) => pages.SignOutAsync(request));
    }

    private static IResult ShowSignIn(DashboardRequest request) =>
        request.Page<SignInPage, SignInForm>("Sign in", new() { Next = DashboardPaths.Next(request.Query["next"]) });

    private async Task<IResult> SignOutAsync(DashboardRequest request)
    {
        await authentication.EndAsync(request);
        return await request.RedirectAsync(DashboardPaths.SignInPath);
    }
}

/// <summary>The data of <c>SignInPage</c>.</summary>
internal sealed record SignInForm
{
    public required string Next { get; init; }
    public string? Email { get; init; }
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
