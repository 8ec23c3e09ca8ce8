using Latchkey.Server.Authorize;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Login;

/// <summary>
/// The callback: the browser returns from the login page (docs/threat-model.md, "login hand-off").
/// 1. A prefetch is refused and changes nothing. 2. Connection, login request and state must match, or nothing changes.
/// 3. Without the binding cookie, the login request is ended. 4. Before the report, an error page; with <c>state_only</c> the login request
/// is ended too, which prevents polling. 5. With <c>required</c>, the proof must match, or the login request is ended. 6. One conditional
/// update moves on to consent. A lost race, a reload or Back leads to the current step.
/// </summary>
internal static class PartnerCallback
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/sso/v1/connections/{connection}/partner:callback", ReturnAsync);

    private static Task<IResult> ReturnAsync(HttpContext http, string connection, PartnerCallbackFlow flow, CancellationToken cancellationToken) =>
        flow.ReturnAsync(http, connection, cancellationToken);
}

internal sealed class PartnerCallbackFlow(
    AuthRequestStore authRequests,
    LoginStore store,
    LoginSecrets secrets,
    BindingCookie cookies,
    NextStep next,
    ConfigurationCache configuration,
    JourneyRecorder journeys,
    Settings settings,
    TimeProvider clock)
{
    public async Task<IResult> ReturnAsync(HttpContext http, string connection, CancellationToken cancellationToken)
    {
        if (IsPrefetch(http.Request))
        {
            return LoginRefusals.Prefetch.Alone(journeys, "callback.refused");
        }

        if (ConnectionId.Parse(connection) is not { } connectionId || configuration.Current.Find(connectionId) is not { } current)
        {
            return LoginRefusals.UnknownConnection.Alone(journeys, "callback.refused");
        }

        var parameters = RequestParameters.OfQuery(http.Request);
        if (parameters.Repeated("state") is not null
            || parameters["state"] is not { } state
            || LoginSecrets.ClaimedByState(state) is not { } id
            || await authRequests.FindAsync(id, cancellationToken) is not { } request
            || !secrets.IsState(request.Visit, state))
        {
            return LoginRefusals.UnknownState.Alone(journeys, "callback.refused");
        }

        // The callback of another connection must not end this login request.
        if (request.Visit.ConnectionId != connectionId)
        {
            Record(request, "callback.foreign_connection", $"A callback came for {connectionId}; this login request belongs to {request.Visit.ConnectionId}. Nothing was changed.");
            return LoginRefusals.UnknownConnection.For(request.Visit.AuthRequestId);
        }

        // Of two proofs neither counts: a parameter that is repeated cannot be trusted.
        var proof = parameters.Repeated("auth_request_id") is null ? parameters["auth_request_id"] : null;
        return secrets.IsBinding(request.Visit, cookies.Read(http.Request, id))
            ? await HandleReturnAsync(http, request, current, proof, cancellationToken)
            : await RefuseOtherBrowserAsync(request, cancellationToken);
    }

    /// <summary>Step 3: the binding cookie is missing, so the callback was opened in another browser.</summary>
    private async Task<IResult> RefuseOtherBrowserAsync(AuthRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!Deadlines.IsAlive(request, now))
        {
            return LoginRefusals.ForeignBrowserLate.For(request.Visit.AuthRequestId);
        }

        var includingGrant = request.Visit.Verification == CallbackVerification.DangerousStateOnly;
        var burnt = await store.BurnAsync(request.Visit, EndReason.ForeignBrowser, includingGrant, now, cancellationToken);
        Record(
            request, "callback.suspicious",
            "The callback was opened in a browser that did not start this sign-in" + (burnt ? "; it was stopped" + (includingGrant ? ", and its grant was revoked." : ".") : "."));
        return LoginRefusals.ForeignBrowser.For(request.Visit.AuthRequestId);
    }

    private Task<IResult> HandleReturnAsync(HttpContext http, AuthRequest request, Connection connection, string? proof, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Deadlines.HasPassed(request, now) && request is not AuthRequest.Ended)
        {
            Record(request, "callback.expired", "The browser came back after the deadline.");
            return Task.FromResult<IResult>(LoginRefusals.Expired.For(request.Visit.AuthRequestId));
        }

        var isProven = request.Visit.Verification == CallbackVerification.DangerousStateOnly || secrets.IsProof(request.Visit, proof);
        return request switch
        {
            AuthRequest.AwaitingLogin => NotReportedAsync(request, cancellationToken),
            AuthRequest.AwaitingReturn or AuthRequest.AwaitingConsent when !isProven => ProofMissingAsync(request, cancellationToken),
            AuthRequest.AwaitingReturn waiting => AcceptAsync(http, waiting, connection, cancellationToken),
            AuthRequest.AwaitingExchange or AuthRequest.Exchanged when !isProven =>
                Task.FromResult<IResult>(LoginRefusals.ProofMissing.For(request.Visit.AuthRequestId)),
            _ => Task.FromResult(next.Go(request)),
        };
    }

    private async Task<IResult> NotReportedAsync(AuthRequest request, CancellationToken cancellationToken)
    {
        if (request.Visit.Verification == CallbackVerification.DangerousStateOnly)
        {
            await store.BurnAsync(request.Visit, EndReason.CallbackBeforeReport, includingGrant: false, clock.GetUtcNow(), cancellationToken);
            Record(request, "callback.burnt", "The browser came back before the report. With state_only this stops the sign-in, because an attacker could otherwise poll the callback until another person's login is reported.");
        }
        else
        {
            Record(request, "callback.not_reported", "The browser came back before the report; nothing was changed.");
        }

        return LoginRefusals.NotReported.For(request.Visit.AuthRequestId);
    }

    private async Task<IResult> ProofMissingAsync(AuthRequest request, CancellationToken cancellationToken)
    {
        await store.BurnAsync(request.Visit, EndReason.ProofMissing, includingGrant: false, clock.GetUtcNow(), cancellationToken);
        Record(
            request, "callback.burnt",
            "The callback came without auth_request_id, or with a wrong one. This connection requires it (callback_verification=required): redirect to the redirect_uri of the report's response.");
        return LoginRefusals.ProofMissing.For(request.Visit.AuthRequestId);
    }

    private async Task<IResult> AcceptAsync(HttpContext http, AuthRequest.AwaitingReturn waiting, Connection connection, CancellationToken cancellationToken)
    {
        if (!connection.IsEnabled || configuration.Current.Find(waiting.Visit.ResourceId)?.ConnectionId != connection.Id)
        {
            Record(waiting, "callback.connection_disabled", "The connection was disabled or replaced while the person was signing in.");
            return LoginRefusals.ConnectionDisabled.For(waiting.Visit.AuthRequestId);
        }

        var consent = waiting.Returned(clock.GetUtcNow(), settings.ConsentLifetime);
        if (await store.ReturnAsync(consent, cancellationToken))
        {
            Record(waiting, "callback.accepted", $"The browser came back as {waiting.Report.User.Subject} and was sent to the consent page.");
            cookies.Set(http.Response, consent.Visit, settings.ConsentLifetime);
            return next.Go(consent);
        }

        var latest = await authRequests.FindAsync(waiting.Visit.Id, cancellationToken);
        return latest is null ? LoginRefusals.UnknownState.For(waiting.Visit.AuthRequestId) : next.Go(latest);
    }

    private void Record(AuthRequest request, string name, string detail) => journeys.Record(request.Visit.AuthRequestId, request.Visit.Id, name, detail);

    /// <summary>Browsers and mail scanners announce a prefetch in these headers.</summary>
    private static bool IsPrefetch(HttpRequest request) =>
        request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["X-Moz"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase);
}
