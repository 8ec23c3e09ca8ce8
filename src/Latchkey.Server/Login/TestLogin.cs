using Latchkey.Server.Connections;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Login;

/// <summary>
/// An operator tries a login page (docs/threat-model.md, "login hand-off"):
/// 1. a form post of the operator stores a login request that belongs to the session; 2. the browser goes to the login page, with the
/// cookie, <c>login_request_id</c> and <c>state</c> of any login request; 3. report and callback are those of any login request, in the
/// same verification mode; 4. the callback ends at the page of the test. There is no client, so there is no consent, code or token.
/// </summary>
internal sealed class TestLogin(
    LoginRequestStore store, SendToLogin login, SignInRecorder signIns, RateLimits limits, ClientAddress address)
{
    /// <summary>Begins a test in the session of an operator. It costs the browser's network what any login request costs.</summary>
    public async Task<(LoginRequestId? Begun, RateLimitExceeded? Exceeded)> BeginAsync(
        HttpContext http, Connection connection, OperatorSession session, CancellationToken cancellationToken)
    {
        var purpose = new LoginPurpose.Test(session.Id, Presenter.Of(http, address).ToString());
        if ((limits.Authorization(http) ?? limits.Store(http, LoginRequestRow.StoredBytes(purpose), StoredKind.SignIn)) is { } exceeded)
        {
            return (null, exceeded);
        }

        var details = login.NewDetails(AuthorizationId.New(), connection, purpose);
        await store.BeginOwnAsync(new(details), cancellationToken);
        signIns.Record(
            details.AuthorizationId, details.Id, "test.begun", [Fact.Seen("connection_id", connection.Id.Value)],
            signIns.About(http, new()
            {
                Outcome = SignInOutcome.Running,
                Station = Station.LogIn,
                DueAt = details.LoginBy,
                ConnectionId = connection.Id,
                Purpose = purpose.Recorded,
            }),
            session.Operator.Actor.ToString());
        return (details.Id, null);
    }

    /// <summary>Returns the test with this id that began in this session at this connection, or null.</summary>
    public async Task<LoginRequest?> FindAsync(
        string connection, string id, OperatorSessionId session, CancellationToken cancellationToken) =>
        LoginRequestId.Parse(id) is { } parsed
        && await store.FindAsync(parsed, cancellationToken) is { Details.Purpose: LoginPurpose.Test { Session: var its } } test
        && its == session && test.Details.ConnectionId.Value == connection
            ? test
            : null;

    /// <summary>Sends the browser of the session to the login page.</summary>
    public Task<IResult> SendAsync(HttpContext http, LoginRequest.AwaitingLogin test, CancellationToken cancellationToken)
    {
        signIns.Record(
            test.Details.AuthorizationId, test.Details.Id, "test.sent",
            [Fact.Seen("connection_id", test.Details.ConnectionId.Value), signIns.AddressOf(http)]);
        return login.SendAsync(http, test, cancellationToken);
    }
}
