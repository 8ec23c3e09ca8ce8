using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Login;

/// <summary>
/// The callback: the browser returns from the login page (docs/threat-model.md, "login hand-off").
/// 1. A prefetch is refused before (<see cref="Navigation"/>). 2. Connection, login request and state must match, or nothing changes.
/// 3. Without the binding cookie, an error page; with <c>state_only</c> the login request is ended too. With <c>required</c> it is not:
/// nothing can be gained without cookie and proof, and mail scanners and in-app browsers fetch links twice. 4. Before the report, an error
/// page; with <c>state_only</c> the login request is ended too, which prevents polling. 5. With <c>required</c>, the proof must match, or
/// the login request is ended. 6. The present policy must allow the login request. 7. One conditional update moves on to consent, and the
/// cookie's value is renewed. A lost race, a reload or Back leads to the current step.
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
    PresentPolicy policy,
    ConfigurationCache configuration,
    SignInRecorder signIns,
    Settings settings,
    TimeProvider clock)
{
    public const string EventOfRefusal = "callback.refused";

    public async Task<IResult> ReturnAsync(HttpContext http, string connection, CancellationToken cancellationToken)
    {
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
                $"A callback came for {connectionId}; this login request belongs to {request.Details.ConnectionId}. Nothing was changed.",
                isAttack: true);
            return LoginErrors.UnknownConnection.For(request.Details.AuthorizationId);
        }

        // A repeated parameter is treated as missing.
        var proof = parameters.Repeated("auth_request_id") is null ? parameters["auth_request_id"] : null;
        var isProven = secrets.IsProof(request.Details, proof);
        var binding = cookies.Read(http.Request, id);
        return secrets.IsBinding(request, binding) ? await HandleReturnAsync(http, request, current, isProven, cancellationToken)
            : secrets.IsFormerBinding(request, binding) ? await RepeatReturnAsync(http, request, current, isProven, cancellationToken)
            : await RefuseOtherBrowserAsync(http, request, cancellationToken);
    }

    /// <summary>
    /// The cookie of before the return, after it: the response with the renewed one was lost, or the value was planted in another browser.
    /// Only the proof tells them apart. With <c>state_only</c> a callback without it gets no renewed cookie.
    /// </summary>
    private async Task<IResult> RepeatReturnAsync(
        HttpContext http, LoginRequest request, Connection connection, bool isProven, CancellationToken cancellationToken)
    {
        if (isProven)
        {
            cookies.Set(http.Response, request);
        }
        else if (request.Details.Verification == CallbackVerification.DangerousStateOnly)
        {
            Unchanged(
                http, request, "callback.former_cookie",
                "The callback came with the cookie of before the return; nothing was changed.", isAttack: true);
            return LoginErrors.ForeignBrowser.For(request.Details.AuthorizationId);
        }

        return await HandleReturnAsync(http, request, connection, isProven, cancellationToken);
    }

    /// <summary>Step 3: the binding cookie is missing, so the callback was opened in another browser.</summary>
    private async Task<IResult> RefuseOtherBrowserAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!Deadlines.IsAlive(request, now))
        {
            return LoginErrors.ForeignBrowserLate.For(request.Details.AuthorizationId);
        }

        // With state_only this may be the person whose sign-in an attacker continues.
        var burnt = request.Details.Verification == CallbackVerification.DangerousStateOnly
            && await store.BurnAsync(request.Details, EndReason.ForeignBrowser, includingGrant: true, now, cancellationToken);
        const string Suspicious = "callback.suspicious";
        const string What = "The callback was opened in a browser that did not start this sign-in; ";
        if (!burnt)
        {
            Unchanged(http, request, Suspicious, What + "nothing was changed.", isAttack: true);
            return LoginErrors.ForeignBrowser.For(request.Details.AuthorizationId);
        }

        Record(request, Suspicious, What + "it was stopped, and its grant was revoked.");
        return LoginErrors.ForeignBrowserStopped.For(request.Details.AuthorizationId);
    }

    private async Task<IResult> HandleReturnAsync(
        HttpContext http, LoginRequest request, Connection connection, bool hasProof, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Deadlines.HasPassed(request, now) && request is not LoginRequest.Ended)
        {
            return await next.TooLateAsync(http, request, cancellationToken);
        }

        var verification = PresentPolicy.VerificationOf(request.Details, connection);
        var isProven = hasProof || verification == CallbackVerification.DangerousStateOnly;
        return request switch
        {
            LoginRequest.AwaitingLogin => await NotReportedAsync(http, request, cancellationToken),
            LoginRequest.AwaitingReturn or LoginRequest.AwaitingConsent when !isProven =>
                await ProofMissingAsync(request, cancellationToken),
            LoginRequest.AwaitingReturn waiting => await AcceptAsync(http, waiting, verification, cancellationToken),
            LoginRequest.AwaitingExchange or LoginRequest.Exchanged when !isProven =>
                LoginErrors.ProofMissing.For(request.Details.AuthorizationId),
            _ => await next.GoAsync(http, request, Arrival.Navigation, cancellationToken),
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
        HttpContext http, LoginRequest.AwaitingReturn waiting, CallbackVerification verification, CancellationToken cancellationToken)
    {
        if (await policy.OfAsync(waiting, cancellationToken) is PolicyAnswer.Refused refused)
        {
            return next.Refuse(http, waiting, refused.Why);
        }

        var consent = waiting.Returned(verification, clock.GetUtcNow(), settings.ConsentLifetime);
        if (await store.ReturnAsync(consent, cancellationToken))
        {
            Record(
                waiting, "callback.accepted", $"The browser came back as {waiting.Report.User.Subject} and was sent to the consent page.");
            cookies.Set(http.Response, consent);
            return await next.GoAsync(http, consent, Arrival.Navigation, cancellationToken);
        }

        if (await authRequests.FindAsync(waiting.Details.Id, cancellationToken) is not { } latest)
        {
            return LoginErrors.UnknownState.For(waiting.Details.AuthorizationId);
        }

        // A concurrent callback of the same browser won; which of the two responses the browser keeps is open.
        cookies.Set(http.Response, latest);
        return await next.GoAsync(http, latest, Arrival.Navigation, cancellationToken);
    }

    /// <summary>Records a callback that changed nothing, and that can therefore be repeated.</summary>
    private void Unchanged(HttpContext http, LoginRequest request, string name, string detail, bool isAttack = false) =>
        signIns.Refused(http, request.Details.AuthorizationId, request.Details.Id, name, detail, isAttack: isAttack);

    private void Record(LoginRequest request, string name, string detail) =>
        signIns.Record(request.Details.AuthorizationId, request.Details.Id, name, detail);
}
