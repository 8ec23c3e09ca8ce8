using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Authorize;

/// <summary>
/// <c>/oauth/authorize</c> and <c>/resources/{res}/oauth/authorize</c> (OAuth 2.1 §3.1, §4.1.1):
/// 1. apply the rate limit, because errors are recorded too; 2. read the parameters from query, form or a pushed request (RFC 9126 §4); 3.
/// find the client, or fetch its metadata document; 4. run <see cref="AuthorizeChecks"/>; 5. redirect to the login page, show an error
/// page, or send the error to the redirect URI.
/// </summary>
internal static class AuthorizeEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        PushEndpoint.Map(app);
        string[] methods = [HttpMethods.Get, HttpMethods.Post];
        var cost = new RouteCost.Page(RouteCost.RowUnits, AuthorizeFlow.EventOfRefusal);
        app.MapMethods("/oauth/authorize", methods, EnvironmentAsync).Costs(cost).ServesStep(Steps.Authorize);
        app.MapMethods("/resources/{resource}/oauth/authorize", methods, ResourceAsync).Costs(cost).ServesStep(Steps.Authorize);
    }

    private static Task<IResult> EnvironmentAsync(
        HttpContext http, AuthorizeFlow flow, Settings settings, CancellationToken cancellationToken) =>
        flow.BeginAsync(http, Issuer.Environment(settings.BaseUrl), cancellationToken);

    private static Task<IResult> ResourceAsync(
        HttpContext http, string resource, AuthorizeFlow flow, Settings settings, ConfigurationCache configuration,
        CancellationToken cancellationToken) =>
        flow.BeginAsync(
            http,
            ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null ? Issuer.Of(settings.BaseUrl, id) : null,
            cancellationToken);
}

