using Latchkey.Server.Authorize;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Login;

/// <summary>
/// The browser comes back from the company's login page (docs/threat-model.md, "login hand-off"):
/// 1. a prefetch is refused and touches nothing; 2. connection, login request and state must belong together, or nothing is touched;
/// 3. without the binding cookie the login request is burnt; 4. before the report it is a page (with <c>state_only</c> burnt: no polling);
/// 5. with <c>required</c> the proof must come along, or the login request is burnt; 6. one conditional update moves on to consent, and a
/// lost race, a reload or Back is led to where the auth request stands.
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

        // A foreign connection must not burn what is not its own.
        if (request.Visit.ConnectionId != connectionId)
        {
            Record(request, "callback.foreign_connection", $"A callback came for {connectionId}; this login request belongs to {request.Visit.ConnectionId}. Nothing was changed.");
            return LoginRefusals.UnknownConnection.For(request.Visit.AuthRequestId);
        }

        // Two proofs are none: whoever sends both does not know which one is theirs.
        var proof = parameters.Repeated("auth_request_id") is null ? parameters["auth_request_id"] : null;
        return secrets.IsBinding(request.Visit, cookies.Read(http.Request, id))
            ? await ComeBackAsync(http, request, current, proof, cancellationToken)
            : await TurnAwayAsync(request, cancellationToken);
    }

    /// <summary>Step 3: not the browser that began.</summary>
    private async Task<IResult> TurnAwayAsync(AuthRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!Deadlines.IsAlive(request, now))
        {
            return LoginRefusals.ForeignBrowserLate.For(request.Visit.AuthRequestId);
        }

        var alsoWhatCameOfIt = request.Visit.Verification == CallbackVerification.DangerousStateOnly;
        var burnt = await store.BurnAsync(request.Visit, EndReason.ForeignBrowser, alsoWhatCameOfIt, now, cancellationToken);
        Record(
            request, "callback.suspicious",
            "The callback was opened by a browser that did not begin this sign-in" + (burnt ? "; it was stopped" + (alsoWhatCameOfIt ? ", and what had come of it was revoked." : ".") : "."));
        return LoginRefusals.ForeignBrowser.For(request.Visit.AuthRequestId);
    }

    private Task<IResult> ComeBackAsync(HttpContext http, AuthRequest request, Connection connection, string? proof, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Deadlines.HasPassed(request, now) && request is not AuthRequest.Ended)
        {
            Record(request, "callback.expired", "The browser came back after the time for it had passed.");
            return Task.FromResult<IResult>(LoginRefusals.Expired.For(request.Visit.AuthRequestId));
        }

        var isProven = request.Visit.Verification == CallbackVerification.DangerousStateOnly || secrets.IsProof(request.Visit, proof);
        return request switch
        {
            AuthRequest.AwaitingLogin => NotReportedAsync(request, cancellationToken),
            AuthRequest.AwaitingReturn or AuthRequest.AwaitingConsent when !isProven => UnprovenAsync(request, cancellationToken),
            AuthRequest.AwaitingReturn waiting => MoveOnAsync(http, waiting, connection, cancellationToken),
            AuthRequest.AwaitingExchange or AuthRequest.Exchanged when !isProven =>
                Task.FromResult<IResult>(LoginRefusals.ProofMissing.For(request.Visit.AuthRequestId)),
            _ => Task.FromResult(next.Go(request)),
        };
    }

    private async Task<IResult> NotReportedAsync(AuthRequest request, CancellationToken cancellationToken)
    {
        if (request.Visit.Verification == CallbackVerification.DangerousStateOnly)
        {
            await store.BurnAsync(request.Visit, EndReason.CallbackBeforeReport, alsoWhatCameOfIt: false, clock.GetUtcNow(), cancellationToken);
            Record(request, "callback.burnt", "The browser came back before the report. With state_only that stops the sign-in, so that nobody can wait at the callback for somebody else's report.");
        }
        else
        {
            Record(request, "callback.not_reported", "The browser came back before the report; nothing was changed.");
        }

        return LoginRefusals.NotReported.For(request.Visit.AuthRequestId);
    }

    private async Task<IResult> UnprovenAsync(AuthRequest request, CancellationToken cancellationToken)
    {
        await store.BurnAsync(request.Visit, EndReason.ProofMissing, alsoWhatCameOfIt: false, clock.GetUtcNow(), cancellationToken);
        Record(
            request, "callback.burnt",
            "The callback came without auth_request_id, or with a wrong one. This connection requires it (callback_verification=required): redirect to the redirect_uri of the report's answer.");
        return LoginRefusals.ProofMissing.For(request.Visit.AuthRequestId);
    }

    private async Task<IResult> MoveOnAsync(HttpContext http, AuthRequest.AwaitingReturn waiting, Connection connection, CancellationToken cancellationToken)
    {
        if (!connection.IsEnabled || configuration.Current.Find(waiting.Visit.ResourceId)?.ConnectionId != connection.Id)
        {
            Record(waiting, "callback.connection_disabled", "The connection was disabled or replaced while the person was signing in.");
            return LoginRefusals.ConnectionDisabled.For(waiting.Visit.AuthRequestId);
        }

        var consent = waiting.Returned(clock.GetUtcNow(), settings.ConsentLifetime);
        if (await store.ReturnAsync(consent, cancellationToken))
        {
            Record(waiting, "callback.accepted", $"The browser came back as {waiting.Report.User.Subject} and was led to the consent page.");
            cookies.Set(http.Response, consent.Visit, settings.ConsentLifetime);
            return next.Go(consent);
        }

        var stands = await authRequests.FindAsync(waiting.Visit.Id, cancellationToken);
        return stands is null ? LoginRefusals.UnknownState.For(waiting.Visit.AuthRequestId) : next.Go(stands);
    }

    private void Record(AuthRequest request, string name, string detail) => journeys.Record(request.Visit.AuthRequestId, request.Visit.Id, name, detail);

    /// <summary>Browsers and mail scanners that load ahead say so.</summary>
    private static bool IsPrefetch(HttpRequest request) =>
        request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["X-Moz"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase);
}
