using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;

namespace Latchkey.Server.Account;

/// <summary>
/// A person who signed in to the page of connected programs. The session is the confirmed login request itself: its cookie is a keyed hash
/// of the login request, and it ends with it.
/// </summary>
internal sealed record AccountSession(LoginRequest.Confirmed Login, AccessOfPerson Access)
{
    public ConnectionId Connection => Login.Details.ConnectionId;

    public UserSnapshot User => Login.Report.User;

    public Actor.Person Actor => new(User.Subject);
}

/// <summary>Finds, begins and ends sessions.</summary>
internal sealed class AccountSessions(
    LoginRequestStore store, LoginSecrets secrets, PresentPolicy policy, OwnAccess access, Settings settings, TimeProvider clock)
{
    private string CookieName => settings.IsHttps ? "__Host-lk-account" : "lk-account";

    /// <summary>
    /// Returns the live session of the browser, or null. It ends after its lifetime, when the person signs out, when the company revokes
    /// the person, and when the connection is disabled.
    /// </summary>
    public async Task<AccountSession?> FindAsync(HttpContext http, CancellationToken cancellationToken)
    {
        // The framework ignores case, and not every browser protects __host-.
        var now = clock.GetUtcNow();
        return http.Request.Cookies.FirstOrDefault(c => c.Key == CookieName).Value?.Split('.') is [var random, var secret]
            && LoginRequestId.FromRandom(random) is { } id
            && await store.FindAsync(id, cancellationToken)
                is LoginRequest.Confirmed { Details.Purpose: LoginPurpose.Account } login
            && login.OpenUntil > now
            && secrets.IsAccountSession(login.Details, secret)
            && await policy.OfAsync(login, cancellationToken) is PolicyAnswer.AllowedHere
            && await access.ReadAsync(login.Details.ConnectionId, login.Report.User.Subject, now, cancellationToken) is { } found
            && !(found.RevokedAt >= login.ReportedAt)
                ? new(login, found)
                : null;
    }

    /// <summary>Begins the session of a confirmed login request.</summary>
    public async Task BeginAsync(HttpContext http, LoginRequest.Confirmed login, CancellationToken cancellationToken)
    {
        await access.VisitAsync(login.Details.ConnectionId, login.Report.User.Subject, clock.GetUtcNow(), cancellationToken);
        http.Response.Cookies.Append(
            CookieName, $"{login.Details.Id.Random}.{secrets.AccountSession(login.Details)}",
            Options(LoginPurpose.Account.SessionLifetime));
    }

    public async Task EndAsync(HttpContext http, AccountSession session, CancellationToken cancellationToken)
    {
        await store.EndAccountAsync(session.Login.Details, clock.GetUtcNow(), cancellationToken);
        http.Response.Cookies.Append(CookieName, "", Options(TimeSpan.Zero));
    }

    private CookieOptions Options(TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        Secure = settings.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
