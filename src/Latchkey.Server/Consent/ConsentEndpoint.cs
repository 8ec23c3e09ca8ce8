using Latchkey.Server.Authorize;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Journeys;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Consent;

/// <summary>
/// The consent page (docs/threat-model.md, "consent"):
/// 1. only the browser that began may see or answer it, at the top level, from our own origin; 2. GET shows who wants what as whom;
/// 3. POST takes the first of any number of answers; every later one is led to where the auth request stands;
/// 4. with <c>state_only</c> no code leaves before the settle time has passed.
/// </summary>
internal static class ConsentEndpoint
{
    public static string PathOf(LoginRequestId id) => $"/consent/{id}";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/consent/{id}", ShowAsync);
        app.MapPost("/consent/{id}", DecideAsync);
    }

    private static Task<IResult> ShowAsync(HttpContext http, string id, ConsentFlow flow, CancellationToken cancellationToken) => flow.ShowAsync(http, id, cancellationToken);

    private static Task<IResult> DecideAsync(HttpContext http, string id, ConsentFlow flow, CancellationToken cancellationToken) => flow.DecideAsync(http, id, cancellationToken);
}

internal sealed class ConsentFlow(
    AuthRequestStore authRequests,
    ConsentStore store,
    ClientCache clients,
    Vouching vouching,
    ConfigurationCache configuration,
    LoginSecrets secrets,
    BindingCookie cookies,
    NextStep next,
    SendToLogin login,
    JourneyRecorder journeys,
    Settings settings,
    TimeProvider clock)
{
    public async Task<IResult> ShowAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        if (IsFramed(http.Request))
        {
            return ConsentRefusals.Framed.Alone(journeys, "consent.refused");
        }

        if (await FindAsync(http, id, cancellationToken) is not { } request)
        {
            return ConsentRefusals.NotYours.Alone(journeys, "consent.refused");
        }

        if (request is not AuthRequest.AwaitingConsent asked || Deadlines.HasPassed(request, clock.GetUtcNow()))
        {
            return next.Go(request);
        }

        return await OfferAsync(asked, cancellationToken) is { } offer
            ? new PageAnswer(offer.View(secrets.FormToken(asked.Visit), JourneyReference.Of(asked.Visit.AuthRequestId)))
            : ConsentRefusals.NoLongerOffered.For(asked.Visit.AuthRequestId);
    }

    public async Task<IResult> DecideAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        if (IsFramed(http.Request))
        {
            return ConsentRefusals.Framed.Alone(journeys, "consent.refused");
        }

        if (IsForeignOrigin(http.Request))
        {
            return ConsentRefusals.ForeignOrigin.Alone(journeys, "consent.refused");
        }

        if (await FindAsync(http, id, cancellationToken) is not { } request)
        {
            return ConsentRefusals.NotYours.Alone(journeys, "consent.refused");
        }

        if (await RequestParameters.FormAsync(http.Request, cancellationToken) is not { } form || !secrets.IsFormToken(request.Visit, form["form_token"]))
        {
            Record(request, "consent.refused", "An answer came without the form token of this page; nothing was changed.");
            return ConsentRefusals.NoFormToken.For(request.Visit.AuthRequestId);
        }

        // Two answers are none.
        var decision = form.Repeated("decision") is null ? form["decision"] : null;
        if (decision == "not_you" && request is AuthRequest.Ended { Reason: EndReason.NotYou })
        {
            return await GoToSuccessorAsync(http, request, cancellationToken);
        }

        if (request is not AuthRequest.AwaitingConsent asked || Deadlines.HasPassed(request, clock.GetUtcNow()))
        {
            return next.Go(request);
        }

        return decision switch
        {
            "allow" => await AllowAsync(asked, form.All("scope"), cancellationToken),
            "deny" => await DenyAsync(asked, "The person denied the request.", cancellationToken),
            "not_you" => await StartOverAsync(http, asked, cancellationToken),
            _ => ConsentRefusals.NoDecision.For(request.Visit.AuthRequestId),
        };
    }

    private async Task<IResult> AllowAsync(AuthRequest.AwaitingConsent asked, IEnumerable<string> ticked, CancellationToken cancellationToken)
    {
        if (await OfferAsync(asked, cancellationToken) is not { } offer)
        {
            return ConsentRefusals.NoLongerOffered.For(asked.Visit.AuthRequestId);
        }

        var granted = offer.Granted(ticked);
        if (offer.IsNothing(granted))
        {
            return await DenyAsync(asked, "The person allowed none of the permissions.", cancellationToken);
        }

        if (asked.Visit.Verification == CallbackVerification.DangerousStateOnly)
        {
            await SettleAsync(asked.ReturnedAt, cancellationToken);
        }

        var allowed = asked.Allowed(granted, clock.GetUtcNow(), settings.AuthorizationCodeLifetime);
        if (!await store.AllowAsync(allowed, offer.Former, ConsentId.New(), cancellationToken))
        {
            return await WhereItStandsAsync(asked, cancellationToken);
        }

        Record(asked, "consent.allowed", $"{asked.Report.User.Subject} allowed '{granted}'; the code was sent to {Vouching.HostOf(asked.Visit.Request.RedirectUri)}.");
        return next.Go(allowed);
    }

    /// <summary>
    /// Waits until the return is <see cref="Settings.SettleTime"/> old, before the decision is written: a foreign callback within it still burns the login request.
    /// Times are stored in whole milliseconds, rounded down, and a timer may fire early: neither may shorten the wait. A clock that is set meanwhile, or is another
    /// node's, may not prolong it.
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

    private async Task<IResult> DenyAsync(AuthRequest.AwaitingConsent asked, string why, CancellationToken cancellationToken)
    {
        var denied = asked.Denied(clock.GetUtcNow()) with { Answer = OAuthError.AccessDenied(why) };
        if (!await store.DenyAsync(denied, cancellationToken))
        {
            return await WhereItStandsAsync(asked, cancellationToken);
        }

        Record(asked, "consent.denied", why);
        return next.Go(denied);
    }

    private async Task<IResult> StartOverAsync(HttpContext http, AuthRequest.AwaitingConsent asked, CancellationToken cancellationToken)
    {
        var snapshot = configuration.Current;
        if (snapshot.Find(asked.Visit.ResourceId) is not { } resource
            || snapshot.UsableConnectionOf(resource) is not { } connection
            || await clients.FindAsync(asked.Visit.ClientId, cancellationToken) is not { } client)
        {
            return ConsentRefusals.NoLongerOffered.For(asked.Visit.AuthRequestId);
        }

        // The company's page must not send the same person straight back: its context call says prompt=login.
        var successor = login.NewVisit(asked.Visit.AuthRequestId, new(asked.Visit.Request with { Prompt = "login" }, client, resource, connection));
        if (!await store.StartOverAsync(asked.Visit, successor, cancellationToken))
        {
            return await authRequests.FindAsync(asked.Visit.Id, cancellationToken) is AuthRequest.Ended { Reason: EndReason.NotYou } ended
                ? await GoToSuccessorAsync(http, ended, cancellationToken)
                : await WhereItStandsAsync(asked, cancellationToken);
        }

        journeys.Record(successor.AuthRequestId, successor.Id, "consent.not_you", $"The person said that they are not {asked.Report.User.Subject}; another visit to the login page began.");
        cookies.Delete(http.Response, asked.Visit.Id);
        return login.Go(http, successor, connection.LoginUrl, StatusCodes.Status303SeeOther);
    }

    /// <summary>A double click on "not you": the second answer leads to the visit that the first began.</summary>
    private async Task<IResult> GoToSuccessorAsync(HttpContext http, AuthRequest ended, CancellationToken cancellationToken) =>
        await authRequests.FindAsync(ended.Visit.AuthRequestId, cancellationToken) is AuthRequest.AwaitingLogin successor
        && !Deadlines.HasPassed(successor, clock.GetUtcNow())
        && configuration.Current.Find(successor.Visit.ConnectionId) is { IsEnabled: true } connection
            ? login.Go(http, successor.Visit, connection.LoginUrl, StatusCodes.Status303SeeOther)
            : next.Go(ended);

    private async Task<IResult> WhereItStandsAsync(AuthRequest request, CancellationToken cancellationToken) =>
        await authRequests.FindAsync(request.Visit.Id, cancellationToken) is { } stands ? next.Go(stands) : LoginRefusals.Over.For(request.Visit.AuthRequestId);

    /// <summary>The visit, if this browser began it.</summary>
    private async Task<AuthRequest?> FindAsync(HttpContext http, string id, CancellationToken cancellationToken) =>
        LoginRequestId.Parse(id) is { } parsed
        && cookies.Read(http.Request, parsed) is { } binding
        && await authRequests.FindAsync(parsed, cancellationToken) is { } request
        && secrets.IsBinding(request.Visit, binding)
            ? request
            : null;

    /// <summary>The offer as of now; null when client, resource or connection went away since the person was sent here.</summary>
    private async Task<ConsentOffer?> OfferAsync(AuthRequest.AwaitingConsent asked, CancellationToken cancellationToken)
    {
        var snapshot = configuration.Current;
        return snapshot.Find(asked.Visit.ResourceId) is { } resource
            && resource.ConnectionId == asked.Visit.ConnectionId
            && snapshot.UsableConnectionOf(resource) is not null
            && await clients.FindAsync(asked.Visit.ClientId, cancellationToken) is { } client
            && AuthorizeChecks.WhyNotWelcome(client, resource) is null
                ? new ConsentOffer(asked, client, resource, await store.FormerAsync(asked, cancellationToken), vouching)
                : null;
    }

    private void Record(AuthRequest request, string name, string detail) => journeys.Record(request.Visit.AuthRequestId, request.Visit.Id, name, detail);

    /// <summary>A page that lays itself over ours could make a person press what they do not see.</summary>
    private static bool IsFramed(HttpRequest request) => request.Headers["Sec-Fetch-Dest"].ToString() is "iframe" or "frame" or "embed" or "object" or "fencedframe";

    /// <summary>Browsers send Origin with every POST; a sandboxed or cross-site page sends <c>null</c> or its own.</summary>
    private bool IsForeignOrigin(HttpRequest request) =>
        (request.Headers.Origin.ToString() is { Length: > 0 } origin && !origin.Equals(settings.BaseUrl, StringComparison.OrdinalIgnoreCase))
        || request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
}
