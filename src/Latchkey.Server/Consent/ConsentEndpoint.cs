using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Consent;

/// <summary>
/// The consent page (docs/threat-model.md, "consent"):
/// 1. Only the browser that started the sign-in may see or answer it: not framed (<see cref="Navigation"/>), and only from this origin
/// (clickjacking, CSRF).
/// 2. GET shows the client, the scopes and the user. 3. POST: the first decision counts; every later one leads to the current step.
/// 4. With <c>state_only</c>, no code is issued before the settle time has passed.
/// </summary>
internal static class ConsentEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/consent/{id}", ShowAsync).Costs(Cost).ServesStep(Steps.ConsentPage);
        app.MapPost("/consent/{id}", DecideAsync).Costs(Cost).ServesStep(Steps.ConsentDecision);
    }

    private static readonly RouteCost Cost = new RouteCost.Page(RouteCost.RowUnits, ConsentFlow.EventOfRefusal);

    private static Task<IResult> ShowAsync(HttpContext http, string id, ConsentFlow flow, CancellationToken cancellationToken) =>
        flow.ShowAsync(http, id, cancellationToken);

    private static Task<IResult> DecideAsync(HttpContext http, string id, ConsentFlow flow, CancellationToken cancellationToken) =>
        flow.DecideAsync(http, id, cancellationToken);
}

