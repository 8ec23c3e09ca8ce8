using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Clients;

/// <summary>Decides whether the name that a client shows to people is trusted.</summary>
internal sealed class ClientTrust(KnownClients known)
{
    /// <summary>
    /// True for a client that an operator created, for a document client in the catalogue or of an allowed host, and for a registered
    /// client with the redirect URI of a well-known client. False for redirect URIs of the user's device, where any program may listen.
    /// </summary>
    /// <param name="resource">Null when it is not known yet.</param>
    public bool IsTrusted(Client client, Resource? resource, string redirectUri) =>
        !RedirectUri.GoesToThisDevice(redirectUri) && client.Origin switch
        {
            ClientOrigin.Operator => true,
            ClientOrigin.Document => known.Vouches(client.Id.Value, redirectUri)
                || resource?.AllowedDocumentHosts.Includes(ClientIdUrl.HostOf(client.Id.Value)) == true,
            ClientOrigin.Registered => known.Vouches(redirectUri),
            _ => false,
        };

    /// <summary>The name to show. Null when it imitates a well-known client: then only the host is shown.</summary>
    public string? NameOf(Client client, string redirectUri) =>
        client.Origin != ClientOrigin.Operator && known.Imitated(client.Name, client.Id.DocumentUrl, redirectUri) is not null
            ? null
            : client.Name;

    /// <summary>The host that identifies the client: that of its document or its redirect URI, or "this device".</summary>
    public static string HostOf(Client client, string redirectUri) =>
        client.Id.DocumentUrl is { } url ? ClientIdUrl.HostOf(url) : HostOf(redirectUri);

    /// <summary>The host of the redirect URI.</summary>
    public static string HostOf(string redirectUri) =>
        RedirectUri.IsLoopback(redirectUri) || RedirectUri.IsPrivateUse(redirectUri) ? Texts.ThisDevice : new Uri(redirectUri).IdnHost;
}
