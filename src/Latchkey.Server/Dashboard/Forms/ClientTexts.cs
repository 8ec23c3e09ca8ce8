namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The words of the fields of clients and machines.</summary>
internal static class ClientTexts
{
    public static readonly IReadOnlyDictionary<string, FormText> All = new Dictionary<string, FormText>(StringComparer.Ordinal)
    {
        ["Client.name"] = new("Name", "People see it when the client asks for access."),
        ["Client.description"] = new("Note for operators", "Only the dashboard and the API show it.") { IsParagraph = true },
        ["Client.audience"] = new(
            "MCP servers", "The ids (res_…) or addresses of the MCP servers that it gets tokens for, one per line.")
        { Unset = "The MCP server that it belongs to" },
        ["Client.custom_claims"] = new("Claims of its own", "Added to the tokens that it gets without a person."),
        ["Client.expiry"] = new(
            "Lifetime of its tokens", "Of those that it gets without a person. Empty: as the MCP server says."),
        ["Client.redirect_uris"] = new(
            "Return addresses", "Where people return after they answered, one per line. A client without any acts without a person."),
        ["Client.scopes"] = new("Permissions that it can ask for", "Names, one per line."),
        ["Client.token_endpoint_auth_method"] = new("How it proves who it is", "A client on people's own devices cannot keep a secret.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["client_secret_post"] = "A secret in the body of the request",
                ["client_secret_basic"] = "A secret in the Authorization header",
                ["none"] = "Not at all: an app on people's devices",
            },
        },
        ["Client.require_pushed_authorization_requests"] = new(
            "Requests must be pushed", "The client sends its request to this server first (RFC 9126)."),
        ["Client.use"] = new("What it is for", "A credential of the MCP server checks tokens, and gets none itself.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["resource_server"] = "The MCP server checks tokens with it",
            },
            Unset = "It gets tokens",
        },
        ["Client.enabled"] = new("It can connect", "When it is off, the client is blocked everywhere."),
        ["CustomClaim.key"] = new("Claim", "Its name in the token."),
        ["CustomClaim.value"] = new("Value", "A text."),
        ["ApiClient.name"] = new("Name", "Shown in lists and in the record of changes."),
        ["ApiClient.role"] = new("Role", "What the machine may do with the API.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["login"] = "login: reports who signed in at its login pages",
                ["read-only"] = "read-only: reads everything",
                ["management"] = "management: reads and changes everything",
            },
        },
        ["ApiClient.connection_ids"] = new("Login pages", "The ids (conn_…) of the login pages that a machine of role login reports for."),
        ["ApiClient.allowed_addresses"] = new(
            "Addresses that it may call from", "Addresses and networks such as 192.0.2.0/24, one per line.")
        { Unset = "Any address" },
        ["ApiClient.enabled"] = new("It can call the API", "When it is off, the machine and its tokens are refused at once."),
    };
}
