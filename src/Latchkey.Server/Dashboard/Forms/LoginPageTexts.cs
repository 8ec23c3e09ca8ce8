namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The words of the fields of a login page.</summary>
internal static class LoginPageTexts
{
    public static readonly IReadOnlyDictionary<string, FormText> All = new Dictionary<string, FormText>(StringComparer.Ordinal)
    {
        ["Connection.login_url"] = new(
            "Address of the login page", "People are sent there. Two parameters are added to it: login_request_id and state.")
        { IsUrl = true },
        ["Connection.enabled"] = new("People can sign in through it", "When it is off, every sign-in of its MCP servers stops."),
        ["Connection.callback_verification"] = new(
            "Verification of the return", "What the browser must bring back from the login page.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["required"] = "The confirmation of the report (auth_request_id)",
                ["state_only"] = "Only state",
            },
        },
    };
}
