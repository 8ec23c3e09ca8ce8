using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>A node of a configuration file, with its first line.</summary>
internal abstract record FileNode
{
    private FileNode() { }

    public required int Line { get; init; }

    /// <param name="IsPlain">True without quotes: the text may also be a number, true, false or null.</param>
    public sealed record Scalar(string Text, bool IsPlain) : FileNode;

    public sealed record List(IReadOnlyList<FileNode> Entries) : FileNode;

    public sealed record Mapping(IReadOnlyList<FileMember> Members) : FileNode;

    /// <summary>Converts the node to JSON for the readers of the management API.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(Json);

    public bool IsNull => Json is null;

    private JsonNode? Json => this switch
    {
        Scalar { IsPlain: false } quoted => quoted.Text,
        Scalar plain => Plain(plain.Text),
        List list => new JsonArray([.. list.Entries.Select(entry => entry.Json)]),
        Mapping mapping => new JsonObject(mapping.Members.Select(member => KeyValuePair.Create(member.Name, member.Value.Json))),
    };

    /// <summary>Resolves an unquoted text (YAML 1.2.2 §10.3.2). <c>yes</c> and <c>no</c> are strings.</summary>
    private static JsonNode? Plain(string text)
    {
        const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => true,
            "false" or "False" or "FALSE" => false,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            _ when decimal.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var number) => number,
            _ => text,
        };
    }
}

/// <param name="Line">The line of the name.</param>
internal sealed record FileMember(string Name, int Line, FileNode Value);
