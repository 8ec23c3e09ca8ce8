using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// Writes YAML in block style with two spaces per level. Comments precede what they describe. A string that could be read as another value
/// is quoted, so that it is read back unchanged.
/// </summary>
internal sealed partial class YamlText
{
    private const int MaxInline = 100;
    private static readonly string[] NotTexts = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

    private readonly StringBuilder text = new();
    private bool opensEntry;

    public void Comment(int level, string line)
    {
        foreach (var part in line.Split('\n'))
        {
            text.Append(' ', level * 2).Append('#').Append(part.Length > 0 ? " " : "").Append(Shown(part)).Append('\n');
        }
    }

    public void Blank() => text.Append('\n');

    /// <summary>Writes a key whose value follows one level deeper.</summary>
    public void Key(int level, string name) => Begin(level).Append(name).Append(":\n");

    /// <summary>Writes a list with the entries one level deeper.</summary>
    public void List<T>(int level, string name, IReadOnlyCollection<T> entries, Action<T> write)
    {
        if (entries.Count == 0)
        {
            Member(level, name, new JsonArray());
            return;
        }

        Key(level, name);
        foreach (var entry in entries)
        {
            Entry();
            write(entry);
        }
    }

    /// <summary>Makes the next member the first of a list entry, whose key is one level higher.</summary>
    public void Entry() => opensEntry = true;

    public void Members(int level, JsonObject members)
    {
        foreach (var (name, value) in members)
        {
            Member(level, name, value);
        }
    }

    public void Member(int level, string name, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } nested:
                Key(level, name);
                Members(level + 1, nested);
                break;

            case JsonArray array when Inline(array) is null:
                Key(level, name);
                foreach (var entry in array)
                {
                    if (entry is JsonObject members)
                    {
                        Entry();
                        Members(level + 2, members);
                    }
                    else
                    {
                        text.Append(' ', (level * 2) + 2).Append("- ").Append(Scalar(entry)).Append('\n');
                    }
                }

                break;

            default:
                Begin(level).Append(name).Append(": ").Append(value is JsonArray short_ ? Inline(short_) : Scalar(value)).Append('\n');
                break;
        }
    }

    public override string ToString() => text.ToString();

    private StringBuilder Begin(int level)
    {
        text.Append(' ', opensEntry ? (level * 2) - 2 : level * 2).Append(opensEntry ? "- " : "");
        opensEntry = false;
        return text;
    }

    /// <summary>Returns a short list of plain values as one line, or null.</summary>
    private static string? Inline(JsonArray array)
    {
        if (array.Any(e => e is JsonObject or JsonArray))
        {
            return null;
        }

        var values = array.Select(e => e is JsonValue v && v.GetValueKind() == JsonValueKind.String
            ? Quoted(v.GetValue<string>(), InFlow())
            : Scalar(e));
        var line = $"[{string.Join(", ", values)}]";
        return line.Length <= MaxInline ? line : null;
    }

    private static string Scalar(JsonNode? value) => value switch
    {
        null or JsonObject => value is null ? "null" : "{}",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => Quoted(scalar.GetValue<string>(), Bare()),
        _ => value.ToJsonString(),
    };

    private static string Quoted(string value, Regex bare)
    {
        if (bare.IsMatch(value) && !NotTexts.Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            return value;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            _ = c is '"' or '\\' ? quoted.Append('\\').Append(c)
                : MustBeEscaped(c) ? quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
                : quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private static string Shown(string text) => string.Concat(text.Select(c => MustBeEscaped(c) ? ' ' : c));

    /// <summary>True for characters that YAML does not print (§5.1) and for those that change the text direction.</summary>
    private static bool MustBeEscaped(char c) =>
        !char.IsSurrogate(c) && (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator || c is '\ufffe' or '\uffff');

    /// <summary>Words and URLs: begins with a letter and has no colon or number sign with a meaning in YAML.</summary>
    [GeneratedRegex(
        @"^[A-Za-z](?:[A-Za-z0-9_./@+?&=%,()'-]|:(?=[^\s])|(?<=\S) (?=[A-Za-z0-9(]))*\z", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bare();

    [GeneratedRegex(
        @"^[A-Za-z](?:[A-Za-z0-9_./@+?&=%-]|:(?=[A-Za-z0-9/]))*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InFlow();
}
