using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.WebhookEndpoints;

namespace Conventions.Tests;

/// <summary>Documents written from the tables of fields; <c>./dev docs</c> writes them.</summary>
public sealed class Generated_reference
{
    private static readonly (string Title, FieldTable Table)[] Entities =
    [
        ("Resource", ResourceFields.Table),
        ("Scope of a resource", ScopeFields.Table),
        ("Connection", ConnectionFields.Table),
        ("OAuth client of a resource", ClientFields.Table),
        ("OAuth client of an organization", ClientFields.OfOrganization),
        ("Custom claim of a client", CustomClaimFields.Table),
        ("Secret of a client", SecretFields.Table),
        ("API client", ApiClientFields.Table),
        ("Webhook endpoint", WebhookEndpointFields.Table),
    ];

    private static readonly (FieldUse Use, string Word)[] Uses =
    [
        (FieldUse.Create, "create"), (FieldUse.Change, "PATCH"), (FieldUse.File, "file"), (FieldUse.Response, "response"),
    ];

    [Fact]
    public void The_schema_of_the_configuration_file_is_current() =>
        GeneratedFile.AssertCurrent("docs/latchkey.schema.json", FileSchema.Text());

    [Fact]
    public void The_reference_of_fields_is_current() => GeneratedFile.AssertCurrent("docs/reference/fields.md", Reference());

    [Fact]
    public void The_reference_of_causes_is_current() => GeneratedFile.AssertCurrent("docs/reference/causes.md", CausesReference());

    private static string CausesReference()
    {
        var text = new StringBuilder();
        text.Append("# Causes\n\nWritten by `./dev docs` from the catalogue of causes (`src/Latchkey.Server/SignIns/*Causes.cs`).\n\n");
        text.Append("Why a sign-in stopped, by the station where it stopped. `{name}` stands for a fact of the refusal.\n"
            + "*Compares*: the facts that were sent and expected, which `cause.compared` of the API has.\n");
        foreach (var station in Causes.All.GroupBy(cause => cause.Station))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Words(station.Key)}\n\n");
            text.Append("| Code | What happened, and why that stops a sign-in | Compares | Fixed by | Fix |\n|---|---|---|---|---|\n");
            foreach (var cause in station)
            {
                var fixers = string.Join(", ", cause.FixedBy.Select(fixer => Words(fixer).ToLowerInvariant()));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{cause.Code}` | {cause.Title} {cause.Explanation} | {Words(cause.Compared)} | {fixers} | {cause.Fix} |\n");
            }
        }

        return text.ToString();
    }

    private static string Words(Compared compared) => compared switch
    {
        Compared.Values { Pairs: var pairs } => string.Join(
            " or ", pairs.Select(pair => pair.Sent == pair.Expected ? $"`{pair.Sent}`" : $"`{pair.Sent}` with `{pair.Expected}`")),
        Compared.Nothing { Because: var because } => $"nothing. {because}",
        _ => throw new InvalidOperationException("no words"),
    };

    /// <summary>The words of a name: "LogIn" becomes "Log in".</summary>
    private static string Words<T>(T name)
        where T : struct, Enum => string.Concat(name.ToString().Select(
            (c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c.ToString()));

    private static string Reference()
    {
        var text = new StringBuilder();
        text.Append("# Fields\n\nWritten by `./dev docs` from the tables of fields (`src/Latchkey.Server/*/*Fields.cs`).\n\n");
        text.Append("*create* and *PATCH*: the bodies of requests. *file*: the configuration file.\n*response*: responses of the API. "
            + "In a PATCH, null sets the default.\n");
        foreach (var (title, table) in Entities)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
            if (table.About.Length > 0)
            {
                text.Append(table.About).Append("\n\n");
            }

            text.Append("| Field | Type | Default | Where | Meaning |\n|---|---|---|---|---|\n");
            foreach (var field in table.Declared)
            {
                var words = field.Words.Replace("|", "\\|", StringComparison.Ordinal);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{field.Name}` | {TypeOf(field)} | {DefaultOf(field)} | {WhereOf(field)} | {words} |\n");
            }
        }

        return text.ToString();
    }

    private static string WhereOf(Field field) => string.Join(", ", Uses.Where(u => field.Use.HasFlag(u.Use)).Select(u => u.Word));

    private static string DefaultOf(Field field) =>
        field.IsRequired ? "required" : field.Default is { } usual and not JsonArray ? $"`{usual.ToJsonString()}`" : "";

    private static string TypeOf(Field field)
    {
        var use = Uses[..3].Select(u => u.Use).FirstOrDefault(u => field.Use.HasFlag(u));
        var schema = use == FieldUse.None ? field.Shape.ResponseSchema() : field.Shape.Request(use);
        var type = schema["type"] is JsonArray types ? types[0]!.GetValue<string>() : schema["type"]?.GetValue<string>() ?? "object";
        List<string> words =
        [
            schema["enum"] is JsonArray choices
                ? string.Join(", ", choices.OfType<JsonNode>().Select(c => $"`{c.GetValue<string>()}`"))
                : $"{type}{(type == "array" ? OfEntries(schema) : "")}",
            .. Bound(schema, "maxLength", "at most {0} characters"),
            .. Bound(schema, "maxItems", "at most {0} entries"),
            .. Bound(schema, "maximum", "at most {0}"),
        ];
        return string.Join(", ", words);
    }

    private static string OfEntries(JsonObject schema) => schema["items"]?["type"]?.ToString() is "string" ? " of strings" : " of objects";

    private static IEnumerable<string> Bound(JsonObject schema, string name, string words) =>
        schema[name] is { } bound ? [string.Format(CultureInfo.InvariantCulture, words, bound)] : [];
}
