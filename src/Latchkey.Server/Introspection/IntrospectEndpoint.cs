using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Token;

namespace Latchkey.Server.Introspection;

/// <summary>
/// <c>/oauth/introspect</c> (RFC 7662), for MCP servers that check whether a token is still valid:
/// 1. authenticate the caller (§2.1); 2. refuse every client that an operator did not create as the resource server of this resource: an
/// answer would show the holder of a stolen token whether its owner has rotated it; 3. return the claims of a live access token or a
/// current refresh token of the resource; 4. return <c>{"active":false}</c> and nothing more for everything else (§2.2).
/// </summary>
internal static class IntrospectEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var cost = new RouteCost.Credential(RouteCost.RowUnits);
        app.MapPost("/oauth/introspect", EnvironmentAsync).Costs(cost);
        app.MapPost("/resources/{resource}/oauth/introspect", ResourceAsync).Costs(cost);
    }

    private static Task<IResult> EnvironmentAsync(HttpContext http, IntrospectFlow flow, CancellationToken cancellationToken) =>
        flow.IntrospectAsync(http, entry: null, cancellationToken);

    private static Task<IResult> ResourceAsync(
        HttpContext http, string resource, IntrospectFlow flow, ConfigurationCache configuration, CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? flow.IntrospectAsync(http, id, cancellationToken)
            : Task.FromResult(OAuthJson.UnknownResource(configuration.Current.PathsLike(resource)));
}

internal sealed class IntrospectFlow(
    ClientAuthentication authentication, LiveTokens liveTokens, RefreshTokenFamily family, GrantStore grants, ClientCache clients,
    ConfigurationCache configuration, TimeProvider clock)
{
    /// <param name="entry">The resource in the path. Null at the environment's endpoint.</param>
    public async Task<IResult> IntrospectAsync(HttpContext http, ResourceId? entry, CancellationToken cancellationToken)
    {
        return await TokenQuestion.ReadAsync(http.Request, authentication, cancellationToken) switch
        {
            TokenQuestion.Refused refused => refused.Answer,
            TokenQuestion.Asked
            {
                By: AuthenticatedClient.OAuthClient { Client: { IsResourceServer: true, ResourceId: { } own } }
            } asked =>
                entry is null || entry == own
                    ? await AnswerAsync(asked.Token, own, cancellationToken)
                    : OAuthJson.Refusal(By(
                        OAuthErrorResponse.OtherResourceServer.With(
                            Fact.Sent(FactNames.Resource, entry.Value.Value), Fact.Expected(FactNames.Resource, own.Value)),
                        asked.By)),

            // A public client has not authenticated at all.
            TokenQuestion.Asked { By: AuthenticatedClient.OAuthClient { Client: { Class: ClientClass.Public } client } by } =>
                OAuthJson.Refusal(By(
                    OAuthErrorResponse.WrongMethod.With(
                        Fact.Sent(FactNames.TokenEndpointAuthMethod, client.TokenEndpointAuthMethod),
                        Fact.Expected(FactNames.TokenEndpointAuthMethod, "client_secret_basic")),
                    by)),
            TokenQuestion.Asked { By: var by } => OAuthJson.Refusal(By(OAuthErrorResponse.NotAResourceServer, by)),
        };
    }

    private static OAuthErrorResponse By(OAuthErrorResponse refusal, AuthenticatedClient client) =>
        refusal.With([Fact.Sent(FactNames.ClientId, client.Name), .. client.NameFacts]);

    private async Task<IResult> AnswerAsync(string token, ResourceId own, CancellationToken cancellationToken)
    {
        if (family.Parse(token) is { } presented)
        {
            return await grants.FindAsync(presented.Grant, cancellationToken) is { IsLive: true } found
                && IsCurrent(found.Grant, presented)
                && found.Grant.ResourceId == own
                && await clients.FindAsync(found.Grant.ClientId, cancellationToken) is { } client
                && TargetResource.Of(own, found.Grant.ConnectionId, client, configuration.Current) is not null
                    ? Active(json => WriteRefresh(json, found.Grant))
                    : Inactive;
        }

        return await liveTokens.FindAsync(token, cancellationToken) is { } live && live.Token.ResourceId == own
            ? Active(json => WriteAccess(json, live.Token))
            : Inactive;
    }

    private static JsonResult Inactive => new(StatusCodes.Status200OK, json => json.WriteRawValue("""{"active":false}"""u8));

    private bool IsCurrent(Grant grant, RefreshTokenFamily.Presented presented) =>
        grant.RefreshKey is not null && presented.Generation == grant.Generation && grant.IdleBy > clock.GetUtcNow()
        && grant.AbsoluteBy > clock.GetUtcNow();

    /// <summary>
    /// Writes the token's claims, which include the members of RFC 7662 §2.2. Its scope is what the grant still has, if that was narrowed.
    /// </summary>
    private static void WriteAccess(Utf8JsonWriter json, AccessToken token)
    {
        json.WriteString("token_type", "Bearer");
        foreach (var claim in token.Claims.EnumerateObject())
        {
            if (claim.NameEquals("scope"))
            {
                json.WriteString("scope", token.Scope.ToString());
            }
            else
            {
                claim.WriteTo(json);
            }
        }
    }

    private static void WriteRefresh(Utf8JsonWriter json, Grant grant)
    {
        json.WriteString("token_type", "refresh_token");
        json.WriteString("sub", grant.Subject);
        json.WriteString("client_id", grant.ClientId.Value);
        json.WriteString("scope", grant.Scope.ToString());
        json.WriteString("aud", grant.ResourceId.Value);
        json.WriteNumber("iat", grant.CreatedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp", (grant.IdleBy < grant.AbsoluteBy ? grant.IdleBy : grant.AbsoluteBy).ToUnixTimeSeconds());
        json.WriteString("grant_id", grant.Id.Value);
    }

    private static JsonResult Active(Action<Utf8JsonWriter> members) => new(StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("active", value: true);
        members(json);
        json.WriteEndObject();
    });
}