internal sealed class AuthorizeFlow(
    RequestingClient requesting, ClientCache clients, PushedRequestStore pushed, ClientTrust trust, ConfigurationCache configuration,
    SendToLogin login, ClientAddress address, RateLimits limits, RefusalLog refusals, TimeProvider clock)
{
    public const string EventOfRefusal = "authorize.refused";

    /// <summary>The bytes of the events about the deviations of a request.</summary>
    public static int BytesOf(int quirks)
    {
        const int BytesOfOne = 384;
        return quirks * BytesOfOne;
    }

    /// <param name="entry">The issuer used. Null when the path names a resource that does not exist.</param>
    public async Task<IResult> BeginAsync(HttpContext http, Issuer? entry, CancellationToken cancellationToken)
    {
        if (limits.Authorization(http) is { } exceeded)
        {
            return AuthorizeErrors.TooManyRequests(exceeded).Alone(refusals, http, EventOfRefusal);
        }

        return entry is null
            ? AuthorizeErrors.UnknownEntry.With(configuration.Current.PathsLike($"{http.Request.RouteValues["resource"]}"))
                .Alone(refusals, http, EventOfRefusal)
            : await ReadAsync(http, entry, cancellationToken);
    }

    private async Task<IResult> ReadAsync(HttpContext http, Issuer entry, CancellationToken cancellationToken)
    {
        var id = AuthorizationId.New();
        var request = HttpMethods.IsPost(http.Request.Method)
            ? await RequestParameters.FormAsync(http.Request, cancellationToken)
            : RequestParameters.OfQuery(http.Request);
        if (request is not { IsText: true })
        {
            return await RefuseAsync(http, id, request, entry, AuthorizeErrors.Unreadable, cancellationToken);
        }

        if (AuthorizeChecks.ValidateClientId(request) is { } refusal)
        {
            return await RefuseAsync(http, id, request, entry, refusal, cancellationToken);
        }

        return request["request_uri"] is { } requestUri && request.Repeated("request_uri") is null && PushedRequest.IsReference(requestUri)
            ? await BeginPushedAsync(http, id, request, entry, cancellationToken)
            : await BeginAsync(http, id, request, entry, from: null, cancellationToken);
    }

    private async Task<IResult> BeginAsync(
        HttpContext http, AuthorizationId id, RequestParameters request, Issuer entry, PushedRequest? from,
        CancellationToken cancellationToken)
    {
        PageLanguage.Note(http, request["ui_locales"]);
        return await requesting.FindAsync(http, id, request, entry, cancellationToken) switch
        {
            DocumentLookup.Refused refused => await RefuseAsync(http, id, request, entry, refused.Refusal, cancellationToken),
            DocumentLookup.Found found =>
                AuthorizeChecks.Check(request, entry, found.Client, configuration.Current, isPushed: from is not null) switch
                {
                    AuthorizeOutcome.Page page => Refuse(http, id, request, entry, page.Refusal, found.Client),
                    AuthorizeOutcome.Answer answer => Answer(http, id, request, entry, answer),
                    AuthorizeOutcome.Accepted accepted => await SendAsync(http, id, accepted.Request, from, cancellationToken),
                },
        };
    }

    private async Task<IResult> SendAsync(
        HttpContext http, AuthorizationId id, AcceptedRequest accepted, PushedRequest? from, CancellationToken cancellationToken)
    {
        accepted = accepted with
        {
            Request = accepted.Request with
            {
                PushedBytes = from?.StoredBytes,
                BegunBy = Presenter.Of(http, address).ToString(),
                IsBegunByPerson = Navigation.IsBegunByPerson(http.Request) ? true : null,
                Family = trust.FamilyOf(accepted.Client, accepted.Request.RedirectUri),
            }
        };
        if (limits.Store(
            http, LoginRequestRow.StoredBytes(accepted.Request) + BytesOf(accepted.Quirks.Count), StoredKind.SignIn) is { } exceeded)
        {
            return AuthorizeErrors.TooManyRequests(exceeded).Alone(refusals, http, EventOfRefusal);
        }

        await clients.NoteUseAsync(accepted.Client, cancellationToken);
        return await login.BeginAsync(http, id, accepted, from, cancellationToken);
    }

    /// <summary>
    /// Uses a pushed request (RFC 9126 §4): only for the client that pushed it, before it expires, and once. The browser that used it may
    /// repeat the request (reload, Back) and is sent to the current step of its sign-in.
    /// </summary>
    private async Task<IResult> BeginPushedAsync(
        HttpContext http, AuthorizationId id, RequestParameters request, Issuer entry, CancellationToken cancellationToken)
    {
        if (await pushed.FindAsync(PushedRequest.HashOf(request["request_uri"]!), cancellationToken) is not { } found
            || found.ClientId.Value != request["client_id"]
            || found.Issuer != entry.Value)
        {
            return await RefuseAsync(http, id, request, entry, LoginErrors.UnknownRequestUri, cancellationToken);
        }

        StepSpan.Current?.PushedRequest = Convert.ToHexString(found.Hash);
        if (found.UsedBy is { } loginRequest)
        {
            return await login.ResumeAsync(http, loginRequest, cancellationToken)
                ?? await RefuseAsync(http, id, request, entry, LoginErrors.UnknownRequestUri, cancellationToken);
        }

        return found.ExpiresAt > clock.GetUtcNow()
            ? await BeginAsync(http, id, found.ToParameters(), entry, found, cancellationToken)
            : await RefuseAsync(http, id, request, entry, LoginErrors.UnknownRequestUri, cancellationToken);
    }

    /// <summary>Names the client in the log, if there is one with this id.</summary>
    private async Task<PageResponse> RefuseAsync(
        HttpContext http, AuthorizationId id, RequestParameters? request, Issuer entry, ErrorPage refusal,
        CancellationToken cancellationToken) => Refuse(
        http, id, request, entry, refusal,
        refusal.Exceeded is null && refusal.Cause != AskCauses.UnknownClient && request?.Repeated("client_id") is null
            && ClientId.Parse(request?["client_id"]) is { DocumentUrl: null } client
            ? await clients.FindAsync(client, cancellationToken)
            : null);

    private PageResponse Refuse(
        HttpContext http, AuthorizationId id, RequestParameters? request, Issuer entry, ErrorPage refusal, Client? client = null) =>
        refusal.Exceeded is not null ? refusal.Alone(refusals, http, EventOfRefusal)
        : (refusal with { Brand = BrandOf(request, entry, client) }).For(refusals.Refused(
            http, id, loginRequest: null, EventOfRefusal, refusal.Cause, SentParameters.Of(request, refusal.Facts),
            About(request, entry, client)));

    private IResult Answer(HttpContext http, AuthorizationId id, RequestParameters request, Issuer entry, AuthorizeOutcome.Answer answer)
    {
        var (sent, client) = (answer.Error, answer.Client);
        id = refusals.Refused(
            http, id, loginRequest: null, EventOfRefusal, sent.Cause, SentParameters.Of(request, sent.Facts),
            About(request, entry, client));
        var resource = AuthorizeChecks.ResourceOf(request, entry, client.ResourceId, configuration.Current);
        var response = AuthorizationResponse.Error(request, entry, answer.RedirectUri, sent.Error, id);
        return trust.GoesOnByItself(client, resource, answer.RedirectUri)
            ? response.Send()
            : (AuthorizeErrors.Unsent(sent) with { Brand = resource?.Brand }).For(id, response.Return);
    }

    /// <summary>Of the resource that the request names.</summary>
    private Brand? BrandOf(RequestParameters? request, Issuer entry, Client? client) =>
        (request is not null ? AuthorizeChecks.ResourceOf(request, entry, client?.ResourceId, configuration.Current)
            : entry.Resource is { } id ? configuration.Current.Find(id)
            : null)?.Brand;

    /// <summary>What the request says about itself, for the list of sign-ins.</summary>
    private SignInChange About(RequestParameters? request, Issuer entry, Client? client)
    {
        var redirectUri = request?["redirect_uri"];
        var resource = request is null ? null : AuthorizeChecks.ResourceOf(request, entry, client?.ResourceId, configuration.Current);
        return new()
        {
            ClientId = client?.Id.Value ?? (request?["client_id"] is { } sent ? SentClientId.Shown(sent) : null),
            ClientName = client?.Name,
            Family = client is null || redirectUri is null ? null : trust.FamilyOf(client, redirectUri) ?? SignInChange.OtherFamily,
            ResourceId = resource?.Id ?? entry.Resource,
            ConnectionId = resource?.ConnectionId,
            RedirectHost = redirectUri is null ? null : RedirectUri.HostOf(redirectUri),
        };
    }
}
