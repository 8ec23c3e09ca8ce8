using Latchkey.Server.Authorize;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=client_credentials</c> (OAuth 2.1 §4.2), for confidential clients that act for themselves. Scopes that the resource or the
/// client does not have are dropped; if none is left, the request is refused. The client of an organization may act at several resources
/// and names one; without scopes of its own, its tokens carry none.
/// </summary>
internal sealed class ClientCredentialsGrant(ConfigurationCache configuration, TokenIssuer issuer)
{
    public TokenOutcome Issue(Client client, RequestParameters form, Issuer entry)
    {
        if (AuthorizeChecks.ResourceOf(form, entry, client.Home, configuration.Current) is not { } resource
            || !client.MayActAt(resource.Id))
        {
            return TokenOutcome.No(OAuthErrorResponse.NoResource);
        }

        return OfferedScope.ToClient(client, resource, Scope.Parse(form["scope"])) switch
        {
            OfferedScope.Nothing => TokenOutcome.No(OAuthErrorResponse.NothingOfScope),
            OfferedScope.Some { Scope: var scope } => Issue(client, resource, scope, form.All("resource")),
        };
    }

    private TokenOutcome.Issued Issue(Client client, Resource resource, Scope scope, IEnumerable<string> asked)
    {
        var lifetime = client.TokenLifetime ?? resource.AccessTokenLifetime;
        return new(new(
            issuer.Issue(client, resource, scope, lifetime, asked),
            "Bearer",
            (long)lifetime.TotalSeconds,
            RefreshToken: null,
            scope.Count > 0 ? scope.ToString() : null));
    }
}
