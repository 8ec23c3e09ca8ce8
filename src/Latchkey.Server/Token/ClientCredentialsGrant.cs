using Latchkey.Server.Authorize;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=client_credentials</c> of an OAuth client that acts for itself (OAuth 2.1 §4.2): confidential clients only; scopes that the
/// resource or the client does not have are dropped, and none left is refused. An organisation's client may act at several resources and names the one it means; without
/// scopes of its own its tokens carry none.
/// </summary>
internal sealed class ClientCredentialsGrant(ConfigurationCache configuration, TokenIssuer issuer)
{
    public TokenOutcome Issue(Client client, RequestParameters form, Issuer entry)
    {
        if (AuthorizeChecks.ResourceOf(form, entry, client.Home, configuration.Current) is not { } resource || !client.MayActAt(resource.Id))
        {
            return TokenOutcome.No(TokenRefusal.NoResource);
        }

        var grantable = client.ScopeCap is { } cap ? resource.GrantableScope.And(Scope.Parse(cap)) : resource.GrantableScope;
        var requested = Scope.Parse(form["scope"]);
        var scope = requested.Count == 0 ? grantable : requested.And(grantable);
        if (requested.Count > 0 && scope.Count == 0)
        {
            return TokenOutcome.No(TokenRefusal.NothingOfScope);
        }

        var lifetime = client.TokenLifetime ?? resource.AccessTokenLifetime;
        return new TokenOutcome.Issued(new(
            issuer.Issue(client, resource, scope, lifetime),
            "Bearer",
            (long)lifetime.TotalSeconds,
            RefreshToken: null,
            scope.Count > 0 ? scope.ToString() : null));
    }
}
