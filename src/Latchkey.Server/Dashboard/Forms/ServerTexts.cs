namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The words of the fields of an MCP server and of its permissions.</summary>
internal static class ServerTexts
{
    public static readonly IReadOnlyDictionary<string, FormText> All = new Dictionary<string, FormText>(StringComparer.Ordinal)
    {
        ["Resource.name"] = new("Name", "People see it when a program asks for access."),
        ["Resource.resource_uri"] = new("Address", "Exactly as people paste it into their program, with the path.") { IsUrl = true },
        ["Resource.description"] = new("Note for operators", "Only the dashboard and the API show it.") { IsParagraph = true },
        ["Resource.logo_uri"] = new("Address of a logo", "Kept for Scalekit's API. No page shows it.") { IsUrl = true },
        ["Resource.logo"] = new(
            "Logo", "A PNG, JPEG or WebP picture of at most 32 KiB and 1024 pixels on each side, as a data URL (data:image/png;base64,…).")
        { IsParagraph = true, IsPicture = true },
        ["Resource.brand_color"] = new(
            "Colour", "Of buttons and links on the pages for people, such as #1f5fd0. It is made darker or lighter where needed."),
        ["Resource.support_contact"] = new("Help for people", "An e-mail address or a web address. The pages for people name it."),
        ["Resource.privacy_uri"] = new("Privacy notice", "A web address. The pages for people link to it.") { IsUrl = true },
        ["Resource.scopes"] = new(
            "Permissions", "What programs can ask for. People see the sentence, not the name. To rename one, remove it and add another."),
        ["Resource.default_scopes"] = new(
            "Offered when a program asks for none", "The names of permissions, one per line. An empty list offers none.")
        {
            Unset = "Those that only look; if none has a kind, all of them, not ticked",
        },
        ["Resource.token_claims"] = new("What access tokens say about the person", "The question to the person names these.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["email"] = "E-mail address",
                ["name"] = "Name",
                ["org_id"] = "Organization",
                ["roles"] = "Roles",
                ["permissions"] = "Permissions in your app",
                ["groups"] = "Groups",
                ["custom_claims"] = "Your own claims",
            },
        },
        ["Resource.access_token_expiry"] = new(
            "Lifetime of an access token", "A program whose access ended can go on at the MCP server for at most this long."),
        ["Resource.refresh_token_expiry"] = new("Access ends when unused for", "A program that is used more often stays connected."),
        ["Resource.grant_expiry"] = new("Access ends after", "Even when it is used. The person can connect the program again."),
        ["Resource.disable_dynamic_client_registration"] = new(
            "Refuse clients that register themselves", "Only clients by document, and those that you add, can connect."),
        ["Resource.enable_cimd"] = new(
            "Accept clients by document", "A client whose id is the address of a document that describes it."),
        ["Resource.cimd_allowed_hosts"] = new("Hosts of documents that are accepted", "One per line. Empty: every host."),
        ["Resource.cimd_denied_hosts"] = new("Hosts of documents that are refused", "One per line, such as *.untrusted.example."),
        ["Resource.redirect_schemes"] = new(
            "Schemes of return addresses", "Of apps on the person's device, one per line, such as acme-assistant. "
            + "Those with a dot, and those of well-known clients, are accepted anyway."),
        ["Resource.require_initial_access_token"] = new(
            "Clients need an invitation to register", "An initial access token, which you hand out."),
        ["Resource.signing_algorithm"] = new("Signature of access tokens", "Your MCP server must be able to check it."),
        ["Resource.token_issuer"] = new("Issuer in access tokens", "Your MCP server compares it.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["resource"] = "One of this MCP server alone",
                ["environment"] = "The same for all MCP servers",
            },
        },
        ["Resource.require_fresh_login"] = new(
            "Fresh logins as the client asks", "Your login page must obey a client that asks for a new login or for a stronger one."),
        ["Resource.scopes_can_be_unticked"] = new(
            "People can allow a part", "They can untick permissions that they do not want to give."),
        ["Resource.first_preset"] = new(
            "What is chosen at first", "Of the ready-made choices that people see with four permissions or more.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["read"] = "Only look",
                ["asked"] = "What the program asks for",
                ["none"] = "Nothing, the person chooses",
            },
        },
        ["Resource.remember_consent"] = new(
            "People can ask not to be asked again", "They are asked all the same for a program on their device, and after any change."),
        ["Resource.organization_selection"] = new(
            "Organization", "Of a person with several. Access ends when the person is no longer in it.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["none"] = "People are not asked",
                ["one"] = "People choose one",
            },
        },
        ["Resource.connection_id"] = new("Login page", "A person has one id at all MCP servers of a login page."),
        ["Scope.name"] = new("Name", "As programs ask for it, such as notes:read."),
        ["Scope.description"] = new("Sentence for people", "Such as: Read your notes."),
        ["Scope.enabled"] = new("Offered", "Programs can ask for it.") { IsDetail = true },
        ["Scope.group"] = new("Heading", "People see it above the permissions of a group.") { IsDetail = true },
        ["Scope.optional"] = new("People can untick it", "Otherwise the program gets all or nothing.")
        { Unset = "As the MCP server says", IsDetail = true },
        ["Scope.sensitive"] = new("Sensitive", "Shown apart and not ticked.") { IsDetail = true },
        ["Scope.access"] = new("Kind", "Programs that ask for nothing are offered those that look.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["read"] = "Look",
                ["write"] = "Change",
                ["delete"] = "Delete",
            },
        },
    };
}
