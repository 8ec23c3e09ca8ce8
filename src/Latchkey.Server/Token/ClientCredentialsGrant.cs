using Latchkey.Server.Authorize;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=client_credentials</c> of an OAuth client that acts for itself (OAuth 2.1 §4.2): confidential clients only; scopes that the
/// resource or the client does not have are dropped, and none left is refused.
/// </summary>
internal sealed class ClientCredentialsGrant(ConfigurationCache configuration, TokenIssuer issuer)
{
    public TokenOutcome Issue(Client client, RequestParameters form, Issuer entry)
    {
        if (client.Class == ClientClass.Public || !client.Allows(Client.ClientCredentials))
        {
            return TokenOutcome.No(TokenRefusal.GrantTypeNotAllowed);
        }

        if (AuthorizeChecks.ResourceOf(form, entry, client.ResourceId, configuration.Current) is not { } resource
            || (client.ResourceId is { } own && own != resource.Id))
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

        return new TokenOutcome.Issued(
            new(issuer.Issue(client, resource, scope), "Bearer", (long)resource.AccessTokenLifetime.TotalSeconds, RefreshToken: null, scope.ToString()));
    }
}
