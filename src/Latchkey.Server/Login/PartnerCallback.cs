using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Telemetry;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Login;

/// <summary>
/// The callback: the browser returns from the login page (docs/threat-model.md, "login hand-off").
/// 1. A prefetch is refused before (<see cref="Navigation"/>). 2. Connection, login request and state must match, or nothing changes.
/// 3. Without the binding cookie, an error page; with <c>state_only</c> the login request is ended too. With <c>required</c> it is not:
/// nothing can be gained without cookie and proof, and mail scanners and in-app browsers fetch links twice. 4. Before the report, an error
/// page; with <c>state_only</c> the login request is ended too, which prevents polling. 5. With <c>required</c>, the proof must match, or
/// the login request is ended. 6. The present policy must allow the login request. 7. One conditional update moves on to consent, or to
/// the end of a login request without a client (<see cref="LoginPurpose"/>), and the cookie's value is renewed. A lost race, a reload or
/// Back leads to the current step.
/// </summary>
internal static class PartnerCallback
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/sso/v1/connections/{connection}/partner:callback", ReturnAsync)
        .Costs(new RouteCost.Page(RouteCost.RowUnits, PartnerCallbackFlow.EventOfRefusal))
        .ServesStep(Steps.Callback);

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
    RefusalLog refusals,
    WebhookEvents webhooks,
    ClientAddress address,
    Settings settings,
    TimeProvider clock)
{
    public const string EventOfRefusal = "callback.refused";

    public async Task<IResult> ReturnAsync(HttpContext http, string connection, CancellationToken cancellationToken)
    {
        if (ConnectionId.Parse(connection) is not { } connectionId || configuration.Current.Find(connectionId) is not { } current)
        {
            return LoginErrors.UnknownConnection.With(Fact.Sent(FactNames.ConnectionId, connection))
                .Alone(refusals, http, EventOfRefusal);
        }

        var parameters = RequestParameters.OfQuery(http.Request);
        if (parameters.Repeated("state") is not null
            || parameters["state"] is not { } state
            || LoginSecrets.ClaimedByState(state) is not { } id
            || await authRequests.FindAsync(id, cancellationToken) is not { } request
            || !secrets.IsState(request.Details, state))
        {
            return LoginErrors.UnknownState
                .With(
                    Fact.Sent(FactNames.ConnectionId, connection),
                    Fact.Sent(FactNames.State, parameters["state"] is { } sent ? SentParameters.Length(sent) : SentParameters.Missing))
                .Alone(refusals, http, EventOfRefusal);
        }

        PageLanguage.Note(http, (request.Details.Purpose as LoginPurpose.Authorization)?.Request.UiLocales);

        // The callback of another connection must not end this login request.
        if (request.Details.ConnectionId != connectionId)
        {
            return Unchanged(
                http, request, "callback.foreign_connection",
                LoginErrors.OtherConnection.With(
                    Fact.Sent(FactNames.ConnectionId, connectionId.Value),
                    Fact.Expected(FactNames.ConnectionId, request.Details.ConnectionId.Value)),
                isAttack: true);
        }

        // A repeated parameter is treated as missing.
        var proof = parameters.Repeated("auth_request_id") is null ? parameters["auth_request_id"] : null;
        var isProven = secrets.IsProof(request.Details, proof);
        var binding = cookies.Read(http.Request, id);
        var shown = proof is null ? LoginErrors.ProofMissing : LoginErrors.WrongProof;
        var unproven = isProven ? null : shown;
        return secrets.IsBinding(request, binding) ? await HandleReturnAsync(http, request, current, unproven, cancellationToken)
            : secrets.IsFormerBinding(request, binding) ? await RepeatReturnAsync(http, request, current, unproven, cancellationToken)
            : await RefuseOtherBrowserAsync(http, request, cancellationToken);
    }

    /// <summary>
    /// The cookie of before the return, after it: the response with the renewed one was lost, or the value was planted in another browser.
    /// Only the proof tells them apart. With <c>state_only</c> a callback without it gets no renewed cookie.
    /// </summary>
    private async Task<IResult> RepeatReturnAsync(
        HttpContext http, LoginRequest request, Connection connection, ErrorPage? unproven, CancellationToken cancellationToken)
    {
        if (unproven is null)
        {
            cookies.Set(http.Response, request);
        }
        else if (request.Details.Verification == CallbackVerification.DangerousStateOnly)
        {
            return Unchanged(http, request, "callback.former_cookie", LoginErrors.FormerCookie, isAttack: true);
        }

        return await HandleReturnAsync(http, request, connection, unproven, cancellationToken);
    }

    /// <summary>Step 3: the binding cookie is missing, so the callback was opened in another browser.</summary>
    private async Task<IResult> RefuseOtherBrowserAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!Deadlines.IsAlive(request, now))
        {
            return Unchanged(http, request, EventOfRefusal, OtherBrowser(http, request, LoginErrors.ForeignBrowserLate));
        }

        // With state_only this may be the person whose sign-in an attacker continues.
        var burnt = request.Details.Verification == CallbackVerification.DangerousStateOnly
            && await store.BurnAsync(request.Details, EndReason.ForeignBrowser, includingGrant: true, now, cancellationToken);
        const string Suspicious = "callback.suspicious";
        var asked = request.Details.Purpose as LoginPurpose.Authorization;
        await webhooks.RaiseAsync(
            new(WebhookEventType.LoginSuspicious)
            {
                Id = WebhookEvent.IdOnce($"callback {request.Details.Id}"),
                Connection = request.Details.ConnectionId,
                Client = asked?.ClientId,
                Resource = asked?.ResourceId,
                Details =
                [
                    ("cause", LoginErrors.ForeignBrowser.Cause.Code), ("auth_request_id", request.Details.AuthorizationId.Value),
                ],
            },
            cancellationToken);
        if (!burnt)
        {
            return Unchanged(http, request, Suspicious, OtherBrowser(http, request, LoginErrors.ForeignBrowser), isAttack: true);
        }

        return Stopped(http, request, Suspicious, OtherBrowser(http, request, LoginErrors.ForeignBrowserStopped));
    }

    /// <summary>
    /// Tells a browser that lost its cookie from another one, for the log only: an attacker in the person's network can have the same
    /// program, so both are refused alike.
    /// </summary>
    private ErrorPage OtherBrowser(HttpContext http, LoginRequest request, ErrorPage page)
    {
        if (request.Details.Purpose.BegunBy is not { } text || Presenter.Parse(text) is not { } begun)
        {
            return page;
        }

        var by = Presenter.Of(http, address);
        return by == begun
            ? page with { Cause = ReturnCauses.CookieLost }
            : page.With(
            [
                Fact.Sent(FactNames.Network, by.Network), Fact.Expected(FactNames.Network, begun.Network),
                .. by.Agent == begun.Agent
                    ? Array.Empty<Fact>()
                    :
                    [
                        Fact.Sent(FactNames.UserAgent, http.Request.Headers.UserAgent.ToString()),
                        Fact.Expected(FactNames.UserAgent, "the one that began"),
                    ],
            ]);
    }

    private async Task<IResult> HandleReturnAsync(
        HttpContext http, LoginRequest request, Connection connection, ErrorPage? unproven, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Deadlines.HasPassed(request, now) && request is not LoginRequest.Ended)
        {
            return await next.TooLateAsync(http, request, cancellationToken);
        }

        var verification = PresentPolicy.VerificationOf(request.Details, connection);
        var refusal = verification == CallbackVerification.DangerousStateOnly ? null : unproven;
        return request switch
        {
            LoginRequest.AwaitingLogin => await NotReportedAsync(http, request, cancellationToken),
            LoginRequest.AwaitingReturn or LoginRequest.AwaitingConsent when refusal is not null =>
                await ProofMissingAsync(http, request, refusal, cancellationToken),
            LoginRequest.AwaitingReturn waiting => await AcceptAsync(http, waiting, verification, cancellationToken),
            LoginRequest.Confirmed or LoginRequest.AwaitingExchange or LoginRequest.Exchanged when refusal is not null =>
                Unchanged(http, request, EventOfRefusal, refusal),
            _ => await next.GoAsync(http, request, Arrival.Navigation, cancellationToken),
        };
    }

    private async Task<IResult> NotReportedAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken)
    {
        if (request.Details.Verification == CallbackVerification.DangerousStateOnly)
        {
            await store.BurnAsync(
                request.Details, EndReason.CallbackBeforeReport, includingGrant: false, clock.GetUtcNow(), cancellationToken);
            // An attacker could otherwise poll the callback until another person's login is reported.
            return Stopped(http, request, "callback.burnt", LoginErrors.NotReported);
        }

        return Unchanged(http, request, "callback.not_reported", LoginErrors.NotReported);
    }

    private async Task<IResult> ProofMissingAsync(
        HttpContext http, LoginRequest request, ErrorPage unproven, CancellationToken cancellationToken)
    {
        await store.BurnAsync(request.Details, EndReason.ProofMissing, includingGrant: false, clock.GetUtcNow(), cancellationToken);
        return Stopped(http, request, "callback.burnt", unproven);
    }

    private async Task<IResult> AcceptAsync(
        HttpContext http, LoginRequest.AwaitingReturn waiting, CallbackVerification verification, CancellationToken cancellationToken)
    {
        if (await policy.OfAsync(waiting, cancellationToken) is PolicyAnswer.Refused refused)
        {
            return next.Refuse(http, waiting, refused.Why);
        }

        var returned = waiting.Returned(verification, clock.GetUtcNow(), settings.ConsentLifetime);
        if (await StoreAsync(returned, cancellationToken))
        {
            cookies.Set(http.Response, returned);
            return await next.GoAsync(http, returned, Arrival.Navigation, cancellationToken);
        }

        if (await authRequests.FindAsync(waiting.Details.Id, cancellationToken) is not { } latest)
        {
            return Unchanged(http, waiting, EventOfRefusal, LoginErrors.UnknownState);
        }

        // A concurrent callback of the same browser won; which of the two responses the browser keeps is open.
        cookies.Set(http.Response, latest);
        return await next.GoAsync(http, latest, Arrival.Navigation, cancellationToken);
    }

    /// <summary>Stores and records the stage that follows the callback. Returns false when another step was stored first.</summary>
    private async Task<bool> StoreAsync(LoginRequest returned, CancellationToken cancellationToken)
    {
        var (name, report, isStored, change) = returned switch
        {
            LoginRequest.AwaitingConsent asked => (
                "callback.accepted", asked.Report, await store.ReturnAsync(asked, cancellationToken),
                new SignInChange { Outcome = SignInOutcome.Running, Station = Station.Consent, DueAt = asked.ConsentBy }),
            LoginRequest.Confirmed confirmed => (
                "callback.confirmed", confirmed.Report, await store.ConfirmAsync(confirmed, cancellationToken),
                new SignInChange { Outcome = SignInOutcome.Connected, Station = Station.Return }),
            _ => throw new InvalidOperationException($"A callback does not lead to {LoginRequestRow.StageOf(returned)}."),
        };
        if (isStored)
        {
            signIns.Record(
                returned.Details.AuthorizationId, returned.Details.Id, name, [Fact.Seen("sub", report.User.Subject)], change);
        }

        return isStored;
    }

    /// <summary>Records a callback that changed nothing, and that can therefore be repeated.</summary>
    private PageResponse Unchanged(HttpContext http, LoginRequest request, string name, ErrorPage page, bool isAttack = false) =>
        (page with { Brand = next.BrandOf(request.Details) })
            .Of(refusals, http, request.Details.AuthorizationId, request.Details.Id, name, isAttack);

    /// <summary>Records a callback that ended the login request.</summary>
    private PageResponse Stopped(HttpContext http, LoginRequest request, string name, ErrorPage page)
    {
        refusals.Recorded(
            http, request.Details.AuthorizationId, request.Details.Id, name, page.Cause, page.Facts,
            new() { Outcome = SignInOutcome.Stopped, Purpose = request.Details.Purpose.Recorded });
        return (page with { Brand = next.BrandOf(request.Details) }).For(request.Details.AuthorizationId);
    }
}
