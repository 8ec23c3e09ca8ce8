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
    public const string Server = "Server";

    /// <summary>In the order of the document.</summary>
    public static readonly IReadOnlyList<(string Name, string Description)> All =
    [
        (Logins, "What the backend of your login page calls, machine to machine."),
        (Resources, "MCP servers that Latchkey issues tokens for."),
        (Connections, "How people sign in: your own login page."),
        (Clients, "OAuth clients: the programs that people connect, whoever made them."),
        (Organizations, "Programs of your customers that call without a person."),
        (ApiClients, "Machine credentials of your own backend for this API."),
        (InitialAccessTokens, "For resources where not everybody may register clients."),
        (Access, "Who gave which client access to what, and how each login went."),
        (Server, "For whoever runs the server."),
    ];
}
