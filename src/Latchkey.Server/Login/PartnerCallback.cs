using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

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
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/sso/v1/connections/{connection}/partner:callback", ReturnAsync)
        .Costs(new RouteCost.Page(RouteCost.RowUnits, PartnerCallbackFlow.EventOfRefusal));

    private static Task<IResult> ReturnAsync(
        HttpContext http, string connection, PartnerCallbackFlow flow, CancellationToken cancellationToken) =>
        flow.ReturnAsync(http, connection, cancellationToken);
}

internal sealed class PartnerCallbackFlow(
    LoginRequestStore authRequests,
    LoginStore store,
    LoginSecrets secrets,
    BindingCookie cookies,
    NextStep next,
    ConfigurationCache configuration,
    SignInRecorder signIns,
    Settings settings,
    TimeProvider clock)
{
    public const string EventOfRefusal = "callback.refused";

    public async Task<IResult> ReturnAsync(HttpContext http, string connection, CancellationToken cancellationToken)
    {
        if (IsPrefetch(http.Request))
        {
            return LoginErrors.Prefetch.Alone(signIns, http, EventOfRefusal);
        }

        if (ConnectionId.Parse(connection) is not { } connectionId || configuration.Current.Find(connectionId) is not { } current)
        {
            return LoginErrors.UnknownConnection.Alone(signIns, http, EventOfRefusal);
        }

        var parameters = RequestParameters.OfQuery(http.Request);
        if (parameters.Repeated("state") is not null
            || parameters["state"] is not { } state
            || LoginSecrets.ClaimedByState(state) is not { } id
            || await authRequests.FindAsync(id, cancellationToken) is not { } request
            || !secrets.IsState(request.Details, state))
        {
            return LoginErrors.UnknownState.Alone(signIns, http, EventOfRefusal);
        }

        // The callback of another connection must not end this login request.
        if (request.Details.ConnectionId != connectionId)
        {
            Unchanged(
                http,
                request,
                "callback.foreign_connection",
                $"A callback came for {connectionId}; this login request belongs to {request.Details.ConnectionId}. Nothing was changed.");
            return LoginErrors.UnknownConnection.For(request.Details.AuthorizationId);
        }

        // A repeated parameter is treated as missing.
        var proof = parameters.Repeated("auth_request_id") is null ? parameters["auth_request_id"] : null;
        return secrets.IsBinding(request.Details, cookies.Read(http.Request, id))
            ? await HandleReturnAsync(http, request, current, proof, cancellationToken)
            : await RefuseOtherBrowserAsync(request, cancellationToken);
    }

    /// <summary>Step 3: the binding cookie is missing, so the callback was opened in another browser.</summary>
    private async Task<IResult> RefuseOtherBrowserAsync(LoginRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!Deadlines.IsAlive(request, now))
        {
            return LoginErrors.ForeignBrowserLate.For(request.Details.AuthorizationId);
        }

        var includingGrant = request.Details.Verification == CallbackVerification.DangerousStateOnly;
        var burnt = await store.BurnAsync(request.Details, EndReason.ForeignBrowser, includingGrant, now, cancellationToken);
        Record(
            request, "callback.suspicious",
            "The callback was opened in a browser that did not start this sign-in"
            + (burnt ? "; it was stopped" + (includingGrant ? ", and its grant was revoked." : ".") : "."));
        return LoginErrors.ForeignBrowser.For(request.Details.AuthorizationId);
    }

    private Task<IResult> HandleReturnAsync(
        HttpContext http, LoginRequest request, Connection connection, string? proof, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Deadlines.HasPassed(request, now) && request is not LoginRequest.Ended)
        {
            Unchanged(http, request, "callback.expired", "The browser came back after the deadline.");
            return Task.FromResult<IResult>(LoginErrors.Expired.For(request.Details.AuthorizationId));
        }

        var isProven = request.Details.Verification == CallbackVerification.DangerousStateOnly || secrets.IsProof(request.Details, proof);
        return request switch
        {
            LoginRequest.AwaitingLogin => NotReportedAsync(http, request, cancellationToken),
            LoginRequest.AwaitingReturn or LoginRequest.AwaitingConsent when !isProven => ProofMissingAsync(request, cancellationToken),
            LoginRequest.AwaitingReturn waiting => AcceptAsync(http, waiting, connection, cancellationToken),
            LoginRequest.AwaitingExchange or LoginRequest.Exchanged when !isProven =>
                Task.FromResult<IResult>(LoginErrors.ProofMissing.For(request.Details.AuthorizationId)),
            _ => next.GoAsync(request, Arrival.Navigation, cancellationToken),
        };
    }

    private async Task<IResult> NotReportedAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken)
    {
        if (request.Details.Verification == CallbackVerification.DangerousStateOnly)
        {
            await store.BurnAsync(
                request.Details, EndReason.CallbackBeforeReport, includingGrant: false, clock.GetUtcNow(), cancellationToken);
            Record(
                request,
                "callback.burnt",
                "The browser came back before the report. With state_only this stops the sign-in, because an attacker could otherwise poll "
                + "the callback until another person's login is reported.");
        }
        else
        {
            Unchanged(http, request, "callback.not_reported", "The browser came back before the report; nothing was changed.");
        }

        return LoginErrors.NotReported.For(request.Details.AuthorizationId);
    }

    private async Task<IResult> ProofMissingAsync(LoginRequest request, CancellationToken cancellationToken)
    {
        await store.BurnAsync(request.Details, EndReason.ProofMissing, includingGrant: false, clock.GetUtcNow(), cancellationToken);
        Record(
            request, "callback.burnt",
            "The callback came without auth_request_id, or with a wrong one. This connection requires it (callback_verification=required): "
            + "redirect to the redirect_uri of the report's response.");
        return LoginErrors.ProofMissing.For(request.Details.AuthorizationId);
    }

    private async Task<IResult> AcceptAsync(
        HttpContext http, LoginRequest.AwaitingReturn waiting, Connection connection, CancellationToken cancellationToken)
    {
        if (!connection.IsEnabled || configuration.Current.Find(waiting.Details.ResourceId)?.ConnectionId != connection.Id)
        {
            Unchanged(
                http, waiting, "callback.connection_disabled",
                "The connection was disabled or replaced while the person was signing in.");
            return LoginErrors.ConnectionDisabled.For(waiting.Details.AuthorizationId);
        }

        var consent = waiting.Returned(clock.GetUtcNow(), settings.ConsentLifetime);
        if (await store.ReturnAsync(consent, cancellationToken))
        {
            Record(
                waiting, "callback.accepted", $"The browser came back as {waiting.Report.User.Subject} and was sent to the consent page.");
            cookies.Set(http.Response, consent.Details, settings.ConsentLifetime);
            return await next.GoAsync(consent, Arrival.Navigation, cancellationToken);
        }

        var latest = await authRequests.FindAsync(waiting.Details.Id, cancellationToken);
        return latest is null
            ? LoginErrors.UnknownState.For(waiting.Details.AuthorizationId)
            : await next.GoAsync(latest, Arrival.Navigation, cancellationToken);
    }

    /// <summary>Records a callback that changed nothing, and that can therefore be repeated.</summary>
    private void Unchanged(HttpContext http, LoginRequest request, string name, string detail) =>
        signIns.Refused(http, request.Details.AuthorizationId, request.Details.Id, name, detail);

    private void Record(LoginRequest request, string name, string detail) =>
        signIns.Record(request.Details.AuthorizationId, request.Details.Id, name, detail);

    /// <summary>Browsers and mail scanners announce a prefetch in these headers.</summary>
    private static bool IsPrefetch(HttpRequest request) =>
        request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["X-Moz"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase);
}
