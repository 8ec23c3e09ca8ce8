using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Token;

/// <summary>A token that is valid now. Its scope is that of the token, as far as its grant still has it.</summary>
/// <param name="Person">The grant it was issued for. Null when the client acts for itself.</param>
internal sealed record LiveToken(AccessToken Token, GrantAndUser? Person);

/// <summary>
/// Checks whether an access token is valid now, which its signature alone does not say: token, grant and user are not revoked; client,
/// resource and connection exist and are enabled.
/// </summary>
internal sealed class LiveTokens(AccessTokenReader reader, GrantStore grants, ClientCache clients, ConfigurationCache configuration)
{
    public async Task<LiveToken?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (await reader.ReadAsync(token) is not { } access
            || configuration.Current.Find(access.ResourceId) is null
            || await clients.FindAsync(access.ClientId, cancellationToken) is not { IsEnabled: true } client
            || await grants.IsRevokedAsync(access.TokenId, cancellationToken))
        {
            return null;
        }

        if (access.GrantId is not { } id)
        {
            return client.MayActAt(access.ResourceId) ? new(access, Person: null) : null;
        }

        return await grants.FindAsync(id, cancellationToken) is { IsLive: true, HasLeftOrganization: false } person
            && TargetResource.Of(access.ResourceId, person.Grant.ConnectionId, client, configuration.Current) is not null
                ? new(access with { Scope = access.Scope.And(person.Grant.Scope) }, person)
                : null;
    }
}
