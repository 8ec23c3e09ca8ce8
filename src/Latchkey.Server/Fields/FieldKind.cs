using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Server.Fields;

/// <summary>A kind of value without its type: everything that documents and schemas need.</summary>
/// <param name="IsOptional">A response may leave the field out.</param>
/// <param name="ShowsDefault">The schema of a request names the default.</param>
/// <param name="Part">The entity that the value consists of; null where it consists of none.</param>
/// <param name="Control">The inputs of a form; null where no form can show the value.</param>
internal sealed record FieldShape(
    Func<FieldUse, JsonObject> Request, string Response, bool IsOptional, bool ShowsDefault, FieldTable? Part, FieldControl? Control)
{
    public JsonObject ResponseSchema() => JsonNode.Parse(Response)!.AsObject();
}

/// <summary>The value of a field in a body.</summary>
internal readonly record struct FieldValue<V>(V Value);

/// <summary>Returns null for a value that is absent, null or wrong; what is wrong with it is recorded in the body.</summary>
/// <param name="former">The value that the entity has.</param>
internal delegate FieldValue<V>? ReadField<V>(JsonBody body, string name, V former);

/// <summary>A kind of value: how it is read, how it is written, and its schema in a request and in a response.</summary>
internal sealed record FieldKind<V>(
    ReadField<V> Read, Func<V, FieldUse, JsonNode?> Write, Func<FieldUse, JsonObject> Request, string Response)
{
    public bool IsOptional { get; init; }
    public bool ShowsDefault { get; init; }
    public FieldTable? Part { get; init; }
    public FieldControl? Control { get; init; }

    public FieldShape Shape => new(Request, Response, IsOptional, ShowsDefault, Part, Control);
}

internal static class FieldKinds
{
    private const string ShownText = """{"type":"string"}""";
    private const string ShownTexts = """{"type":"array","items":{"type":"string"}}""";

    public static readonly FieldKind<bool> Boolean = new(
        (body, name, _) => body.YesNo(name) is { } value ? new(value) : null,
        (v, _) => v, _ => Schema("""{"type":["boolean","null"]}"""), """{"type":"boolean"}""")
    { ShowsDefault = true, Control = new FieldControl.Switch() };

    /// <summary>A boolean, or null to use another setting.</summary>
    public static readonly FieldKind<bool?> BooleanIfAny = new(
        (body, name, _) => body.YesNo(name) is { } value ? new(value) : null,
        (v, _) => v, Boolean.Request, Boolean.Response)
    { IsOptional = true, Control = new FieldControl.SwitchIfAny() };

    /// <summary>A string that only responses have.</summary>
    public static readonly FieldKind<string> Shown = new((_, _, _) => null, (v, _) => v, _ => [], ShownText);

    public static readonly FieldKind<string?> ShownIfAny = new((_, _, _) => null, (v, _) => v, _ => [], ShownText) { IsOptional = true };

    public static readonly FieldKind<bool> ShownBoolean = new((_, _, _) => null, (v, _) => v, _ => [], """{"type":"boolean"}""");

    public static readonly FieldKind<DateTimeOffset> ShownTime = new(
        (_, _, _) => null, (v, _) => v, _ => [], """{"type":"string","format":"date-time"}""");

    public static readonly FieldKind<DateTimeOffset?> ShownTimeIfAny =
        new((_, _, _) => null, (v, _) => v, _ => [], """{"type":"string","format":"date-time"}""") { IsOptional = true };

    public static readonly FieldKind<IReadOnlyList<string>> ShownStrings = new((_, _, _) => null, (v, _) => Array(v), _ => [], ShownTexts);

    /// <summary>A single-line string that a request cannot remove.</summary>
    public static FieldKind<string> Name(int maxLength) => Required(maxLength, (body, name) => body.Name(name, maxLength, required: true));

    /// <summary>A single-line string, or null. The empty string means the same as null.</summary>
    public static FieldKind<string?> NameIfAny(int maxLength) => Text(maxLength) with
    {
        Read = (body, name, _) => body.Name(name, maxLength) is { Length: > 0 } text ? new(text) : null,
    };

    /// <summary>A string that a request cannot remove.</summary>
    public static FieldKind<string> Required(int maxLength) =>
        Required(maxLength, (body, name) => body.Text(name, maxLength, required: true));

