using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Token;

internal static class GrantPolicy
{
    /// <summary>A refresh token goes out when the client asked to stay (<c>offline_access</c>) or registered the <c>refresh_token</c> grant.</summary>
    public static bool IssuesRefreshToken(Client client, Scope scope) => scope.Contains(Scope.OfflineAccess) || client.Allows(Client.RefreshToken);
}
