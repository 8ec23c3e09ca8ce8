using System.Diagnostics;
using System.Text.Json.Serialization;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Token;

internal abstract record TokenOutcome
{
    private TokenOutcome() { }

    /// <param name="Began">The authorization that these tokens complete. Null when they are not its first.</param>
    public sealed record Issued(TokenResponse Response, AuthorizationId? Began = null) : TokenOutcome
    {
        /// <summary>The bytes of the pushed request that began the authorization. Null when these tokens complete none.</summary>
        public int? PushedBytes { get; init; }
    }

    public sealed record Refused(OAuthErrorResponse Refusal) : TokenOutcome
    {
        /// <summary>Whether the token may have been copied.</summary>
        public bool IsSuspicious { get; init; }
    }

    public static TokenOutcome No(OAuthErrorResponse refusal) => new Refused(refusal);
}

/// <summary>OAuth 2.1 §3.2.3. <paramref name="Scope"/> is always sent, even when it equals the requested one.</summary>
internal sealed record TokenResponse(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] long ExpiresIn,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("scope")] string? Scope,
    [property: JsonPropertyName("id_token")] string? IdToken = null);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenResponse))]
internal sealed partial class TokenJson : JsonSerializerContext;

/// <summary>
/// <c>/oauth/token</c> and <c>/resources/{res}/oauth/token</c> (OAuth 2.1 §3.2):
/// 1. read the form; 2. authenticate the client; 3. the handler of the grant type validates everything before it consumes a code or token.
/// </summary>
internal static class TokenEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var cost = new RouteCost.Credential(RouteCost.RowUnits);
        app.MapPost("/oauth/token", EnvironmentAsync).RequireCors(Cors.OAuth).Costs(cost).ServesStep(Steps.Token);
        app.MapPost("/resources/{resource}/oauth/token", ResourceAsync).RequireCors(Cors.OAuth).Costs(cost)
            .ServesStep(Steps.Token);
    }

    private static Task<IResult> EnvironmentAsync(
        HttpContext http, TokenFlow flow, Settings settings, CancellationToken cancellationToken) =>
        flow.AnswerAsync(http, Issuer.Environment(settings.BaseUrl), cancellationToken);

    private static Task<IResult> ResourceAsync(
        HttpContext http, string resource, TokenFlow flow, Settings settings, ConfigurationCache configuration,
        CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? flow.AnswerAsync(http, Issuer.Of(settings.BaseUrl, id), cancellationToken)
            : Task.FromResult(OAuthJson.UnknownResource(configuration.Current.PathsLike(resource)));
}

