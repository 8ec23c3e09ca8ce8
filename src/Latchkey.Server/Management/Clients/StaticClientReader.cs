using Latchkey.Server.Clients;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Clients;

/// <summary>Reads the body of a create or change of a resource's client, with the rules that concern more than one field.</summary>
internal static class StaticClientReader
{
    private const string NoRedirects = "must be empty for a client with use resource_server; create another client for sign-ins";
    private const string MustAuthenticate = "cannot be none for a client with use resource_server, which must authenticate";

    private const string NeedsRedirects = "none needs redirect_uris: a client without them uses client_credentials and must have a secret";

    public static (Client Client, Secret? Secret) New(JsonBody body, Resource resource, DateTimeOffset now)
    {
        var blank = ClientFields.Table.Blank with { Id = ClientId.New(), ResourceId = resource.Id, CreatedAt = now };
        var client = Read(body, blank, FieldUse.Create, resource, now);
        if (client is { Class: ClientClass.Public, RedirectUris.Count: 0, Use: ClientUse.Tokens } && !body.IsWrong("redirect_uris"))
        {
            body.Wrong("token_endpoint_auth_method", NeedsRedirects);
        }

        var secret = client.Class == ClientClass.Public ? (Secret?)null : Secret.New(Secret.ClientSecretPrefix);
        return (client with { Secrets = secret is { } plain ? [ClientSecret.Of(plain, now)] : [] }, secret);
    }

    /// <param name="use">The file can contain the authentication method, which a PATCH cannot change.</param>
    public static Client Change(Client client, JsonBody body, Resource resource, DateTimeOffset now, FieldUse use = FieldUse.Change)
    {
        var changed = Read(body, client, use, resource, now);
        if (client is { Class: ClientClass.Public, RedirectUris.Count: > 0 }
            && changed is { RedirectUris.Count: 0, Use: ClientUse.Tokens })
        {
            body.Wrong("redirect_uris", NeedsRedirects);
        }

        if ((changed.Class == ClientClass.Public) != (client.Class == ClientClass.Public))
        {
            body.Wrong("token_endpoint_auth_method", "cannot change between none and a secret; list another client under another name");
        }

        return changed;
    }

    /// <summary>Reads the only change that an operator can make to a client that registered or describes itself: blocking it.</summary>
    public static Client Block(Client client, JsonBody body, DateTimeOffset now) =>
        ClientFields.Enabled.Read(body, client, ClientFields.Table.Blank, ClientContext.None) with { UpdatedAt = now };

    private static Client Read(JsonBody body, Client client, FieldUse use, Resource resource, DateTimeOffset now)
    {
        var read = ClientFields.Table.Read(body, client, use, new([resource], SecretUses.None)) with { UpdatedAt = now };
        if (read is { Use: ClientUse.ResourceServer, RedirectUris.Count: > 0 })
        {
            body.Wrong("redirect_uris", NoRedirects);
        }

        if (read is { Use: ClientUse.ResourceServer, Class: ClientClass.Public })
        {
            body.Wrong("token_endpoint_auth_method", MustAuthenticate);
        }

        return read with
        {
            GrantTypes = read.Use == ClientUse.ResourceServer
                ? []
                : GrantType.OfStaticClient(read.RedirectUris.Count > 0, read.Class == ClientClass.Public)
        };
    }
}
