using Latchkey.Server.Clients;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Authorize;

/// <summary>Finds the accepted deviations of an authorization request from the specifications.</summary>
internal static class AuthorizationRequestQuirks
{
    private const string Localhost = "http://localhost";
    private static readonly string[] KnownPrompts = ["login", "consent", "select_account", "create"];

    public static IEnumerable<ClientQuirk> QuirksOf(RequestParameters request, string redirectUri, Client client, Resource resource)
    {
        if (InNamingTheResource(request, resource) is { } naming)
        {
            yield return naming;
        }

        if (RedirectUri.IsLoopback(redirectUri) && redirectUri.StartsWith(Localhost, StringComparison.Ordinal))
        {
            yield return ClientQuirk.LocalhostRedirect;
        }

        var scope = Scope.Parse(request["scope"]);
        if (scope.Any(s => !resource.GrantableScope.Contains(s) && !Scope.IsProtocol(s)))
        {
            yield return ClientQuirk.UnknownScope;
        }

        if (scope.Contains(Scope.OfflineAccess) && !client.Allows(GrantType.RefreshTokenName))
        {
            yield return ClientQuirk.RefreshNotRegistered;
        }

        if (request["prompt"] is { } prompt && Scope.Parse(prompt).Any(p => !KnownPrompts.Contains(p, StringComparer.Ordinal)))
        {
            yield return ClientQuirk.UnknownPrompt;
        }
    }

    private static ClientQuirk? InNamingTheResource(RequestParameters request, Resource resource)
    {
        var named = request.All("resource").ToList();
        return named.Count == 0 ? ClientQuirk.ResourceMissing
            : named.Any(text => ResourceUri.Canonical(text) != resource.CanonicalUri) ? ClientQuirk.ResourceIsOrigin
            : named.Any(text => text != resource.Uri && text != resource.CanonicalUri) ? ClientQuirk.ResourceSpelling
            : null;
    }
}
