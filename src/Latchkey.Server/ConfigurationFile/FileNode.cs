using System.Globalization;
using System.Text.Json;

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
    public JsonElement ToJson()
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            WriteTo(writer);
        }

        return JsonElement.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private void WriteTo(Utf8JsonWriter writer)
    {
        switch (this)
        {
            case Scalar { IsPlain: false } quoted:
                writer.WriteStringValue(quoted.Text);
                break;

            case Scalar plain:
                WritePlain(writer, plain.Text);
                break;

            case List list:
                writer.WriteStartArray();
                foreach (var entry in list.Entries)
                {
                    entry.WriteTo(writer);
                }

                writer.WriteEndArray();
                break;

            case Mapping mapping:
                writer.WriteStartObject();
                foreach (var member in mapping.Members)
                {
                    writer.WritePropertyName(member.Name);
                    member.Value.WriteTo(writer);
                }

                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>Resolves an unquoted text (YAML 1.2.2 §10.3.2). <c>yes</c> and <c>no</c> are strings.</summary>
    private static void WritePlain(Utf8JsonWriter writer, string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                break;
            case "true" or "True" or "TRUE":
                writer.WriteBooleanValue(true);
                break;
            case "false" or "False" or "FALSE":
                writer.WriteBooleanValue(false);
                break;
            default:
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                {
                    writer.WriteNumberValue(whole);
                }
                else if (decimal.TryParse(
                    text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                    CultureInfo.InvariantCulture, out var number))
                {
                    writer.WriteNumberValue(number);
                }
                else
                {
                    writer.WriteStringValue(text);
                }

                break;
        }
    }
}

/// <param name="Line">The line of the name.</param>
internal sealed record FileMember(string Name, int Line, FileNode Value);
