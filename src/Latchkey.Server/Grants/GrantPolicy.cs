using Latchkey.Server.Clients;

namespace Latchkey.Server.Grants;

internal static class GrantPolicy
{
    /// <summary>
    /// Requires the scope <c>offline_access</c> or the grant type <c>refresh_token</c>. A client that an operator limited to scopes without
    /// <c>offline_access</c> gets none: it did not register the grant type, and the operator's limit counts.
    /// </summary>
    public static bool IssuesRefreshToken(Client client, Scope scope) =>
        scope.Contains(Scope.OfflineAccess)
        || (client.Allows(GrantType.RefreshTokenName) && OfferedScope.IsWithinCap(client, Scope.OfflineAccess));
}
