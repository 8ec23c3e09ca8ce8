using System.Text.Json.Serialization;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Journeys;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.Ports;

namespace Latchkey.Server.Token;

/// <summary>What a grant type made of a request.</summary>
internal abstract record TokenOutcome
{
    private TokenOutcome() { }

    /// <param name="Began">The auth request that ends with these tokens; null: they are not its first.</param>
    public sealed record Issued(TokenResponse Response, AuthRequestId? Began = null) : TokenOutcome;

    public sealed record Refused(TokenRefusal Refusal) : TokenOutcome;

    public static TokenOutcome No(TokenRefusal refusal) => new Refused(refusal);
}

/// <summary>OAuth 2.1 §3.2.3. <paramref name="Scope"/> always says what was granted, also when it is what was asked.</summary>
internal sealed record TokenResponse(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] long ExpiresIn,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("scope")] string? Scope,
    [property: JsonPropertyName("id_token")] string? IdToken = null);

/// <summary>RFC 6749 §5.2.</summary>
internal sealed record ErrorResponse(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string ErrorDescription);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class TokenJson : JsonSerializerContext;

/// <summary>
/// <c>/oauth/token</c> and its twin under <c>/resources/{res}</c> (OAuth 2.1 §3.2):
/// 1. read the form; 2. authenticate the client; 3. the grant type validates everything and only then consumes anything.
/// </summary>
internal static class TokenEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/oauth/token", EnvironmentAsync).RequireCors(Cors.OAuth);
        app.MapPost("/resources/{resource}/oauth/token", ResourceAsync).RequireCors(Cors.OAuth);
    }

    private static Task<IResult> EnvironmentAsync(HttpContext http, TokenFlow flow, Settings settings, CancellationToken cancellationToken) =>
        flow.AnswerAsync(http, Issuer.Environment(settings.BaseUrl), cancellationToken);

    private static Task<IResult> ResourceAsync(HttpContext http, string resource, TokenFlow flow, Settings settings, ConfigurationCache configuration, CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? flow.AnswerAsync(http, Issuer.Of(settings.BaseUrl, id), cancellationToken)
            : Task.FromResult(OAuthJson.UnknownResource);
}

internal sealed class TokenFlow(
    ClientAuthentication authentication,
    ClientCache clients,
    AuthorizationCodeGrant authorizationCode,
    RefreshTokenGrant refreshToken,
    ClientCredentialsGrant clientCredentials,
    TokenIssuer issuer,
    ClientAddress address,
    JourneyRecorder journeys,
    Settings settings)
{
    private static readonly string[] OnceOnly =
        ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];

    public async Task<IResult> AnswerAsync(HttpContext http, Issuer entry, CancellationToken cancellationToken)
    {
        if (await RequestParameters.FormAsync(http.Request, cancellationToken) is not { } form)
        {
            return OAuthJson.Refusal(TokenRefusal.NotAForm);
        }

        if (form.Repeated(OnceOnly) is { } repeated)
        {
            return OAuthJson.Refusal(TokenRefusal.Repeated(repeated));
        }

        // A grant_type nobody could be served for is said before anybody is asked who they are.
        if (form["grant_type"] is not { } grantType)
        {
            return OAuthJson.Refusal(TokenRefusal.NoGrantType);
        }

        if (grantType is not (Client.AuthorizationCode or Client.RefreshToken or Client.ClientCredentials))
        {
            return OAuthJson.Refusal(TokenRefusal.UnknownGrantType);
        }

        var outcome = await authentication.AuthenticateAsync(http.Request, form, cancellationToken) switch
        {
            AuthenticatedClient.Refused refused => (TokenOutcome.No(refused.Refusal), refused.UsedBasic),
            AuthenticatedClient.Backend backend => (ForBackend(backend.Client, form), false),
            AuthenticatedClient.OAuthClient { Client: var client } => (await NotedAsync(await ForClientAsync(client, form, entry, http, cancellationToken), http.Request, form, client, cancellationToken), false),
        };
        return outcome switch
        {
            (TokenOutcome.Issued issued, _) => OAuthJson.Ok(issued.Response, TokenJson.Default.TokenResponse),
            (TokenOutcome.Refused refused, var usedBasic) => OAuthJson.Refusal(refused.Refusal, usedBasic),
            _ => throw new InvalidOperationException("no outcome"),
        };
    }

    private async Task<TokenOutcome> ForClientAsync(Client client, RequestParameters form, Issuer entry, HttpContext http, CancellationToken cancellationToken) => form["grant_type"] switch
    {
        // A refresh token may have come with offline_access, which implies its grant type.
        not Client.ClientCredentials when !client.Allows(Client.AuthorizationCode) => TokenOutcome.No(TokenRefusal.GrantTypeNotAllowed),
        Client.AuthorizationCode => await authorizationCode.RedeemAsync(client, form, entry, cancellationToken),
        Client.RefreshToken => await refreshToken.RefreshAsync(client, form, entry, Presenter.Of(http, address), cancellationToken),
        _ => clientCredentials.Issue(client, form, entry),
    };

    /// <summary>
    /// What was issued is a use of the client, which keeps its registration alive; what was refused is none. Deviations are told once an auth request, at its end: a refresh
    /// would tell the same again every few minutes.
    /// </summary>
    private async Task<TokenOutcome> NotedAsync(TokenOutcome outcome, HttpRequest request, RequestParameters form, Client client, CancellationToken cancellationToken)
    {
        if (outcome is TokenOutcome.Issued issued)
        {
            await clients.NoteUseAsync(client, cancellationToken);
            if (issued.Began is { } authRequest)
            {
                foreach (var deviation in ToleratedTokenRequest.DeviationsOf(request, form, client, settings.BaseUrl))
                {
                    journeys.Record(authRequest, null, Deviation.EventName, deviation.Detail);
                }
            }
        }

        return outcome;
    }

    /// <summary>API clients get a management token and nothing else.</summary>
    private TokenOutcome ForBackend(ApiClient client, RequestParameters form) => form["grant_type"] == Client.ClientCredentials
        ? new TokenOutcome.Issued(new(issuer.Issue(client), "Bearer", (long)TokenIssuer.ManagementTokenLifetime.TotalSeconds, RefreshToken: null, Scope: null))
        : TokenOutcome.No(TokenRefusal.GrantTypeNotAllowed);
}
