using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;

namespace Latchkey.Server.Token;

/// <summary>A token that is good now.</summary>
/// <param name="Person">Whose grant it came from; null: the client acts for itself.</param>
internal sealed record LiveToken(AccessToken Token, GrantAndUser? Person);

/// <summary>
/// Whether an access token is good now, which its signature alone cannot say: it was not taken back, nor its grant, nor its person; client, resource and
/// connection are still there and enabled.
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

        return await grants.FindAsync(id, cancellationToken) is { IsLive: true } person
            && TargetResource.Of(access.ResourceId, person.Grant.ConnectionId, client, configuration.Current) is not null
                ? new(access, person)
                : null;
    }
}
