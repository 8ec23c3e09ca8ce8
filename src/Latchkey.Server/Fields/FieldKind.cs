using System.Globalization;
using System.Text.Json.Nodes;

namespace Latchkey.Server.Fields;

/// <summary>A kind of value without its type: everything that documents and schemas need.</summary>
/// <param name="IsOptional">A response may leave the field out.</param>
/// <param name="ShowsDefault">The schema of a request names the default.</param>
/// <param name="Part">The entity that the value consists of; null where it consists of none.</param>
internal sealed record FieldShape(Func<FieldUse, JsonObject> Request, string Response, bool IsOptional, bool ShowsDefault, FieldTable? Part)
{
    public JsonObject ResponseSchema() => JsonNode.Parse(Response)!.AsObject();
}

/// <summary>Returns false for a value that is absent, null or wrong; what is wrong with it is recorded in the body.</summary>
/// <param name="former">The value that the entity has.</param>
internal delegate bool ReadField<V>(JsonBody body, string name, V former, out V value);

/// <summary>A kind of value: how it is read, how it is written, and its schema in a request and in a response.</summary>
internal sealed record FieldKind<V>(
    ReadField<V> Read, Func<V, FieldUse, JsonNode?> Write, Func<FieldUse, JsonObject> Request, string Response)
{
    public bool IsOptional { get; init; }
    public bool ShowsDefault { get; init; }
    public FieldTable? Part { get; init; }

    public FieldShape Shape => new(Request, Response, IsOptional, ShowsDefault, Part);
}

internal static class FieldKinds
{
    private const string ShownText = """{"type":"string"}""";
    private const string ShownTexts = """{"type":"array","items":{"type":"string"}}""";

    public static readonly FieldKind<bool> Boolean =
        new(ReadBoolean, (v, _) => v, _ => Schema("""{"type":["boolean","null"]}"""), """{"type":"boolean"}""") { ShowsDefault = true };

    /// <summary>A string that only responses have.</summary>
    public static readonly FieldKind<string> Shown = new(NotRead, (v, _) => v, _ => [], ShownText);

    public static readonly FieldKind<string?> ShownIfAny = new(NotRead, (v, _) => v, _ => [], ShownText) { IsOptional = true };

    public static readonly FieldKind<bool> ShownBoolean = new(NotRead, (v, _) => v, _ => [], """{"type":"boolean"}""");

    public static readonly FieldKind<DateTimeOffset> ShownTime = new(
        NotRead, (v, _) => v, _ => [], """{"type":"string","format":"date-time"}""");

    public static readonly FieldKind<DateTimeOffset?> ShownTimeIfAny =
        new(NotRead, (v, _) => v, _ => [], """{"type":"string","format":"date-time"}""") { IsOptional = true };

    public static readonly FieldKind<IReadOnlyList<string>> ShownStrings = new(NotRead, (v, _) => Array(v), _ => [], ShownTexts);

    /// <summary>A single-line string that a request cannot remove.</summary>
    public static FieldKind<string> Name(int maxLength) => Required(maxLength, (body, name) => body.Name(name, maxLength, required: true));

    /// <summary>A string that a request cannot remove.</summary>
    public static FieldKind<string> Required(int maxLength) =>
        Required(maxLength, (body, name) => body.Text(name, maxLength, required: true));

    /// <param name="pattern">For the schema; the field checks it.</param>
    /// <param name="isEmptyNull">The empty string means the same as null.</param>
    public static FieldKind<string?> Text(int maxLength, string? pattern = null, bool isEmptyNull = false) => new(
        (JsonBody body, string name, string? _, out string? value) =>
        {
            value = body.Text(name, maxLength) is { } text && (text.Length > 0 || !isEmptyNull) ? text : null;
            return value is not null;
        },
        (v, _) => v,
        _ => pattern is null
            ? Schema($$"""{"type":["string","null"],"maxLength":{{maxLength}}}""")
            : Schema($$"""{"type":["string","null"],"maxLength":{{maxLength}},"pattern":"{{pattern}}"}"""),
        ShownText)
    { IsOptional = true };

    /// <summary>Seconds, of which 0 means the default: protobuf's JSON writes an unset number as 0.</summary>
    public static FieldKind<TimeSpan> Seconds(long max) => new(
        (JsonBody body, string name, TimeSpan _, out TimeSpan value) => ReadSeconds(body, name, max, out value),
        (v, _) => (long)v.TotalSeconds, _ => SecondsSchema(max), """{"type":"integer","format":"int64"}""");

    /// <summary>Seconds, or null to use another setting.</summary>
    public static FieldKind<TimeSpan?> SecondsIfAny(long max) => new(
        (JsonBody body, string name, TimeSpan? _, out TimeSpan? value) =>
        {
            var isRead = ReadSeconds(body, name, max, out var seconds);
            value = isRead ? seconds : null;
            return isRead;
        },
        (v, _) => v is { } seconds ? (long)seconds.TotalSeconds : null,
        _ => SecondsSchema(max),
        """{"type":"integer","format":"int64"}""")
    { IsOptional = true };