    /// <param name="pattern">For the schema; the field checks it.</param>
    /// <param name="isEmptyNull">The empty string means the same as null.</param>
    public static FieldKind<string?> Text(int maxLength, string? pattern = null, bool isEmptyNull = false) => new(
        (body, name, _) => body.Text(name, maxLength) is { } text && (text.Length > 0 || !isEmptyNull) ? new(text) : null,
        (v, _) => v,
        _ => pattern is null
            ? Schema($$"""{"type":["string","null"],"maxLength":{{maxLength}}}""")
            : Schema($$"""{"type":["string","null"],"maxLength":{{maxLength}},"pattern":"{{pattern}}"}"""),
        ShownText)
    { IsOptional = true, Control = new FieldControl.Line(maxLength, IsRequired: false) };

    /// <summary>Seconds, of which 0 means the default: protobuf's JSON writes an unset number as 0.</summary>
    public static FieldKind<TimeSpan> Seconds(long max) => new(
        (body, name, _) => ReadSeconds(body, name, max) is { } value ? new(value) : null,
        (v, _) => (long)v.TotalSeconds, _ => SecondsSchema(max), """{"type":"integer","format":"int64"}""")
    { Control = new FieldControl.Duration(max, IsOptional: false) };

    /// <summary>Seconds, or null to use another setting.</summary>
    public static FieldKind<TimeSpan?> SecondsIfAny(long max) => new(
        (body, name, _) => ReadSeconds(body, name, max) is { } value ? new(value) : null,
        (v, _) => v is { } seconds ? (long)seconds.TotalSeconds : null,
        _ => SecondsSchema(max),
        """{"type":"integer","format":"int64"}""")
    { IsOptional = true, Control = new FieldControl.Duration(max, IsOptional: true) };

    /// <summary>One of several strings.</summary>
    /// <param name="sentence">The error sentence, which lists them.</param>
    /// <param name="isRequired">A request cannot remove it.</param>
    public static FieldKind<V> Choice<V>(string sentence, bool isRequired, params IReadOnlyList<(string Word, V Value)> choices)
        where V : notnull => new(
        (body, name, _) =>
        {
            if (body.Text(name, MaxChoiceLength, isRequired) is not { } word)
            {
                return null;
            }

            foreach (var choice in choices.Where(choice => choice.Word == word))
            {
                return new(choice.Value);
            }

            body.Wrong(name, sentence);
            return null;
        },
        (v, _) => choices.First(c => EqualityComparer<V>.Default.Equals(c.Value, v)).Word,
        _ => isRequired
            ? new() { ["type"] = "string", ["enum"] = Array([.. choices.Select(c => c.Word)]) }
            : new() { ["type"] = Array(["string", "null"]), ["enum"] = new JsonArray([.. choices.Select(c => (JsonNode?)c.Word), null]) },
        ShownText)
        { ShowsDefault = !isRequired, Control = new FieldControl.Choice([.. choices.Select(c => c.Word)], IsOptional: false) };

    /// <summary>One of several strings, or null.</summary>
    /// <param name="sentence">The error sentence, which lists them.</param>
    public static FieldKind<V?> ChoiceIfAny<V>(string sentence, params IReadOnlyList<(string Word, V Value)> choices)
        where V : struct
    {
        var choice = Choice(sentence, isRequired: false, choices);
        return new(
            (body, name, _) => choice.Read(body, name, default) is { } read ? new(read.Value) : null,
            (v, use) => v is { } value ? choice.Write(value, use) : null,
            choice.Request,
            choice.Response)
        { IsOptional = true, Control = new FieldControl.Choice([.. choices.Select(c => c.Word)], IsOptional: true) };
    }

