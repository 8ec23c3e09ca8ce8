using Latchkey.Server.Clients;

namespace Latchkey.Server.Grants;

internal static class GrantPolicy
{
    /// <summary>Requires the scope <c>offline_access</c> or the registered grant type <c>refresh_token</c>.</summary>
    public static bool IssuesRefreshToken(Client client, Scope scope) =>
        scope.Contains(Scope.OfflineAccess) || client.Allows(GrantType.RefreshTokenName);
}
