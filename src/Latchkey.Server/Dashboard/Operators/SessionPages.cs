using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>
/// Sign-in and sign-out. A password is slowed down per account and network after failures (<see cref="SignInBackoff"/>). A passkey never
/// is: the challenge costs no row, and only a valid answer changes anything.
/// </summary>
internal sealed class SessionPages(
    OperatorAuthentication authentication, PasswordAttempt attempts, Passkeys passkeys, OperatorSessionStore sessions,
    ILogger<SessionPages> logger)
{
    public static readonly DashboardRoute SignIn = DashboardRoute.OpenPage(DashboardPaths.SignInPath);
    public static readonly DashboardRoute WithPassword = DashboardRoute.OpenPost(DashboardPaths.SignInPath);

    public static readonly DashboardRoute PasskeyOptions =
        DashboardRoute.OpenPost("/dashboard/sign-in/passkey/options") with { IsNeverSlowed = true };

    public static readonly DashboardRoute WithPasskey =
        DashboardRoute.OpenPost("/dashboard/sign-in/passkey") with { IsNeverSlowed = true };

    public static readonly DashboardRoute SignOut = DashboardRoute.Post("/dashboard/sign-out", OperatorRole.Viewer);
    public static readonly DashboardRoute ConfirmPage = DashboardRoute.Page(DashboardPaths.ConfirmPath);
    public static readonly DashboardRoute ConfirmPassword = DashboardRoute.Post(DashboardPaths.ConfirmPath, OperatorRole.Viewer);
    public static readonly DashboardRoute ConfirmPasskey = DashboardRoute.Post("/dashboard/me/confirm/passkey", OperatorRole.Viewer);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<SessionPages>(SignIn, (_, request) => ShowSignInAsync(request));
        app.MapDashboard<SessionPages>(WithPassword, (pages, request) => pages.SignInWithPasswordAsync(request));
        app.MapDashboard<SessionPages>(PasskeyOptions, (pages, request) => pages.PasskeyOptionsAsync(request));
        app.MapDashboard<SessionPages>(WithPasskey, (pages, request) => pages.SignInWithPasskeyAsync(request));
        app.MapDashboard<SessionPages>(SignOut, (pages, request) => pages.SignOutAsync(request));
        app.MapDashboard<SessionPages>(ConfirmPage, (_, request) => Task.FromResult(ShowConfirm(request)));
        app.MapDashboard<SessionPages>(ConfirmPassword, (pages, request) => pages.ConfirmWithPasswordAsync(request));
        app.MapDashboard<SessionPages>(ConfirmPasskey, (pages, request) => pages.ConfirmWithPasskeyAsync(request));
    }

    /// <summary>The JSON that the script of the dashboard reads.</summary>
    public static IResult Json(PasskeyOptions options) =>
        TypedResults.Text($$"""{"challenge":"{{options.Challenge}}","options":{{options.Json}}}""", "application/json");

    private static async Task<IResult> ShowSignInAsync(DashboardRequest request)
    {
        var next = DashboardPaths.Next(request.Query["next"]);
        return request.Session is null
            ? request.Page<SignInPage, SignInForm>("Sign in", new() { Next = next })
            : await request.RedirectAsync(next);
    }

    private async Task<IResult> SignInWithPasswordAsync(DashboardRequest request)
    {
        var (known, error) = await attempts.CheckAsync(request, request.Form["email"], request.Form["password"]);
        return error is null ? await BeginAsync(request, known!, "password") : SignInRefused(request, error);
    }

    private async Task<IResult> PasskeyOptionsAsync(DashboardRequest request) =>
        Json(await passkeys.OptionsForSignInAsync(request.Http));

    private async Task<IResult> SignInWithPasskeyAsync(DashboardRequest request) =>
        await passkeys.CheckAsync(request.Http, request.Form["credential"] ?? "", request.Form["challenge"] ?? "") is { } known
            ? await BeginAsync(request, known, "passkey")
            : SignInRefused(request, OperatorErrors.PasskeyRefused);

    private async Task<IResult> BeginAsync(DashboardRequest request, Operator known, string by) =>
        await authentication.BeginAsync(request, known, by) is null
            ? SignInRefused(request, OperatorErrors.SignInFailed)
            : await request.RedirectAsync(DashboardPaths.Next(request.Form["next"]));

    private IResult SignInRefused(DashboardRequest request, FormError error)
    {
        OperatorLog.SignInRefused(logger, error.Code);
        return request.Page<SignInPage, SignInForm>(
            "Sign in",
            new() { Next = DashboardPaths.Next(request.Form["next"]), Email = request.Form["email"], Error = error }, error);
    }

    private async Task<IResult> SignOutAsync(DashboardRequest request)
    {
        await authentication.EndAsync(request);
        return await request.RedirectAsync(DashboardPaths.SignInPath);
    }

    private static IResult ShowConfirm(DashboardRequest request) => request.Page<ConfirmIdentityPage, SignInForm>(
        "Confirm that it is you", new() { Next = DashboardPaths.Next(request.Query["next"]) });

    private async Task<IResult> ConfirmWithPasswordAsync(DashboardRequest request)
    {
        var (known, error) = await attempts.CheckAsync(request, request.Operator.Email, request.Form["password"]);
        return known is null
            ? ConfirmRefused(request, error == OperatorErrors.SignInFailed ? OperatorErrors.WrongPassword : error!)
            : await ConfirmedAsync(request);
    }

    private async Task<IResult> ConfirmWithPasskeyAsync(DashboardRequest request) =>
        await passkeys.CheckAsync(request.Http, request.Form["credential"] ?? "", request.Form["challenge"] ?? "") is { } known
        && known.Id == request.Operator.Id
            ? await ConfirmedAsync(request)
            : ConfirmRefused(request, OperatorErrors.PasskeyRefused);

    private async Task<IResult> ConfirmedAsync(DashboardRequest request)
    {
        await sessions.ConfirmAsync(request.Session!.Id, request.Now, request.Aborted);
        return await request.RedirectAsync(DashboardPaths.Next(request.Form["next"]));
    }

    private static IResult ConfirmRefused(DashboardRequest request, FormError error) => request.Page<ConfirmIdentityPage, SignInForm>(
        "Confirm that it is you", new() { Next = DashboardPaths.Next(request.Form["next"]), Error = error }, error);
}

/// <summary>The data of <c>SignInPage</c> and <c>ConfirmIdentityPage</c>.</summary>
internal sealed record SignInForm
{
    /// <summary>The path after it.</summary>
    public required string Next { get; init; }
    public string? Email { get; init; }
    public FormError? Error { get; init; }

    public IReadOnlyDictionary<string, string> Errors => Error is null ? FormErrors.None : FormErrors.Of([Error]);
}

internal static partial class OperatorLog
{
    [LoggerMessage(2501, LogLevel.Warning, "A sign-in of an operator was refused: {Code}")]
    public static partial void SignInRefused(ILogger logger, string code);
}
