using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.SignIns;
using Latchkey.Server.Token;

namespace Latchkey.Server.Revocation;

/// <summary>
/// <c>/oauth/revoke</c> (RFC 7009):
/// 1. authenticate the client (a public one by its id); 2. a refresh token ends its grant; an access token is revoked with its grant;
/// 3. the token of another client is refused and stays valid; an unknown token is a success (§2.2).
/// </summary>
internal static class RevokeEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var cost = new RouteCost.Credential(RouteCost.RowUnits);
        app.MapPost("/oauth/revoke", EnvironmentAsync).RequireCors(Cors.OAuth).Costs(cost);
        app.MapPost("/resources/{resource}/oauth/revoke", ResourceAsync).RequireCors(Cors.OAuth).Costs(cost);
    }

    private static Task<IResult> EnvironmentAsync(HttpContext http, RevokeFlow flow, CancellationToken cancellationToken) =>
        flow.RevokeAsync(http, cancellationToken);

    private static Task<IResult> ResourceAsync(
        HttpContext http, string resource, RevokeFlow flow, ConfigurationCache configuration, CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? flow.RevokeAsync(http, cancellationToken)
            : Task.FromResult(OAuthJson.UnknownResource);
}

internal sealed class RevokeFlow(
    ClientAuthentication authentication,
    RefreshTokenFamily family,
    AccessTokenReader accessTokens,
    GrantStore grants,
    SignInRecorder signIns,
    TimeProvider clock)
{
    public async Task<IResult> RevokeAsync(HttpContext http, CancellationToken cancellationToken)
    {
        return await TokenQuestion.ReadAsync(http.Request, authentication, cancellationToken) switch
        {
            TokenQuestion.Refused refused => refused.Answer,
            TokenQuestion.Asked { By: AuthenticatedClient.OAuthClient { Client: var client }, Token: var token } =>
                await RevokeAsync(client, token, cancellationToken),
            TokenQuestion.Asked => Done,
        };
    }

    private static IResult Done => TypedResults.Ok();

    private async Task<IResult> RevokeAsync(Client client, string token, CancellationToken cancellationToken)
    {
        if (family.Parse(token) is { } presented)
        {
            return await EndGrantAsync(client, presented.Grant, cancellationToken);
        }

        if (await accessTokens.ReadAsync(token) is not { } access)
        {
            return Done;
        }

        if (access.ClientId != client.Id)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TokenOfAnotherClient);
        }

        await grants.RevokeTokenAsync(access.TokenId, access.ExpiresAt, cancellationToken);
        return access.GrantId is { } grant ? await EndGrantAsync(client, grant, cancellationToken) : Done;
    }

    private async Task<IResult> EndGrantAsync(Client client, GrantId id, CancellationToken cancellationToken)
    {
        if (await grants.FindAsync(id, cancellationToken) is not { Grant: var grant })
        {
            return Done;
        }

        if (grant.ClientId != client.Id)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TokenOfAnotherClient);
        }

        if (await grants.EndAsync(id, GrantEnd.RevokedByClient, clock.GetUtcNow(), cancellationToken))
        {
            signIns.Record(grant.AuthorizationId, null, "grant.revoked", $"{client.Id} revoked grant {id}.");
        }

        return Done;
    }
}
