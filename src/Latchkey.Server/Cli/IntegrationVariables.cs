using System.Text;
using Latchkey.Server.Management.Setup;

namespace Latchkey.Server.Cli;

/// <summary>
/// The environment variables of a login page and an MCP server, as lines that a shell and dotenv libraries read. The sample login pages use
/// the names of the first part.
/// </summary>
internal sealed record IntegrationVariables(string ResourceUri, IReadOnlyList<IntegrationVariables.Part> Parts)
{
    public const string UrlName = "LATCHKEY_URL";
    public const string ClientIdName = "LATCHKEY_CLIENT_ID";
    public const string SecretName = "LATCHKEY_CLIENT_SECRET";

    /// <summary>The names of all variables, whether they have values or not.</summary>
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal)
    {
        UrlName, "LATCHKEY_CONNECTION_ID", ClientIdName, SecretName, "LATCHKEY_REPORT_URL", "LATCHKEY_CALLBACK_URL",
        "LATCHKEY_ISSUER", "LATCHKEY_RESOURCE_ID", "LATCHKEY_RESOURCE_URI", "LATCHKEY_RESOURCE_METADATA_URL", "LATCHKEY_JWKS_URL",
        "LATCHKEY_AUDIENCE",
    };

    private const string SecretIsKept = "LATCHKEY_CLIENT_SECRET was shown when it was made.";

    /// <summary>The variables of one program, and a comment above them.</summary>
    public sealed record Part(string Comment, IReadOnlyList<(string Name, string Value)> Variables);

    /// <param name="clientId">The API client of the login page, or null when there is none.</param>
    /// <param name="secret">Its secret, or null when it is not known.</param>
    public static IntegrationVariables Of(IntegrationBody integration, string? clientId, string? secret)
    {
        (string Name, string? Value)[] login =
        [
            (UrlName, integration.BaseUrl),
            ("LATCHKEY_CONNECTION_ID", integration.ConnectionId),
            (ClientIdName, integration.ConnectionId is null ? null : clientId),
            (SecretName, integration.ConnectionId is null || clientId is null ? null : secret),
            ("LATCHKEY_REPORT_URL", integration.UserPostUrl),
            ("LATCHKEY_CALLBACK_URL", integration.RedirectUrl),
        ];
        (string Name, string? Value)[] server =
        [
            ("LATCHKEY_ISSUER", integration.Issuer),
            ("LATCHKEY_RESOURCE_ID", integration.ResourceId),
            ("LATCHKEY_RESOURCE_URI", integration.ResourceUri),
            ("LATCHKEY_RESOURCE_METADATA_URL", integration.ProtectedMetadataUri),
            ("LATCHKEY_JWKS_URL", integration.JwksUri),
            ("LATCHKEY_AUDIENCE", integration.Audience),
        ];
        var comment = "For the login page." + (clientId is not null && secret is null ? $" {SecretIsKept}" : "");
        return new(integration.ResourceUri, [new(comment, Known(login)), new("For the MCP server.", Known(server))]);
    }

    /// <summary>Returns the value of a variable, or null.</summary>
    public string? Find(string name) =>
        Parts.SelectMany(part => part.Variables).Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault();

    /// <summary>The same with a secret that was stored earlier.</summary>
    public IntegrationVariables WithSecret(string secret) => this with
    {
        Parts =
        [
            .. Parts.Select(part => part with
            {
                Comment = part.Comment.Replace($" {SecretIsKept}", "", StringComparison.Ordinal),
                Variables =
                [
                    .. part.Variables.SelectMany(v => v.Name == ClientIdName ? [v, (SecretName, secret)] : new[] { v }),
                ],
            }),
        ],
    };

    /// <summary>The lines, with a line break at the end of each.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var part in Parts)
        {
            text.Append("# ").Append(part.Comment).Append('\n');
            foreach (var (name, value) in part.Variables)
            {
                text.Append(name).Append('=').Append(Quoted(value)).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Removes the quotes of <see cref="Quoted"/>.</summary>
    public static string Unquoted(string text) =>
        text is ['\'', .., '\''] && text.Length > 1 ? text[1..^1].Replace("'\\''", "'", StringComparison.Ordinal) : text;

    private static string Quoted(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:@%+,={}~".Contains(c, StringComparison.Ordinal))
            ? value
            : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static List<(string Name, string Value)> Known(IEnumerable<(string Name, string? Value)> variables) =>
        [.. variables.Where(v => v.Value is not null).Select(v => (v.Name, v.Value!))];
}
