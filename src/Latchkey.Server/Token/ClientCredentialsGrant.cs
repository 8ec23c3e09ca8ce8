using Latchkey.Server.Authorize;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=client_credentials</c> (OAuth 2.1 §4.2), for confidential clients that act for themselves. Scopes that the resource or the
/// client does not have are dropped; if none is left, the request is refused. The client of an organization may act at several resources
/// and names one; without scopes of its own, its tokens carry none.
/// </summary>
internal sealed class ClientCredentialsGrant(ConfigurationCache configuration, TokenIssuer issuer)
{
    private const int MaxExpected = 5;

    public TokenOutcome Issue(Client client, RequestParameters form, Issuer entry)
    {
        if (AuthorizeChecks.ResourceOf(form, entry, client.Home, configuration.Current) is not { } resource
            || !client.MayActAt(resource.Id))
        {
            return TokenOutcome.No(OAuthErrorResponse.NoResource.With(
            [
                .. form["resource"] is null ? [Fact.Sent(FactNames.Resource, SentParameters.Missing)] : Array.Empty<Fact>(),
                .. CauseText.NearestFirst(
                        configuration.Current.Resources.Where(r => client.MayActAt(r.Id)).Select(r => r.Uri), form["resource"])
                    .Take(MaxExpected).Select(uri => Fact.Expected(FactNames.Resource, uri)),
            ]));
        }

        return OfferedScope.ToClient(client, resource, Scope.Parse(form["scope"])) switch
        {
            OfferedScope.Nothing => TokenOutcome.No(
                OAuthErrorResponse.NothingOfScope.With(Fact.Expected(FactNames.Scope, OfClient(client, resource)))),
            OfferedScope.Some { Scope: var scope } => Issue(client, resource, scope, form.All("resource")),
        };
    }

    /// <summary>The scopes that the client can get.</summary>
    private static string OfClient(Client client, Resource resource) =>
        OfferedScope.ToClient(client, resource, Scope.Empty) is OfferedScope.Some { Scope: { Count: > 0 } scope }
            ? scope.ToString()
            : "none";

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