    /// <summary>One of several strings.</summary>
    /// <param name="sentence">The error sentence, which lists them.</param>
    /// <param name="isRequired">A request cannot remove it.</param>
    public static FieldKind<V> Choice<V>(string sentence, bool isRequired, params IReadOnlyList<(string Word, V Value)> choices)
        where V : notnull => new(
        (JsonBody body, string name, V former, out V value) =>
        {
            value = former;
            if (body.Text(name, MaxChoiceLength, isRequired) is not { } word)
            {
                return false;
            }

            foreach (var choice in choices)
            {
                if (choice.Word == word)
                {
                    value = choice.Value;
                    return true;
                }
            }

            body.Wrong(name, sentence);
            return false;
        },
        (v, _) => choices.First(c => EqualityComparer<V>.Default.Equals(c.Value, v)).Word,
        _ => isRequired
            ? new() { ["type"] = "string", ["enum"] = Array([.. choices.Select(c => c.Word)]) }
            : new() { ["type"] = Array(["string", "null"]), ["enum"] = new JsonArray([.. choices.Select(c => (JsonNode?)c.Word), null]) },
        ShownText)
        { ShowsDefault = !isRequired };

    /// <summary>One of several strings, or null.</summary>
    /// <param name="sentence">The error sentence, which lists them.</param>
    public static FieldKind<V?> ChoiceIfAny<V>(string sentence, params IReadOnlyList<(string Word, V Value)> choices)
        where V : struct
    {
        var choice = Choice(sentence, isRequired: false, choices);
        return new(
            (JsonBody body, string name, V? former, out V? value) =>
            {
                var isRead = choice.Read(body, name, default, out var read);
                value = isRead ? read : null;
                return isRead;
            },
            (v, use) => v is { } value ? choice.Write(value, use) : null,
            choice.Request,
            choice.Response)
        { IsOptional = true };
    }

    /// <summary>Any of several strings, each at most once.</summary>
    /// <param name="sentence">The error sentence, which lists them.</param>
    public static FieldKind<IReadOnlyList<V>> Choices<V>(string sentence, params IReadOnlyList<(string Word, V Value)> choices)
        where V : struct => new(
        (JsonBody body, string name, IReadOnlyList<V> former, out IReadOnlyList<V> value) =>
        {
            value = former;
            if (body.Texts(name, choices.Count, MaxChoiceLength) is not { } words)
            {
                return false;
            }

            value = [.. choices.Where(c => words.Contains(c.Word, StringComparer.Ordinal)).Select(c => c.Value)];
            if (value.Count == words.Count)
            {
                return true;
            }

            body.Wrong(name, sentence);
            return false;
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
        { ShowsDefault = true };

    public static FieldKind<IReadOnlyList<string>?> TextsIfAny(int maxCount, int maxLength) => new(
        (JsonBody body, string name, IReadOnlyList<string>? _, out IReadOnlyList<string>? value) =>
            (value = body.Texts(name, maxCount, maxLength)) is not null,
        (v, _) => v is null ? null : Array(v),
        Texts(maxCount, maxLength).Request,
        ShownTexts)
    { IsOptional = true };

    public static FieldKind<IReadOnlyList<string>> Texts(int maxCount, int maxLength) => new(
        (JsonBody body, string name, IReadOnlyList<string> _, out IReadOnlyList<string> value) =>
        {
            var texts = body.Texts(name, maxCount, maxLength);
            value = texts ?? [];
            return texts is not null;
        },
        (v, _) => Array(v),
        _ => Schema($$$"""{"type":["array","null"],"maxItems":{{{maxCount}}},"items":{"type":"string","maxLength":{{{maxLength}}}}}"""),
        ShownTexts);

    /// <summary>A nested entity that only responses have.</summary>
    public static FieldKind<JsonObject?> ShownPart(FieldTable part) =>
        new(NotRead, (v, _) => v, _ => [], Reference(part)) { IsOptional = true, Part = part };

    /// <summary>A list of nested entities that only responses have.</summary>
    public static FieldKind<JsonArray?> ShownParts(FieldTable part) =>
        new(NotRead, (v, _) => v, _ => [], $$"""{"type":"array","items":{{Reference(part)}}}""") { Part = part };

    public static string Reference(FieldTable part) => $$"""{"$ref":"#/components/schemas/{{part.Name}}"}""";

    public static JsonObject Schema(string json) => JsonNode.Parse(json)!.AsObject();

    public static JsonArray Array(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode?)t)]);

    private const int MaxChoiceLength = 64;

    private static FieldKind<string> Required(int maxLength, Func<JsonBody, string, string?> read) => new(
        (JsonBody body, string name, string former, out string value) =>
        {
            var text = read(body, name);
            value = text ?? former;
            return text is not null;
        },
        (v, _) => v,
        _ => Schema($$"""{"type":"string","minLength":1,"maxLength":{{maxLength}}}"""),
        ShownText);

    private static JsonObject SecondsSchema(long max) =>
        Schema(string.Create(CultureInfo.InvariantCulture, $$"""{"type":["integer","null"],"minimum":0,"maximum":{{max}}}"""));

    private static bool ReadSeconds(JsonBody body, string name, long max, out TimeSpan value)
    {
        var seconds = body.Number(name, 0, max) ?? 0;
        value = TimeSpan.FromSeconds(seconds);
        return seconds > 0;
    }

    private static bool ReadBoolean(JsonBody body, string name, bool former, out bool value)
    {
        var said = body.YesNo(name);
        value = said ?? former;
        return said is not null;
    }

    private static bool NotRead<V>(JsonBody body, string name, V former, out V value)
    {
        value = former;
        return false;
    }
}
