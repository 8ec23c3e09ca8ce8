using System.Buffers.Text;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>The account of the signed-in operator: password, passkeys and sessions.</summary>
internal sealed class AccountPages(
    OperatorStore operators, OperatorSessionStore sessions, PasskeyStore passkeyRows, Passkeys passkeys, OperatorPasswords passwords)
{
    private const string Title = "Your account";

    public static readonly DashboardRoute Me = DashboardRoute.Page("/dashboard/me");
    public static readonly DashboardRoute OfferPasskey = DashboardRoute.Page("/dashboard/me/welcome");

    public static readonly DashboardRoute PasswordPage =
        DashboardRoute.Page("/dashboard/me/password") with { NeedsConfirmation = true };

    public static readonly DashboardRoute SetPassword =
        DashboardRoute.Post("/dashboard/me/password", OperatorRole.Viewer) with { NeedsConfirmation = true };

    public static readonly DashboardRoute PasskeyPage =
        DashboardRoute.Page("/dashboard/me/passkeys/add") with { NeedsConfirmation = true };

    public static readonly DashboardRoute AddPasskey =
        DashboardRoute.Post("/dashboard/me/passkeys/add", OperatorRole.Viewer) with { NeedsConfirmation = true };

    public static readonly DashboardRoute PasskeyOptions = DashboardRoute.Post("/dashboard/me/passkeys/options", OperatorRole.Viewer);

    public static readonly DashboardRoute RemovePasskeyPage =
        DashboardRoute.Page("/dashboard/me/passkeys/{id}/remove") with { NeedsConfirmation = true };

    public static readonly DashboardRoute RemovePasskey =
        DashboardRoute.Post("/dashboard/me/passkeys/{id}/remove", OperatorRole.Viewer) with { NeedsConfirmation = true };

    public static readonly DashboardRoute EndSession = DashboardRoute.Post("/dashboard/me/sessions/{id}/end", OperatorRole.Viewer);
    public static readonly DashboardRoute EndSessions = DashboardRoute.Post("/dashboard/me/sessions/end", OperatorRole.Viewer);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<AccountPages>(Me, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<AccountPages>(OfferPasskey, (_, request) => Task.FromResult<IResult>(
            request.Page<WelcomePage, NewPasskey>("Add a passkey", new(Error: null))));
        app.MapDashboard<AccountPages>(PasswordPage, (_, request) => Task.FromResult<IResult>(
            request.Page<PasswordPage, NewPassword>("Change the password", new(Error: null))));
        app.MapDashboard<AccountPages>(SetPassword, (pages, request) => pages.SetPasswordAsync(request));
        app.MapDashboard<AccountPages>(PasskeyPage, (_, request) => Task.FromResult<IResult>(
            request.Page<PasskeyPage, NewPasskey>("Add a passkey", new(Error: null))));
        app.MapDashboard<AccountPages>(PasskeyOptions, (pages, request) => pages.OptionsAsync(request));
        app.MapDashboard<AccountPages>(AddPasskey, (pages, request) => pages.AddPasskeyAsync(request));
        app.MapDashboard<AccountPages>(RemovePasskeyPage, (pages, request) => pages.AskToRemovePasskeyAsync(request));
        app.MapDashboard<AccountPages>(RemovePasskey, (pages, request) => pages.RemovePasskeyAsync(request));
        app.MapDashboard<AccountPages>(EndSession, (pages, request) => pages.EndSessionAsync(request));
        app.MapDashboard<AccountPages>(EndSessions, (pages, request) => pages.EndSessionsAsync(request));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request) => request.Page<AccountPage, Account>(
        Title,
        new(
            await passkeyRows.OfOperatorAsync(request.Operator.Id, request.Aborted),
            await sessions.OfOperatorAsync(request.Operator.Id, request.Now, request.Aborted)));

    private async Task<IResult> SetPasswordAsync(DashboardRequest request)
    {
        var error = OperatorPasswords.Refusal(request.Form["password"]) is { } sentence ? OperatorErrors.Password(sentence) : null;
        var hash = error is null ? await passwords.HashAsync(request.Form["password"]!, request.Aborted) : null;
        if (hash is null)
        {
            error ??= OperatorErrors.Busy;
            return request.Page<PasswordPage, NewPassword>("Change the password", new(error), error);
        }

        await operators.SetPasswordAsync(
            request.Operator.Id, hash, request.Session!.Id, request.Operator.Actor, request.Now, request.Aborted);
        return await request.RedirectAsync(Me.Pattern, "The password was changed. Your other sessions have ended.");
    }

    private async Task<IResult> OptionsAsync(DashboardRequest request) =>
        SessionPages.Json(await passkeys.OptionsForAddingAsync(request.Http, request.Session!));

    private async Task<IResult> AddPasskeyAsync(DashboardRequest request)
    {
        var name = (request.Form["name"] ?? "").Trim();
        name = name.Length == 0 ? "Passkey" : name.Length > Passkey.MaxNameLength ? name[..Passkey.MaxNameLength] : name;
        return await passkeys.AddAsync(
            request.Http, request.Session!, name, request.Form["credential"] ?? "", request.Form["challenge"] ?? "")
            ? await request.RedirectAsync(Me.Pattern, $"The passkey {name} was added.")
            : request.Page<PasskeyPage, NewPasskey>(
                "Add a passkey", new(OperatorErrors.PasskeyRefused), OperatorErrors.PasskeyRefused);
    }

    private async Task<IResult> AskToRemovePasskeyAsync(DashboardRequest request) =>
        await OwnPasskeyAsync(request) is not { } passkey
            ? DashboardErrors.NotFound.Page(request)
            : request.Page<ConfirmPage, Confirmation>("Remove a passkey", new()
            {
                Title = $"Remove the passkey {passkey.Name}?",
                Parent = Title,
                CancelPath = Me.Pattern,
                Ends = ["You cannot sign in with it any more. Delete it on your device as well, or it will still be offered there."],
                Stays = "Sessions that it began go on. End them in your account.",
                Route = RemovePasskey,
                Id = passkey.Id,
                Verb = "Remove the passkey",
            });

    private async Task<IResult> RemovePasskeyAsync(DashboardRequest request) =>
        await OwnPasskeyAsync(request) is { } passkey && await passkeyRows.RemoveAsync(passkey, request.Operator.Actor, request.Aborted)
            ? await request.RedirectAsync(Me.Pattern, $"The passkey {passkey.Name} was removed.")
            : DashboardErrors.NotFound.Page(request);

    /// <summary>The passkey of the path, if it is one of the operator's own.</summary>
    private async Task<Passkey?> OwnPasskeyAsync(DashboardRequest request) =>
        Base64Url.IsValid(request.Value("id"))
        && await passkeyRows.FindAsync(Base64Url.DecodeFromChars(request.Value("id")), request.Aborted) is { } passkey
        && passkey.OperatorId == request.Operator.Id
            ? passkey
            : null;

    private async Task<IResult> EndSessionAsync(DashboardRequest request) =>
        OperatorSessionId.Parse(request.Value("id")) is { } id
        && await sessions.EndAsync(id, request.Operator.Id, request.Operator.Actor, request.Aborted)
            ? await request.RedirectAsync(Me.Pattern, "The session was ended.")
            : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> EndSessionsAsync(DashboardRequest request)
    {
        await sessions.EndOthersAsync(request.Operator.Id, request.Session!.Id, request.Operator.Actor, request.Aborted);
        return await request.RedirectAsync(Me.Pattern, "All other sessions were ended.");
    }
}

/// <summary>The data of <c>AccountPage</c>.</summary>
internal sealed record Account(IReadOnlyList<Passkey> Passkeys, IReadOnlyList<OperatorSession> Sessions);

/// <summary>The data of <c>PasswordPage</c>.</summary>
internal sealed record NewPassword(FormError? Error);

/// <summary>The data of <c>PasskeyPage</c> and <c>WelcomePage</c>.</summary>
internal sealed record NewPasskey(FormError? Error);