    /// <summary>Any of several strings, each at most once.</summary>
    /// <param name="sentence">The error sentence, which lists them.</param>
    public static FieldKind<IReadOnlyList<V>> Choices<V>(string sentence, params IReadOnlyList<(string Word, V Value)> choices)
        where V : struct => new(
        (body, name, _) =>
        {
            if (body.Texts(name, choices.Count, MaxChoiceLength) is not { } words)
            {
                return null;
            }

            IReadOnlyList<V> values = [.. choices.Where(c => words.Contains(c.Word, StringComparer.Ordinal)).Select(c => c.Value)];
            if (values.Count == words.Count)
            {
                return new(values);
            }

            body.Wrong(name, sentence);
            return null;
        },
        (v, _) => Array([.. choices.Where(c => v.Contains(c.Value)).Select(c => c.Word)]),
        _ => new()
        {
            ["type"] = Array(["array", "null"]),
            ["maxItems"] = choices.Count,
            ["uniqueItems"] = true,
            ["items"] = new JsonObject { ["type"] = "string", ["enum"] = Array([.. choices.Select(c => c.Word)]) },
        },
        ShownTexts)
        { ShowsDefault = true, Control = new FieldControl.Choices([.. choices.Select(c => c.Word)]) };

    public static FieldKind<IReadOnlyList<string>?> TextsIfAny(int maxCount, int maxLength) => new(
        (body, name, _) => body.Texts(name, maxCount, maxLength) is { } texts ? new(texts) : null,
        (v, _) => v is null ? null : Array(v),
        Texts(maxCount, maxLength).Request,
        ShownTexts)
    { IsOptional = true, Control = new FieldControl.Lines(maxCount, maxLength, IsOptional: true) };

    public static FieldKind<IReadOnlyList<string>> Texts(int maxCount, int maxLength) => new(
        (body, name, _) => body.Texts(name, maxCount, maxLength) is { } texts ? new(texts) : null,
        (v, _) => Array(v),
        _ => Schema($$$"""{"type":["array","null"],"maxItems":{{{maxCount}}},"items":{"type":"string","maxLength":{{{maxLength}}}}}"""),
        ShownTexts)
    { Control = new FieldControl.Lines(maxCount, maxLength, IsOptional: false) };

    /// <summary>A nested entity that only responses have.</summary>
    public static FieldKind<JsonObject?> ShownPart(FieldTable part) =>
        new((_, _, _) => null, (v, _) => v, _ => [], Reference(part)) { IsOptional = true, Part = part };

    /// <summary>A list of nested entities that only responses have.</summary>
    public static FieldKind<JsonArray?> ShownParts(FieldTable part) =>
        new((_, _, _) => null, (v, _) => v, _ => [], $$"""{"type":"array","items":{{Reference(part)}}}""") { Part = part };

    public static string Reference(FieldTable part) => $$"""{"$ref":"#/components/schemas/{{part.Name}}"}""";

    public static JsonObject Schema(string json) => JsonNode.Parse(json)!.AsObject();

    public static JsonArray Array(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode?)t)]);

    private const int MaxChoiceLength = 64;

    private static FieldKind<string> Required(int maxLength, Func<JsonBody, string, string?> read) => new(
        (body, name, _) => read(body, name) is { } text ? new(text) : null,
        (v, _) => v,
        _ => Schema($$"""{"type":"string","minLength":1,"maxLength":{{maxLength}}}"""),
        ShownText)
    { Control = new FieldControl.Line(maxLength, IsRequired: true) };

    private static JsonObject SecondsSchema(long max) =>
        Schema(string.Create(CultureInfo.InvariantCulture, $$"""{"type":["integer","null"],"minimum":0,"maximum":{{max}}}"""));

    private static TimeSpan? ReadSeconds(JsonBody body, string name, long max) =>
        body.Number(name, 0, max) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Reads a list of nested entities. Returns null when there is none.</summary>
    /// <param name="readOne">Returns an entry, and the errors of its members or null.</param>
    /// <param name="check">Returns the error of an entry behind the earlier ones, or null.</param>
    public static List<T>? ReadParts<T>(
        JsonBody body, string name, int maxCount, string notAnArray, Func<JsonElement, (T Part, Problem? Problem)> readOne,
        Func<T, List<T>, string?> check)
    {
        if (body.Element(name, JsonValueKind.Array, notAnArray) is not { } array)
        {
            return null;
        }

        var parts = new List<T>();
        foreach (var element in array.EnumerateArray())
        {
            var (part, problem) = readOne(element);
            if ((problem?.Detail.TrimEnd('.') ?? check(part, parts)) is { } what)
            {
                body.Wrong(name, what);
            }

            parts.Add(part);
        }

        if (parts.Count > maxCount)
        {
            body.Wrong(name, $"may have at most {maxCount} entries");
        }

        return parts;
    }
}
