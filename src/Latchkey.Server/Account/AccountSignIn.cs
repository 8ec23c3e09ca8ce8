using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Account;

/// <summary>
/// Signs a person in to the page of connected programs (docs/threat-model.md, "connected programs"):
/// 1. a login request of purpose account; 2. login page, report and callback as for any login request, always with the proof;
/// 3. the arrival checks the binding cookie, which the callback renewed, and begins the session.
/// Only connections that require the proof are offered: with <c>state_only</c>, an attacker who opens a login link in the victim's browser
/// would see and end the victim's access.
/// </summary>
internal sealed class AccountSignIn(
    LoginRequestStore store, SendToLogin login, LoginSecrets secrets, BindingCookie cookies, AccountSessions sessions,
    ConfigurationCache configuration, SignInRecorder signIns, RefusalLog refusals, RateLimits limits, ClientAddress address,
    TimeProvider clock)
{
    public const string EventOfRefusal = "account.refused";

    /// <summary>The servers whose login page offers this page, by name.</summary>
    public IReadOnlyList<Resource> Servers() =>
    [
        .. configuration.Current.Resources.Where(resource => ConnectionOf(resource) is not null)
            .OrderBy(resource => resource.Name, StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>The login page to which the browser goes without a choice. Null when there are none, or several.</summary>
    public Connection? OnlyConnection() =>
        Servers().Select(ConnectionOf).OfType<Connection>().DistinctBy(connection => connection.Id).Take(2).ToList() is [var only]
            ? only
            : null;

    public Connection? ConnectionOf(string? server) =>
        ResourceId.Parse(server) is { } id && configuration.Current.Find(id) is { } resource ? ConnectionOf(resource) : null;

    public async Task<IResult> BeginAsync(HttpContext http, Connection connection, CancellationToken cancellationToken)
    {
        var purpose = new LoginPurpose.Account(Presenter.Of(http, address).ToString());
        if ((limits.Authorization(http) ?? limits.Store(http, LoginRequestRow.StoredBytes(purpose), StoredKind.SignIn)) is { } exceeded)
        {
            return AccountErrors.TooManySignIns(exceeded).Alone(refusals, http, EventOfRefusal);
        }

        var details = login.NewDetails(AuthorizationId.New(), connection, purpose);
        await store.BeginOwnAsync(new(details), cancellationToken);
        signIns.Record(
            details.AuthorizationId, details.Id, "account.begun",
            [Fact.Seen("connection_id", connection.Id.Value), signIns.AddressOf(http)],
            signIns.About(http, new()
            {
                Outcome = SignInOutcome.Running,
                Station = Station.LogIn,
                DueAt = details.LoginBy,
                ConnectionId = connection.Id,
                Purpose = purpose.Recorded,
            }));
        return await login.SendAsync(http, new(details), cancellationToken);
    }

    /// <summary>The browser comes from the callback. Reload and Back lead to the list, whose cookie the browser has by then.</summary>
    public async Task<IResult> ArriveAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        if (LoginRequestId.Parse(id) is not { } parsed
            || cookies.Read(http.Request, parsed) is not { } binding
            || await store.FindAsync(parsed, cancellationToken) is not { Details.Purpose: LoginPurpose.Account } request
            || !secrets.IsBinding(request, binding))
        {
            return new Redirection(StatusCodes.Status303SeeOther, AccountPaths.List);
        }

        if (request is LoginRequest.Confirmed confirmed && confirmed.OpenUntil > clock.GetUtcNow())
        {
            await sessions.BeginAsync(http, confirmed, cancellationToken);
            cookies.Delete(http.Response, parsed);
            return new Redirection(StatusCodes.Status303SeeOther, AccountPaths.List);
        }

        var page = request is LoginRequest.Refused refused ? LoginErrors.Unsent(refused.Answer) : LoginErrors.Over;
        return page.Of(refusals, http, request.Details.AuthorizationId, request.Details.Id, EventOfRefusal);
    }

    private Connection? ConnectionOf(Resource resource) =>
        configuration.Current.UsableConnectionOf(resource) is { Verification: CallbackVerification.Required } usable ? usable : null;
}
