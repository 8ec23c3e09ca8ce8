using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ClientDocuments;

/// <summary>Who answers for the name that a client shows to people.</summary>
internal sealed class Vouching(KnownClients known)
{
    /// <summary>
    /// True for a client that an operator made; for one whose document the catalogue or the resource's own list of hosts knows; for a registered one whose redirect is
    /// a well-known client's. Never when the answer goes to a program on the person's device, which anybody there may have started.
    /// </summary>
    /// <param name="resource">Null: not known yet.</param>
    public bool IsVouchedFor(Client client, Resource? resource, string redirectUri) => !RedirectUri.GoesToThisDevice(redirectUri) && client.Origin switch
    {
        ClientOrigin.Operator => true,
        ClientOrigin.Document => known.Vouches(client.Id.Value, redirectUri) || resource?.AllowedDocumentHosts.Includes(ClientIdUrl.HostOf(client.Id.Value)) == true,
        ClientOrigin.Registered => known.Vouches(redirectUri),
        _ => false,
    };

    /// <summary>The name that people may read: null when it imitates a well-known client's, and then the host has to do.</summary>
    public string? NameOf(Client client, string redirectUri) =>
        client.Origin != ClientOrigin.Operator && known.Imitated(client.Name, client.Id.DocumentUrl, redirectUri) is not null ? null : client.Name;

    /// <summary>The host that vouches: of the client's document, or of the redirect its answer goes to; "this device" for a program there.</summary>
    public static string HostOf(Client client, string redirectUri) =>
        client.Id.DocumentUrl is { } url ? ClientIdUrl.HostOf(url) : HostOf(redirectUri);

    /// <summary>The host that an answer goes to.</summary>
    public static string HostOf(string redirectUri) =>
        RedirectUri.IsLoopback(redirectUri) || RedirectUri.IsPrivateUse(redirectUri) ? Texts.ThisDevice : new Uri(redirectUri).IdnHost;
}
