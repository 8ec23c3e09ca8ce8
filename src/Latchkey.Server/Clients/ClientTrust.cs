using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Clients;

/// <summary>Decides which clients are vouched for, and what is shown of a client that is not.</summary>
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
            ClientOrigin.Document => known.Vouches(client.Id.Value, redirectUri) || IsOfAllowedHost(client, resource, redirectUri),
            ClientOrigin.Registered => known.Vouches(redirectUri),
            _ => false,
        };

    /// <summary>
    /// True when a response may follow before the person has acted on a page of this server: a redirect to a loopback address, or to a
    /// client that is vouched for. Every other redirect would make this server an open redirector, or start a program of the device.
    /// </summary>
    public bool GoesOnByItself(Client client, Resource? resource, string redirectUri) =>
        RedirectUri.GoesToLoopback(redirectUri) || IsTrusted(client, resource, redirectUri);

    /// <summary>The name of its entry in the catalogue, or null. It is not verified for a client of the device.</summary>
    public string? FamilyOf(Client client, string redirectUri) => known.FamilyOf(client.Id.DocumentUrl, client.Name, redirectUri);

    /// <summary>
    /// The name to show. Null when it looks like the name of another client or breaks the rule of <see cref="ClientNames"/>: then the host
    /// is shown in its place. For a redirect to the device nothing can be verified, so the name is not compared with the catalogue there.
    /// A registered client that is vouched for by its redirect URI has the name of the catalogue: a stranger chose its own one.
    /// </summary>
    public string? NameOf(Client client, string redirectUri) =>
        client.Origin == ClientOrigin.Operator ? client.Name
        : Imitates(client, redirectUri) || !ClientNames.CanBeShown(client.Name) ? null
        : client.Origin == ClientOrigin.Registered && !RedirectUri.GoesToThisDevice(redirectUri)
            ? known.NameBehind(redirectUri) ?? client.Name
        : client.Name;

    /// <summary>True for a web client whose name looks like that of a well-known client that it is not.</summary>
    public bool Imitates(Client client, string redirectUri) =>
        client.Origin != ClientOrigin.Operator && !RedirectUri.GoesToThisDevice(redirectUri)
        && known.Imitated(client.Name, client.Id.DocumentUrl, redirectUri) is not null;

    /// <summary>The name to show, or the host in its place.</summary>
    public string LabelOf(Client client, string redirectUri) => NameOf(client, redirectUri) ?? HostOf(client, redirectUri);

    /// <summary>The host that identifies the client: that of its document or its redirect URI, or "this device".</summary>
    public static string HostOf(Client client, string redirectUri) =>
        client.Id.DocumentUrl is { } url ? ClientIdUrl.HostOf(url)
        : TargetOf(redirectUri) is { Kind: ResponseTargetKind.Web or ResponseTargetKind.Forwarder } web ? web.Name
        : ResponseTarget.ThisDevice;

    /// <summary>Where the authorization response goes. A host is in its ASCII form, so that it cannot look like another one.</summary>
    public static ResponseTarget TargetOf(string redirectUri) =>
        RedirectUri.IsPrivateUse(redirectUri) ? new(ResponseTargetKind.App, BrowserForm.SchemeOf(redirectUri) + ":")
        : RedirectUri.ForwarderOf(redirectUri) is { } forwarder ? new(ResponseTargetKind.Forwarder, forwarder)
        : RedirectUri.GoesToLoopback(redirectUri) ? new(ResponseTargetKind.Loopback, ResponseTarget.ThisDevice)
        : new(ResponseTargetKind.Web, new Uri(redirectUri).IdnHost);

    /// <summary>An allowed host vouches for its documents, but not for responses that go to a host outside the operator's list.</summary>
    private static bool IsOfAllowedHost(Client client, Resource? resource, string redirectUri) =>
        ClientIdUrl.HostOf(client.Id.Value) is var host
        && resource?.AllowedDocumentHosts is { } allowed
        && allowed.Includes(host)
        && TargetOf(redirectUri).Name is var target
        && (target == host || allowed.Includes(target));
}
