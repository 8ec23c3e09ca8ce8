using Latchkey.Server.Resources;

namespace Latchkey.Server.Clients;

/// <summary>
/// Which scopes a client is offered at a resource, for every surface that reads a <c>scope</c> parameter:
/// 1. unknown scopes, disabled ones and those outside the client's own scopes are dropped; the client's own scopes limit identity scopes
/// and <c>offline_access</c> too. 2. Scopes of the resource that are left are offered. 3. None is left: a person is offered the default
/// scopes, or, where the resource has none and does not say which scopes read, all of them unticked; a client that acts for itself gets its
/// own scopes if it requested none. 4. Only identity scopes are left: the default scopes are added if the client named a <c>resource</c>
/// (an MCP client) and not otherwise (a plain OpenID Connect client). The scopes <c>profile</c> and <c>email</c> are identity scopes
/// without <c>openid</c> too: the person decides by them which claims the access token has.
/// </summary>
internal abstract record OfferedScope
{
    private OfferedScope() { }

    /// <param name="Scope">Everything offered, in the order of the client.</param>
    /// <param name="Unticked">The part that the person has to choose, because neither client nor operator did.</param>
    public sealed record Some(Scope Scope, Scope Unticked) : OfferedScope;

    /// <summary>Nothing that was requested is grantable, and nothing is offered instead: <c>invalid_scope</c>.</summary>
    public sealed record Nothing : OfferedScope;

    /// <param name="namesResource">Whether the request had a <c>resource</c> parameter (RFC 8707).</param>
    public static OfferedScope ToPerson(Client client, Resource resource, Scope requested, bool namesResource)
    {
        var known = Grantable(client, resource, requested);
        var ofResource = known.And(resource.GrantableScope);
        var ofProtocol = known.Where(Scope.IsProtocol);
        if (ofResource.Count > 0 || (ofProtocol.Count > 0 && !namesResource))
        {
            return new Some(ofResource.Plus(ofProtocol), Scope.Empty);
        }

        var offered = Grantable(client, resource, resource.DefaultScope ?? resource.GrantableScope);
        return offered.Count > 0 || ofProtocol.Any(Scope.IsIdentity) || resource.GrantableScope.Count == 0
            ? new Some(offered.Plus(ofProtocol), resource.DefaultScope is null ? offered : Scope.Empty)
            : new Nothing();
    }

    /// <summary>The scopes of a client that acts for itself. Without a request, its own scopes, which can be none.</summary>
    public static OfferedScope ToClient(Client client, Resource resource, Scope requested)
    {
        var scope = Grantable(client, resource, requested.Count > 0 ? requested : resource.GrantableScope).And(resource.GrantableScope);
        return requested.Count > 0 && scope.Count == 0
            ? new Nothing()
            : new Some(scope, Scope.Empty);
    }

    /// <summary>
    /// The scopes of a token for a grant (OAuth 2.1 §4.3.1): those that the request names, or all. What was not granted is dropped.
    /// </summary>
    public static OfferedScope OfGrant(Client client, Resource resource, Scope granted, Scope requested)
    {
        var scope = Grantable(client, resource, requested.Count > 0 ? granted.And(requested) : granted);
        return scope.Count == 0 && (requested.Count > 0 || granted.Count > 0)
            ? new Nothing()
            : new Some(scope, Scope.Empty);
    }

    /// <summary>Drops what the client cannot get at the resource now: an operator may disable a scope or limit the client.</summary>
    public static Scope Grantable(Client client, Resource resource, Scope scope)
    {
        var cap = CapOf(client);
        return scope.Where(s => (resource.GrantableScope.Contains(s) || Scope.IsProtocol(s)) && cap?.Contains(s) != false);
    }

    /// <summary>Whether the client's own scopes, if an operator set any, contain this one.</summary>
    public static bool IsWithinCap(Client client, string scope) => CapOf(client)?.Contains(scope) != false;

    private static Scope? CapOf(Client client) => client.ScopeCap is { } own ? Scope.Parse(own) : null;
}
