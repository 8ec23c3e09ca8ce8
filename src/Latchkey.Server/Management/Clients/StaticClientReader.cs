using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Clients;

/// <summary>Reads the body of a create or change of a resource's client; each wrong member is named.</summary>
internal static class StaticClientReader
{
    public const string DefaultMethod = "client_secret_post";
    private const string NeedsRedirects = "none needs redirect_uris: a client without them acts for itself and must have a secret";

    public static (Client Client, Secret? Secret) New(JsonBody body, Resource resource, DateTimeOffset now)
    {
        var method = Method(body) ?? DefaultMethod;
        var isPublic = method == "none";
        var secret = isPublic ? (Secret?)null : Secret.New(Secret.ClientSecretPrefix);
        var blank = new Client(
            ClientId.New(), "", Description: null, ClientOrigin.Operator, resource.Id, RedirectUris: [], isPublic ? ClientClass.Public : ClientClass.Secret, method, GrantTypes: [],
            ScopeCap: null, ClientUri: null, LogoUri: null, secret is { } plain ? [ClientSecret.Of(plain, now)] : [], IsEnabled: true, now, now);
        if (!body.Has("name"))
        {
            body.Wrong("name", "is required");
        }

        var client = Change(blank, body, resource, now);
        if (isPublic && client.RedirectUris.Count == 0)
        {
            body.Wrong("token_endpoint_auth_method", NeedsRedirects);
        }

        return (client, secret);
    }

    /// <summary>How the client proves itself; null: not said.</summary>
    public static string? Method(JsonBody body)
    {
        var method = body.Text("token_endpoint_auth_method", 64);
        if (method is not (null or "none" or "client_secret_post" or "client_secret_basic"))
        {
            body.Wrong("token_endpoint_auth_method", "must be none, client_secret_post or client_secret_basic");
        }

        return method;
    }

    public static Client Change(Client client, JsonBody body, Resource resource, DateTimeOffset now)
    {
        var redirectUris = body.Has("redirect_uris") ? RedirectUris(body) : client.RedirectUris;
        if (client.Class == ClientClass.Public && client.RedirectUris.Count > 0 && redirectUris.Count == 0)
        {
            body.Wrong("redirect_uris", NeedsRedirects);
        }

        if (OwnTokenReader.Audience(body, [resource]).Any(r => r != resource.Id))
        {
            body.Wrong("audience", "may name nothing but the client's own resource");
        }

        return client with
        {
            Name = body.Has("name") ? body.Name("name", Resource.MaxNameLength, required: true) ?? client.Name : client.Name,
            Description = body.Has("description") ? body.Text("description", Resource.MaxTextLength) : client.Description,
            RedirectUris = redirectUris,
            GrantTypes = GrantTypesOf(client.Class, redirectUris),
            ScopeCap = body.Has("scopes") ? ScopeCap(body, resource) : client.ScopeCap,
            RequiresPush = body.Has("require_pushed_authorization_requests") ? body.YesNo("require_pushed_authorization_requests") ?? false : client.RequiresPush,
            CustomClaims = OwnTokenReader.CustomClaims(body, client),
            TokenLifetime = OwnTokenReader.Lifetime(body, client),
            IsEnabled = IsEnabled(body, client),
            UpdatedAt = now,
        };
    }

    /// <summary>All that an operator may change of a client that somebody else describes: whether it may come at all.</summary>
    public static Client Block(Client client, JsonBody body, DateTimeOffset now) => client with { IsEnabled = IsEnabled(body, client), UpdatedAt = now };

    public static bool IsEnabled(JsonBody body, Client client) => body.Has("enabled") ? body.YesNo("enabled") ?? true : client.IsEnabled;

    private static IReadOnlyList<string> RedirectUris(JsonBody body)
    {
        var redirectUris = body.Texts("redirect_uris", Client.MaxRedirectUris, RedirectUri.MaxLength) ?? [];
        foreach (var uri in redirectUris)
        {
            if (RedirectUri.WhyNotRegistrable(uri) is { } what)
            {
                body.Wrong("redirect_uris", $"holds '{OAuthError.Printable(uri)}': {what}");
            }
        }

        return redirectUris;
    }

    private static string? ScopeCap(JsonBody body, Resource resource)
    {
        var scopes = Scope.Of(body.Texts("scopes", Resource.MaxScopes, Scope.MaxTokenLength) ?? []);
        if (scopes.FirstOrDefault(s => !resource.GrantableScope.Contains(s) && !Scope.IsProtocol(s)) is { } unknown)
        {
            body.Wrong("scopes", $"holds {OAuthError.Printable(unknown)}, which is no scope of this resource");
        }

        return scopes.Count > 0 ? scopes.ToString() : null;
    }

    private static string[] GrantTypesOf(ClientClass @class, IReadOnlyList<string> redirectUris) =>
        redirectUris.Count == 0 ? [Client.ClientCredentials]
        : @class == ClientClass.Public ? [Client.AuthorizationCode, Client.RefreshToken]
        : [Client.AuthorizationCode, Client.RefreshToken, Client.ClientCredentials];
}
