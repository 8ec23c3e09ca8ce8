using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Fields;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>A page with a part of the fields of an MCP server. Every field that a form can show is on one of them.</summary>
/// <param name="Parts">The fields, by their names in <see cref="ResourceFields"/>.</param>
internal sealed record ServerSection(string Name, string Title, string About, IReadOnlyList<FormPart> Parts)
{
    public static readonly ServerSection Permissions = new(
        "scopes", "Permissions", "What programs can ask for, and what people see of it.",
        [
            new(null, "scopes", "default_scopes"),
            new("What people decide", "scopes_can_be_unticked", "first_preset", "remember_consent", "organization_selection"),
        ]);

    public static readonly ServerSection Look = new(
        "look", "Look", "What people see when a program asks for access.",
        [new(null, "name", "logo", "brand_color", "support_contact", "privacy_uri")]);

    /// <summary>The login page of the MCP server has a page of its own, because another one ends access.</summary>
    private static readonly IReadOnlyList<string> OfLoginPage = ["connection_id"];

    public static readonly ServerSection Advanced = new("advanced", "Advanced", "Everything else.", WithTheRest(
    [
        new("Address", "resource_uri", "description", "logo_uri"),
        new("How long access lasts", "access_token_expiry", "refresh_token_expiry", "grant_expiry"),
        new(
            "Clients", "enable_cimd", "cimd_allowed_hosts", "cimd_denied_hosts", "disable_dynamic_client_registration",
            "require_initial_access_token", "redirect_schemes"),
        new("Tokens", "token_claims", "signing_algorithm", "token_issuer"),
        new("Logins", "require_fresh_login"),
    ]));

    public static readonly IReadOnlyList<ServerSection> All = [Permissions, Look, Advanced];

    public DashboardRoute Page { get; } = DashboardRoute.Page($"/dashboard/servers/{{res}}/{Name}");
    public DashboardRoute Save { get; } = DashboardRoute.Post($"/dashboard/servers/{{res}}/{Name}", OperatorRole.Admin);

    /// <summary>A new field of the table appears without a line here.</summary>
    private static IReadOnlyList<FormPart> WithTheRest(IReadOnlyList<FormPart> parts)
    {
        HashSet<string> placed =
            [.. Permissions.Parts.Concat(Look.Parts).Concat(parts).SelectMany(part => part.Fields), .. OfLoginPage];
        var rest = ResourceFields.Table.Declared
            .Where(f => f.Use.HasFlag(FieldUse.Change) && f.Shape.Control is not null && !placed.Contains(f.Name)
                && !FormTexts.NotShown.Contains($"{ResourceFields.Table.Name}.{f.Name}"))
            .Select(f => f.Name).ToList();
        return rest.Count == 0 ? parts : [.. parts, new("More", rest)];
    }
}
