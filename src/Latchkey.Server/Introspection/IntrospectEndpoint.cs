using System.Text.Json;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.Token;

namespace Latchkey.Server.Introspection;

/// <summary>
/// <c>/oauth/introspect</c> (RFC 7662), for MCP servers that check whether a token is still valid:
/// 1. authenticate the caller: a confidential client of the resource, or an API client that may read; 2. return the claims of a live access
/// token or a current refresh token of the resource; 3. return <c>{"active":false}</c> and nothing more for everything else (§2.2).
/// </summary>
internal static class IntrospectEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var cost = new RouteCost.Credential(RouteCost.RowUnits);
        app.MapPost("/oauth/introspect", IntrospectAsync).Costs(cost);
        app.MapPost("/resources/{resource}/oauth/introspect", IntrospectAsync).Costs(cost);
    }

    private static Task<IResult> IntrospectAsync(HttpContext http, IntrospectFlow flow, CancellationToken cancellationToken) =>
        flow.IntrospectAsync(http, cancellationToken);
}

internal sealed class IntrospectFlow(
    ClientAuthentication authentication, LiveTokens liveTokens, RefreshTokenFamily family, GrantStore grants, ClientCache clients,
    TimeProvider clock)
{
    public async Task<IResult> IntrospectAsync(HttpContext http, CancellationToken cancellationToken)
    {
        return await TokenQuestion.ReadAsync(http.Request, authentication, cancellationToken) switch
        {
            TokenQuestion.Refused refused => refused.Answer,
            TokenQuestion.Asked asked => asked.By switch
            {
                AuthenticatedClient.OAuthClient { Client: { Class: not ClientClass.Public } client } =>
                    await AnswerAsync(asked.Token, resource => client.ResourceId == resource, cancellationToken),
                AuthenticatedClient.Backend { Client: var backend } =>
                    await AnswerAsync(asked.Token, _ => backend.Role is ApiRole.Management or ApiRole.ReadOnly, cancellationToken),
                _ => OAuthJson.Refusal(OAuthErrorResponse.WrongMethod),
            },
        };
    }

    private async Task<IResult> AnswerAsync(string token, Func<ResourceId, bool> isAllowed, CancellationToken cancellationToken)
    {
        if (family.Parse(token) is { } presented)
        {
            return await grants.FindAsync(presented.Grant, cancellationToken) is { IsLive: true } found
                && IsCurrent(found.Grant, presented)
                && isAllowed(found.Grant.ResourceId)
                && await clients.FindAsync(found.Grant.ClientId, cancellationToken) is { IsEnabled: true }
                    ? Active(json => WriteRefresh(json, found.Grant))
                    : Inactive;
        }

        return await liveTokens.FindAsync(token, cancellationToken) is { } live && isAllowed(live.Token.ResourceId)
            ? Active(json => WriteAccess(json, live.Token))
            : Inactive;
    }

    private static JsonResult Inactive => new(StatusCodes.Status200OK, json => json.WriteRawValue("""{"active":false}"""u8));

    private bool IsCurrent(Grant grant, RefreshTokenFamily.Presented presented) =>
        grant.RefreshKey is not null && presented.Generation == grant.Generation && grant.IdleBy > clock.GetUtcNow()
        && grant.AbsoluteBy > clock.GetUtcNow();

    /// <summary>Writes the token's claims, which include the members of RFC 7662 §2.2.</summary>
    private static void WriteAccess(Utf8JsonWriter json, AccessToken token)
    {
        json.WriteString("token_type", "Bearer");
        foreach (var claim in token.Claims.EnumerateObject())
        {
            claim.WriteTo(json);
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