internal sealed class ConsentFlow(
    LoginRequestStore authRequests,
    ConsentStore store,
    PresentPolicy policy,
    ClientTrust trust,
    LoginSecrets secrets,
    BindingCookie cookies,
    NextStep next,
    SendToLogin login,
    SignInRecorder signIns,
    RefusalLog refusals,
    RateLimits limits,
    Settings settings,
    TimeProvider clock)
{
    public const string EventOfRefusal = "consent.refused";

    public async Task<IResult> ShowAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(http, id, cancellationToken) is not { } request)
        {
            return ConsentErrors.NotYours.With(Fact.Sent(FactNames.LoginRequestId, id)).Alone(refusals, http, EventOfRefusal);
        }

        if (request is not LoginRequest.AwaitingConsent asked || Deadlines.HasPassed(request, clock.GetUtcNow()))
        {
            return await next.GoAsync(http, request, Arrival.Navigation, cancellationToken);
        }

        var (offer, page) = await OfferAsync(http, asked, cancellationToken);
        return offer is null ? page!
            : offer.Remembered is { } remembered ? await AllowRememberedAsync(http, offer, remembered, cancellationToken)
            : new PageResponse(
                offer.View(secrets.FormToken(asked.Details, offer.Facts()), SignInReference.Of(asked.Details.AuthorizationId)));
    }

    public async Task<IResult> DecideAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        if (IsForeignOrigin(http.Request))
        {
            return ConsentErrors.ForeignOrigin
                .With(
                    Fact.Sent(
                        FactNames.Origin,
                        http.Request.Headers.Origin.ToString() is { Length: > 0 } from ? from : SentParameters.Missing),
                    Fact.Expected(FactNames.Origin, settings.BaseUrl))
                .Alone(refusals, http, EventOfRefusal);
        }

        if (await FindAsync(http, id, cancellationToken) is not { } request)
        {
            return ConsentErrors.NotYours.With(Fact.Sent(FactNames.LoginRequestId, id)).Alone(refusals, http, EventOfRefusal);
        }

        if (await RequestParameters.FormAsync(http.Request, cancellationToken) is not { } form
            || !secrets.IsFormToken(request.Details, form["form_token"]))
        {
            return (ConsentErrors.NoFormToken with { Brand = next.BrandOf(request.Details) }).Of(
                refusals, http, request.Details.AuthorizationId, request.Details.Id, EventOfRefusal, isAttack: true);
        }

        // A repeated parameter is treated as missing.
        var decision = form.Repeated("decision") is null ? form["decision"] : null;
        if (decision == "not_you" && request is LoginRequest.Ended { Reason: EndReason.NotYou })
        {
            return await GoToSuccessorAsync(http, request, cancellationToken);
        }

        if (request is not LoginRequest.AwaitingConsent asked || Deadlines.HasPassed(request, clock.GetUtcNow()))
        {
            return await next.GoAsync(http, request, Arrival.Click, cancellationToken);
        }

        return decision switch
        {
            "allow" => await AllowAsync(http, asked, form, cancellationToken),
            "deny" => await DenyAsync(http, asked, ConsentCauses.Denied, "The person denied the request.", cancellationToken),
            "not_you" => await StartOverAsync(http, asked, cancellationToken),
            _ => Refuse(
                http, asked, ConsentErrors.NoDecision.With(
                    Fact.Sent(FactNames.Decision, form["decision"] ?? SentParameters.Missing),
                    Fact.Expected(FactNames.Decision, "allow, deny or not_you"))),
        };
    }

    private async Task<IResult> AllowAsync(
        HttpContext http, LoginRequest.AwaitingConsent asked, RequestParameters form, CancellationToken cancellationToken)
    {
        var (offer, page) = await OfferAsync(http, asked, cancellationToken);
        if (offer is null)
        {
            return page!;
        }

        if (!LoginSecrets.Showed(form["form_token"]!, offer.Facts()))
        {
            signIns.Record(asked.Details.AuthorizationId, asked.Details.Id, "consent.changed", []);
            return await next.GoAsync(http, asked, Arrival.Click, cancellationToken);
        }

        var preset = offer.Presets is null ? null : form["preset"];
        if (preset is not null && (form.Repeated("preset") is not null || !ConsentPresets.IsKnown(preset)))
        {
            return Refuse(
                http, asked, ConsentErrors.NoDecision.With(
                    Fact.Sent(FactNames.Decision, $"preset={preset}"),
                    Fact.Expected(FactNames.Decision, "preset=read, asked or choose")));
        }

        var (organization, refusal) = OrganizationOf(offer, form);
        if (refusal is not null)
        {
            return Refuse(http, asked, refusal);
        }

        var granted = offer.Granted(preset, form.All("scope"));
        if (offer.IsNothing(granted))
        {
            return await DenyAsync(
                http, asked, ConsentCauses.NothingAllowed, "The person allowed none of the permissions.", cancellationToken);
        }

        if (asked.Details.Verification == CallbackVerification.DangerousStateOnly)
        {
            await SettleAsync(asked.ReturnedAt, cancellationToken);
        }

        var allowed = asked.Allowed(
            granted, offer.Claims(granted, form["claims"]), clock.GetUtcNow(), settings.AuthorizationCodeLifetime) with
        {
            KeepsAccess = offer.KeepsAccess,
            LastsAtMost = offer.LastsAtMost,
            Organization = organization,
        };
        var remembered = form["remember"] == "yes" && form["claims"] is { } claims
            ? offer.Remember(granted, claims, allowed.DecidedAt)
            : null;
        RememberAnswer? answer = offer.CanRemember ? new(remembered) : null;
        return await store.AllowAsync(allowed, offer.Former, ConsentId.New(), answer, cancellationToken)
            ? await GoOnAsync(http, allowed, "consent.allowed", Arrival.Click, cancellationToken)
            : await CurrentStepAsync(http, asked, cancellationToken);
    }

    /// <summary>The person allowed the same before and did not want to be asked again, so the page is skipped.</summary>
    private async Task<IResult> AllowRememberedAsync(
        HttpContext http, ConsentOffer offer, RememberedConsent remembered, CancellationToken cancellationToken)
    {
        var granted = offer.Granted(preset: null, Scope.Parse(remembered.Granted));
        var allowed = offer.Request.Allowed(
            granted, offer.Claims(granted, remembered.Claims), clock.GetUtcNow(), settings.AuthorizationCodeLifetime) with
        {
            KeepsAccess = offer.KeepsAccess,
            LastsAtMost = offer.LastsAtMost,
            Organization = remembered.Organization,
        };
        return await store.AllowRememberedAsync(allowed, offer.Former!.Id, remembered, cancellationToken)
            ? await GoOnAsync(http, allowed, "consent.remembered", Arrival.Navigation, cancellationToken)
            : await CurrentStepAsync(http, offer.Request, cancellationToken);
    }

    /// <summary>Records the decision, and goes on to the client.</summary>
    private async Task<IResult> GoOnAsync(
        HttpContext http, LoginRequest.AwaitingExchange allowed, string name, Arrival arrival, CancellationToken cancellationToken)
    {
        // A person of the resource completed the login: it is not what a stranger caused.
        limits.GiveBackLogin(http, LoginRequestRow.StoredBytes(allowed.Details.Request));
        signIns.Record(
            allowed.Details.AuthorizationId, allowed.Details.Id, name,
            [
                Fact.Seen("sub", allowed.Report.User.Subject), Fact.Seen("scope", allowed.Scope.ToString()),
                Fact.Seen("redirect_host", ClientTrust.TargetOf(allowed.Details.Request.RedirectUri).Name),
                .. allowed.Organization is { } organization
                    ? [Fact.Seen(FactNames.Organization, organization)]
                    : Array.Empty<Fact>(),
            ],
            new() { Outcome = SignInOutcome.Running, Station = Station.Token, DueAt = allowed.CodeBy });
        return await next.GoAsync(http, allowed, arrival, cancellationToken);
    }

    /// <summary>The organisation of the decision: the only one, or the chosen one, which the page must have offered.</summary>
    private static (string? Organization, ErrorPage? Refusal) OrganizationOf(ConsentOffer offer, RequestParameters form)
    {
        if (offer.Organizations.Count == 0)
        {
            return (offer.OnlyOrganization?.ExternalId, null);
        }

        var offered = Fact.Expected(FactNames.Organization, string.Join(", ", offer.Organizations.Select(o => o.ExternalId)));
        return form.Repeated("organization") is not null || form["organization"] is not { } chosen
                ? (null, ConsentErrors.OrganizationMissing.With(
                    Fact.Sent(FactNames.Organization, form["organization"] is null ? SentParameters.Missing : "several"), offered))
            : offer.Organizations.All(o => o.ExternalId != chosen)
                ? (null, ConsentErrors.OrganizationUnknown.With(Fact.Sent(FactNames.Organization, chosen), offered))
            : (chosen, null);
    }

    /// <summary>
    /// Waits until the return is <see cref="Settings.SettleTime"/> old before the decision is stored: until then, a callback from another
    /// browser still ends the login request. Stored times are rounded down to milliseconds and timers may fire early, so the wait is 1 ms
    /// longer. The wait never exceeds the settle time, whatever the clocks of the nodes say.
    /// </summary>
    private async Task SettleAsync(DateTimeOffset returnedAt, CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var full = settings.SettleTime + TimeSpan.FromMilliseconds(1);
        var wait = returnedAt + full - clock.GetUtcNow();
        wait = wait < full ? wait : full;
        while (wait - clock.GetElapsedTime(begun) is { Ticks: > 0 } left)
        {
            await Task.Delay(left + TimeSpan.FromMilliseconds(1), clock, cancellationToken);
        }
    }

    private async Task<IResult> DenyAsync(
        HttpContext http, LoginRequest.AwaitingConsent asked, Cause cause, string reason, CancellationToken cancellationToken)
    {
        var denied = asked.Denied(clock.GetUtcNow()) with { Answer = OAuthError.AccessDenied(reason) };
        if (!await store.DenyAsync(denied, cancellationToken))
        {
            return await CurrentStepAsync(http, asked, cancellationToken);
        }

        refusals.Recorded(
            http, asked.Details.AuthorizationId, asked.Details.Id, "consent.denied", cause,
            [Fact.Seen(FactNames.ClientId, asked.Details.ClientId.Value)], new() { Outcome = SignInOutcome.Declined });
        return await next.GoAsync(http, denied, Arrival.Click, cancellationToken);
    }

    private async Task<IResult> StartOverAsync(HttpContext http, LoginRequest.AwaitingConsent asked, CancellationToken cancellationToken)
    {
        var answer = await policy.OfAsync(asked, cancellationToken);
        if (answer is not PolicyAnswer.Allowed { Client: var client, Resource: var resource, Connection: var connection })
        {
            return next.Refuse(http, asked, ((PolicyAnswer.Refused)answer).Why);
        }

        // prompt=login in the details of the login request tells the login page not to send the same person straight back.
        var successor = login.NewDetails(
            asked.Details.AuthorizationId, new(asked.Details.Request with { Prompt = "login" }, client, resource, connection));
        if (!await store.StartOverAsync(asked.Details, successor, cancellationToken))
        {
            return await authRequests.FindAsync(asked.Details.Id, cancellationToken)
                is LoginRequest.Ended { Reason: EndReason.NotYou } ended
                ? await GoToSuccessorAsync(http, ended, cancellationToken)
                : await CurrentStepAsync(http, asked, cancellationToken);
        }

        signIns.Record(
            successor.AuthorizationId, successor.Id, "consent.not_you", [Fact.Seen("sub", asked.Report.User.Subject)],
            new() { Outcome = SignInOutcome.Running, Station = Station.LogIn, DueAt = successor.LoginBy });
        cookies.Delete(http.Response, asked.Details.Id);
        return login.Go(http, successor, connection.LoginUrl, StatusCodes.Status303SeeOther);
    }

    /// <summary>A double click on "not you": the second decision leads to the login request that the first one started.</summary>
    private async Task<IResult> GoToSuccessorAsync(HttpContext http, LoginRequest ended, CancellationToken cancellationToken) =>
        await authRequests.FindAsync(ended.Details.AuthorizationId, cancellationToken) is LoginRequest.AwaitingLogin successor
            ? await login.ResumeAsync(http, successor, StatusCodes.Status303SeeOther, cancellationToken)
            : await next.GoAsync(http, ended, Arrival.Click, cancellationToken);

    private async Task<IResult> CurrentStepAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken) =>
        await authRequests.FindAsync(request.Details.Id, cancellationToken) is { } latest
            ? await next.GoAsync(http, latest, Arrival.Click, cancellationToken)
            : Refuse(http, request, LoginErrors.Over);

    private PageResponse Refuse(HttpContext http, LoginRequest request, ErrorPage page) =>
        (page with { Brand = next.BrandOf(request.Details) }).Of(refusals, http, request.Details.AuthorizationId, request.Details.Id);

    /// <summary>The login request, if this browser started it and it is for a client.</summary>
    private async Task<LoginRequest?> FindAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        if (LoginRequestId.Parse(id) is { } parsed
            && cookies.Read(http.Request, parsed) is { } binding
            && await authRequests.FindAsync(parsed, cancellationToken) is { } request
            && secrets.IsBinding(request, binding)
            && request.Details.Purpose is LoginPurpose.Authorization)
        {
            PageLanguage.Note(http, request.Details.Request.UiLocales);
            return request;
        }

        return null;
    }

    /// <summary>The current offer, or the page when the present policy refuses the login request.</summary>
    private async Task<(ConsentOffer? Offer, IResult? Page)> OfferAsync(
        HttpContext http, LoginRequest.AwaitingConsent asked, CancellationToken cancellationToken) =>
        await policy.OfAsync(asked, cancellationToken) switch
        {
            PolicyAnswer.Refused refused => (null, next.Refuse(http, asked, refused.Why)),
            PolicyAnswer.Allowed allowed
                when new ConsentOffer(asked, allowed.Client, allowed.Resource, await store.FormerAsync(asked, cancellationToken), trust)
                    is { IsGone: false } offer =>
                (offer, null),
            PolicyAnswer.AllowedHere => throw new InvalidOperationException($"{asked.Details.Id} has no client, so no consent is asked."),
            PolicyAnswer.Allowed =>
                (null, Refuse(http, asked, LoginErrors.NothingLeftToOffer)),
        };

    /// <summary>CSRF: browsers send Origin with every POST; a sandboxed or cross-site page sends <c>null</c> or its own.</summary>
    private bool IsForeignOrigin(HttpRequest request) =>
        (request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !origin.Equals(settings.BaseUrl, StringComparison.OrdinalIgnoreCase))
        || request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
}
