using Latchkey.Server.Resources;

namespace Latchkey.Server.Clients;

/// <summary>Why a resource does not accept a client.</summary>
internal enum ClientRefusal
{
    /// <summary>An operator blocked the client.</summary>
    Blocked,

    /// <summary>The client belongs to another resource.</summary>
    OfAnotherResource,

    /// <summary>The client registered itself, and the resource has dynamic client registration disabled.</summary>
    RegistrationClosed,

    /// <summary>The client registered without an initial access token, and the resource requires one.</summary>
    NoInitialToken,

    /// <summary>The resource does not accept client metadata documents.</summary>
    DocumentsOff,

    /// <summary>The resource does not accept client metadata documents of this host.</summary>
    DocumentHost,
}

/// <summary>The client policy of a resource. Every step of an authorization and every use of a grant asks it again.</summary>
internal static class ClientAdmission
{
    /// <summary>Returns null when the resource accepts the client now.</summary>
    public static ClientRefusal? RefusalOf(Client client, Resource resource) =>
        !client.IsEnabled ? ClientRefusal.Blocked
        : client.ResourceId is { } home && home != resource.Id ? ClientRefusal.OfAnotherResource
        : client.Origin == ClientOrigin.Registered && !resource.AllowsRegistration ? ClientRefusal.RegistrationClosed
        : client.Origin == ClientOrigin.Registered && resource.RequiresInitialAccessToken && client.Registration?.MadeWith is null
            ? ClientRefusal.NoInitialToken
        : client.Id.DocumentUrl is { } url ? RefusalOf(url, resource)
        : null;

    /// <summary>Returns null when the resource accepts the client metadata document at this URL now.</summary>
    public static ClientRefusal? RefusalOf(string documentUrl, Resource resource) =>
        !resource.AllowsMetadataDocuments ? ClientRefusal.DocumentsOff
        : !resource.AcceptsDocumentsOf(ClientIdUrl.HostOf(documentUrl)) ? ClientRefusal.DocumentHost
        : null;
}