internal sealed class TokenFlow(
    ClientAuthentication authentication, ClientCache clients, IEnumerable<GrantHandler> handlers, TokenIssuer issuer,
    SignInOfCredential signInOf, SignInRecorder signIns, RateLimits limits, Settings settings)
{
    private static readonly string[] OnceOnly =
        [.. new[] { "grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type" }
            .Concat(GrantType.All.SelectMany(type => type.Parameters))
            .Distinct(StringComparer.Ordinal)];

    /// <summary>The handler of each grant type. The constructor throws when a grant type does not have exactly one.</summary>
    private readonly Dictionary<GrantType, GrantHandler> handlers = GrantType.All.ToDictionary(
        type => type, type => handlers.Single(handler => handler.Type == type));

    public async Task<IResult> AnswerAsync(HttpContext http, Issuer entry, CancellationToken cancellationToken)
    {
        if (await RequestParameters.FormAsync(http.Request, cancellationToken) is not { } form)
        {
            Count(type: null, OAuthErrorResponse.NotAForm);
            return OAuthJson.Refusal(await signInOf.BodyAsync(http, OAuthErrorResponse.NotAForm.Sent(http.Request), cancellationToken));
        }

        if (form.Repeated(OnceOnly) is { } repeated)
        {
            return await RefuseFormAsync(http, OAuthErrorResponse.Repeated(repeated), form, cancellationToken);
        }

        // An unsupported grant_type is refused before the client is authenticated.
        if (form["grant_type"] is not { } grantType)
        {
            return await RefuseFormAsync(
                http, OAuthErrorResponse.NoGrantType.With([Fact.Sent(FactNames.GrantType, SentParameters.Missing), .. GrantTypes]), form,
                cancellationToken);
        }

        if (GrantType.Find(grantType) is not { } type)
        {
            return await RefuseFormAsync(http, OAuthErrorResponse.UnknownGrantType.With(GrantTypes), form, cancellationToken);
        }

        StepSpan.Current?.GrantType = type.Name;
        var by = await authentication.AuthenticateAsync(http.Request, form, cancellationToken);
        var outcome = by switch
        {
            AuthenticatedClient.Refused refused => (TokenOutcome.No(refused.Refusal), refused.UsedBasic),
            AuthenticatedClient.Backend backend => (ForBackend(backend.Client, type), false),
            AuthenticatedClient.OAuthClient { Client: var client } =>
                (await ForClientAsync(type, new(client, form, entry, http), cancellationToken), false),
        };
        Count(type, (outcome.Item1 as TokenOutcome.Refused)?.Refusal);
        return outcome switch
        {
            (TokenOutcome.Issued issued, _) => Issued(http, issued),
            (TokenOutcome.Refused { Refusal.SignIn: null } refused, var usedBasic) =>
                OAuthJson.Refusal(await signInOf.FormAsync(http, refused.Refusal.With(by.NameFacts), form, cancellationToken), usedBasic),
            (TokenOutcome.Refused refused, var usedBasic) => OAuthJson.Refusal(refused.Refusal, usedBasic),
            _ => throw new InvalidOperationException("no outcome"),
        };
    }

    /// <summary>Refuses a form whose grant type is not known.</summary>
    private async Task<IResult> RefuseFormAsync(
        HttpContext http, OAuthErrorResponse refusal, RequestParameters form, CancellationToken cancellationToken)
    {
        Count(type: null, refusal);
        return OAuthJson.Refusal(await signInOf.FormAsync(http, refusal, form, cancellationToken));
    }

    private static void Count(GrantType? type, OAuthErrorResponse? refusal)
    {
        var tags = new TagList();
        if (type is not null)
        {
            tags.Add(Instruments.GrantType, type.Name);
        }

        if (refusal is not null)
        {
            tags.Add(Instruments.ErrorType, refusal.Error.Code);
        }

        Instruments.TokenResponses.Add(1, tags);
    }

    /// <summary>A request that gets tokens costs its network nothing, nor does the pushed request of a completed login.</summary>
    private IResult Issued(HttpContext http, TokenOutcome.Issued issued)
    {
        limits.GiveBackRequest(http);
        if (issued.PushedBytes is { } bytes)
        {
            limits.GiveBackPush(http, bytes);
        }

        return OAuthJson.Ok(issued.Response, TokenJson.Default.TokenResponse);
    }

    private async Task<TokenOutcome> ForClientAsync(GrantType type, TokenRequest request, CancellationToken cancellationToken)
    {
        if (!request.Client.Allows(type))
        {
            return TokenOutcome.No(OAuthErrorResponse.GrantTypeNotAllowed.With(
                Fact.Expected(FactNames.GrantType, string.Join(' ', request.Client.GrantTypes))));
        }

        var outcome = await handlers[type].IssueAsync(request, cancellationToken);
        if (outcome is TokenOutcome.Issued issued)
        {
            await NoteUseAsync(issued, request, cancellationToken);
        }

        return outcome;
    }

    /// <summary>
    /// Records a use of the client, which keeps its registration from expiring. Deviations from the specification are recorded once per
    /// authorization, because a client would repeat them at every refresh.
    /// </summary>
    private async Task NoteUseAsync(TokenOutcome.Issued issued, TokenRequest request, CancellationToken cancellationToken)
    {
        await clients.NoteUseAsync(request.Client, cancellationToken);
        if (issued.Began is { } authRequest)
        {
            foreach (var quirk in TokenRequestQuirks.QuirksOf(request.Http.Request, request.Form, request.Client, settings.BaseUrl))
            {
                signIns.Record(authRequest, null, ClientQuirk.EventName, quirk.Facts, new() { Tolerated = true });
            }
        }
    }

    private static Fact[] GrantTypes => [.. GrantType.All.Select(type => Fact.Expected(FactNames.GrantType, type.Name))];

    /// <summary>API clients get a management token and nothing else.</summary>
    private TokenOutcome ForBackend(ApiClient client, GrantType type) => type.IsForApiClients
        ? new TokenOutcome.Issued(
            new(issuer.Issue(client), "Bearer", (long)TokenIssuer.ManagementTokenLifetime.TotalSeconds, RefreshToken: null, Scope: null))
        : TokenOutcome.No(OAuthErrorResponse.GrantTypeNotAllowed.With(Fact.Expected(FactNames.GrantType, GrantType.ClientCredentialsName)));
}
