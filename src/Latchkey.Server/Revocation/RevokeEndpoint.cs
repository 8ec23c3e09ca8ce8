using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Token;

namespace Latchkey.Server.Revocation;

/// <summary>
/// <c>/oauth/revoke</c> (RFC 7009):
/// 1. authenticate the client (a public one by its id), or an API client, which must be allowed to revoke grants;
/// 2. <see cref="TokenRevocation"/>: a refresh token ends its grant, an access token is revoked alone; the token of another client is
/// refused and stays valid; an unknown token is a success (§2.2).
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
            : Task.FromResult(OAuthJson.UnknownResource(configuration.Current.PathsLike(resource)));
}

internal sealed class RevokeFlow(ClientAuthentication authentication, ManagementBearer management, TokenRevocation revocation)
{
    public async Task<IResult> RevokeAsync(HttpContext http, CancellationToken cancellationToken)
    {
        return await TokenQuestion.ReadAsync(http.Request, authentication, cancellationToken, management) switch
        {
            TokenQuestion.Refused refused => refused.Answer,
            TokenQuestion.Asked { By: AuthenticatedClient.OAuthClient { Client: var client } by, Token: var token } =>
                Answer(await revocation.RevokeAsync(token, new Revoker.Client(client.Id), cancellationToken), by),
            TokenQuestion.Asked { By: AuthenticatedClient.Backend { Client: var backend } by, Token: var token } =>
                Answer(await RevokeAsync(backend, token, cancellationToken), by),
            TokenQuestion.Asked => throw new InvalidOperationException("a refused client asked"),
        };
    }

    private static IResult Answer(OAuthErrorResponse? refusal, AuthenticatedClient by) => refusal is null
        ? TypedResults.Ok()
        : OAuthJson.Refusal(refusal.With([Fact.Sent(FactNames.ClientId, by.Name), .. by.NameFacts]));

    /// <summary>An API client revokes what it may revoke through the management API, where only the role management ends grants.</summary>
    private async Task<OAuthErrorResponse?> RevokeAsync(ApiClient backend, string token, CancellationToken cancellationToken) =>
        backend.Role != ApiRole.Management ? OAuthErrorResponse.MayNotRevoke.With(
            Fact.Sent(FactNames.Role, backend.Role.Name()), Fact.Expected(FactNames.Role, ApiRole.Management.Name()))
        : await management.IsManagementTokenAsync(token) ? OAuthErrorResponse.ManagementTokenNotRevocable
        : await revocation.RevokeAsync(token, new Revoker.Operator(new Actor.Backend(backend.Id)), cancellationToken);
}
