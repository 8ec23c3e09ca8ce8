namespace Latchkey.Server.Management;

/// <summary>The subjects that the API's document and its reference page group operations by.</summary>
internal static class OperationTags
{
    public const string Logins = "Login hand-off";
    public const string Resources = "Resources";
    public const string Connections = "Connections";
    public const string Clients = "Clients";
    public const string Organizations = "Clients of organizations";
    public const string ApiClients = "API clients";
    public const string InitialAccessTokens = "Initial access tokens";
    public const string Access = "Access";
    public const string Webhooks = "Webhooks";
    public const string Server = "Server";

    /// <summary>In the order of the document.</summary>
    public static readonly IReadOnlyList<(string Name, string Description)> All =
    [
        (Logins, "Called by the backend of your login page."),
        (Resources, "MCP servers that Latchkey issues tokens for."),
        (Connections, "Login pages, where users sign in."),
        (Clients, "OAuth clients, registered or created by an operator."),
        (Organizations, "Machine-to-machine clients of your customers."),
        (ApiClients, "Credentials of your backends for this API."),
        (InitialAccessTokens, "Required by resources with restricted client registration."),
        (Access, "Consents and grants of users, and the sign-in log."),
        (Webhooks, "Addresses of your company that receive events of this server."),
        (Server, "Settings, keys and audit log of the server."),
    ];
}
