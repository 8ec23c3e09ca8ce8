using System.Text.Json.Serialization;
using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Authorize;

/// <summary>
/// <c>/oauth/par</c> and <c>/resources/{res}/oauth/par</c> (RFC 9126 §2):
/// 1. apply the rate limit (§2.3); 2. authenticate the client as at the token endpoint; 3. run the checks of <c>/oauth/authorize</c>, with
/// errors as JSON; 4. store the parameters for 90 seconds under a reference that only this client can use, and only once.
/// </summary>
internal static class PushEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var cost = new RouteCost.Program(RouteCost.RowUnits);
        app.MapPost("/oauth/par", EnvironmentAsync).RequireCors(Cors.OAuth).Costs(cost).ServesStep(Steps.Push);
        app.MapPost("/resources/{resource}/oauth/par", ResourceAsync).RequireCors(Cors.OAuth).Costs(cost)
            .ServesStep(Steps.Push);
    }

    private static Task<IResult> EnvironmentAsync(
        HttpContext http, PushFlow flow, Settings settings, CancellationToken cancellationToken) =>
        flow.PushAsync(http, Issuer.Environment(settings.BaseUrl), cancellationToken);

    private static Task<IResult> ResourceAsync(
        HttpContext http, string resource, PushFlow flow, Settings settings, ConfigurationCache configuration,
        CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? flow.PushAsync(http, Issuer.Of(settings.BaseUrl, id), cancellationToken)
            : Task.FromResult(OAuthJson.UnknownResource(configuration.Current.PathsLike(resource)));
}

internal sealed class PushFlow(
    RequestingClient requesting, ClientAuthentication authentication, PushedRequestStore store, ConfigurationCache configuration,
    RateLimits limits, TimeProvider clock)
{
    /// <summary>Credentials of the client, which are not stored with the request.</summary>
    private static readonly string[] Credentials = ["client_secret", "client_assertion", "client_assertion_type"];

    public async Task<IResult> PushAsync(HttpContext http, Issuer entry, CancellationToken cancellationToken)
    {
        if (limits.Push(http) is { } exceeded)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyAuthorizations(exceeded));
        }

        if (await RequestParameters.FormAsync(http.Request, cancellationToken) is not { IsText: true } form)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.NotAForm.Sent(http.Request));
        }

        if (form.Repeated(["client_id", .. Credentials]) is { } repeated)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.Repeated(repeated));
        }

        // For a client with a metadata document, the document says how the client authenticates, so it is fetched first.
        var id = AuthorizationId.New();
        if (ClientId.Parse(form["client_id"])?.DocumentUrl is not null
            && await requesting.FindAsync(http, id, form, entry, cancellationToken) is DocumentLookup.Refused { Refusal: var unknown })
        {
            // A failed fetch says nothing about the client, and clients discard their registration on invalid_client.
            return unknown.Exceeded is not null || unknown.Status == StatusCodes.Status429TooManyRequests
                ? Refuse(form, unknown, "temporarily_unavailable", unknown.Status)
                : unknown.Code == ClientMetadataErrors.Unavailable.Code
                ? Refuse(form, unknown, "temporarily_unavailable", StatusCodes.Status503ServiceUnavailable)
                : Refuse(form, unknown, "invalid_client", StatusCodes.Status401Unauthorized);
        }

        var by = await authentication.AuthenticateAsync(http.Request, form, cancellationToken);
        return by switch
        {
            AuthenticatedClient.Refused refused => OAuthJson.Refusal(refused.Refusal.Sent(form), refused.UsedBasic),
            AuthenticatedClient.Backend => OAuthJson.Refusal(OAuthErrorResponse.GrantTypeNotAllowed.Sent(form).With(by.NameFacts)),
            _ when form["request_uri"] is not null => Refuse(form, AuthorizationResponseErrors.RequestUriInPush.With(by.NameFacts)),
            AuthenticatedClient.OAuthClient { Client: var client } =>
                AuthorizeChecks.Check(form, entry, client, configuration.Current, isPushed: true) switch
                {
                    AuthorizeOutcome.Page page => Refuse(
                        form, page.Refusal.With(by.NameFacts), "invalid_request", StatusCodes.Status400BadRequest),
                    AuthorizeOutcome.Answer answer => Refuse(form, answer.Error.With(by.NameFacts)),
                    AuthorizeOutcome.Accepted accepted => await KeepAsync(http, form, accepted.Request, entry, cancellationToken),
                },
        };
    }

    private async Task<IResult> KeepAsync(
        HttpContext http, RequestParameters form, AcceptedRequest accepted, Issuer entry, CancellationToken cancellationToken)
    {
        var reference = PushedRequest.NewReference();
        PushedParameter[] parameters = [.. form.Everything.Where(p => AuthorizationParameters.IsKnown(p.Key))
            .Select(p => new PushedParameter(p.Key, p.Value))];
        var pushed = new PushedRequest(
            PushedRequest.HashOf(reference), accepted.Client.Id, entry.Value, parameters, clock.GetUtcNow() + PushedRequest.Lifetime,
            UsedBy: null);
        if (limits.Store(http, pushed.StoredBytes, StoredKind.SignIn) is { } exceeded)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyAuthorizations(exceeded));
        }

        await store.AddAsync(pushed, cancellationToken);
        StepSpan.Current?.PushedRequest = Convert.ToHexString(pushed.Hash);
        return OAuthJson.Created(new PushResponse(reference, (long)PushedRequest.Lifetime.TotalSeconds), PushJson.Default.PushResponse);
    }

    private static IResult Refuse(RequestParameters form, ErrorPage page, string code, int status) => OAuthJson.Refusal(
        new OAuthErrorResponse(
            page.Cause, status, new OAuthError(code, OAuthError.Printable(page.InEnglish)))
        {
            RetryAfterSeconds = page.RetryAfterSeconds,
            Facts = page.Facts,
            Exceeded = page.Exceeded,
        }.Sent(form));

    private static IResult Refuse(RequestParameters form, AuthorizationError refused) => OAuthJson.Refusal(
        new OAuthErrorResponse(
            refused.Cause, StatusCodes.Status400BadRequest,
            refused.Error with { Description = OAuthError.Printable(refused.Error.Description) })
        {
            Facts = refused.Facts,
        }.Sent(form));
}

/// <summary>RFC 9126 §2.2.</summary>
/// <param name="ExpiresIn">In seconds.</param>
internal sealed record PushResponse(
    [property: JsonPropertyName("request_uri")] string RequestUri, [property: JsonPropertyName("expires_in")] long ExpiresIn);

[JsonSerializable(typeof(PushResponse))]
internal sealed partial class PushJson : JsonSerializerContext;
