using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Server.Fields;

/// <summary>
/// How a form of the dashboard shows a value: the inputs that it consists of, and the JSON value that their texts become. A text that is
/// not valid becomes an invalid JSON value, so that the reader of the field refuses it with the error of the API.
/// </summary>
internal abstract record FieldControl
{
    private FieldControl() { }

    /// <summary>One line of text.</summary>
    /// <param name="IsRequired">An empty text stays empty, and is refused. Otherwise it becomes null.</param>
    internal sealed record Line(int MaxLength, bool IsRequired) : FieldControl
    {
        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value) =>
            value is null ? [] : [new(name, TextOf(value))];

        public override JsonNode? Read(string name, RequestParameters typed) => typed[name]?.ReplaceLineEndings("\n").Trim() switch
        {
            { Length: > 0 } text => text,
            _ => IsRequired ? "" : null,
        };
    }

    /// <summary>Several texts, one per line.</summary>
    /// <param name="IsOptional">Null has a meaning of its own, so that two radio buttons say whether there is a list.</param>
    internal sealed record Lines(int MaxCount, int MaxLength, bool IsOptional) : FieldControl
    {
        public const string Listed = "listed";

        /// <summary>The name of the radio buttons.</summary>
        public static string Mode(string name) => name + ".mode";

        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value)
        {
            if (value is not JsonArray texts)
            {
                yield break;
            }

            if (IsOptional)
            {
                yield return new(Mode(name), Listed);
            }

            yield return new(name, string.Join('\n', texts.Select(TextOf)));
        }

        public override JsonNode? Read(string name, RequestParameters typed) => IsOptional && typed[Mode(name)] != Listed
            ? null
            : FieldKinds.Array((typed[name] ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>A checkbox.</summary>
    internal sealed record Switch : FieldControl
    {
        private const string On = "true";

        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value) =>
            value is not null && TextOf(value) == On ? [new(name, On)] : [];

        public override JsonNode? Read(string name, RequestParameters typed) => typed[name] == On;
    }

    /// <summary>Yes, no, or null to use another setting.</summary>
    internal sealed record SwitchIfAny : FieldControl
    {
        public const string Yes = "true";
        public const string No = "false";

        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value) =>
            value is null ? [] : [new(name, TextOf(value))];

        public override JsonNode? Read(string name, RequestParameters typed) => typed[name] switch
        {
            Yes => true,
            No => false,
            var other => other,
        };
    }

    /// <summary>One of several values.</summary>
    /// <param name="IsOptional">An empty option stands for null.</param>
    internal sealed record Choice(IReadOnlyList<string> Values, bool IsOptional) : FieldControl
    {
        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value) =>
            value is null ? [] : [new(name, TextOf(value))];

        public override JsonNode? Read(string name, RequestParameters typed) => typed[name];
    }

    /// <summary>Any of several values, as checkboxes.</summary>
    internal sealed record Choices(IReadOnlyList<string> Values) : FieldControl
    {
        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value) =>
            value is JsonArray chosen ? chosen.Select(one => KeyValuePair.Create(name, TextOf(one))) : [];

        public override JsonNode? Read(string name, RequestParameters typed) => FieldKinds.Array([.. typed.All(name)]);
    }

    /// <summary>A number of seconds, as a number and its unit. An empty text stands for the default.</summary>
    internal sealed record Duration(long MaxSeconds, bool IsOptional) : FieldControl
    {
        public static readonly IReadOnlyList<(string Name, long Seconds)> Units =
            [("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 24 * 3600)];

        /// <summary>The name of the select of the unit.</summary>
        public static string Unit(string name) => name + ".unit";

        /// <summary>Writes a duration in the largest unit that divides it.</summary>
        public static (long Number, string Unit) Split(long seconds)
        {
            var (unit, factor) = Units.Last(u => u.Seconds == 1 || (seconds >= u.Seconds && seconds % u.Seconds == 0));
            return (seconds / factor, unit);
        }

        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value)
        {
            if (value is not null && long.TryParse(TextOf(value), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                var (number, unit) = Split(seconds);
                yield return new(name, number.ToString(CultureInfo.InvariantCulture));
                yield return new(Unit(name), unit);
            }
        }

        public override JsonNode? Read(string name, RequestParameters typed)
        {
            if (typed[name]?.Trim() is not { Length: > 0 } text)
            {
                return null;
            }

            var factor = Units.FirstOrDefault(u => u.Name == typed[Unit(name)], Units[0]).Seconds;
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number > MaxSeconds ? MaxSeconds + 1 : Math.Max(number, -1) * factor)
                : JsonValue.Create(text);
        }
    }

    /// <summary>
    /// A list of nested entities, one row of inputs each. A row without any text is left out, and so is one whose box Remove is ticked.
    /// </summary>
    internal sealed record Rows(FieldTable Part, int MaxCount) : FieldControl
    {
        /// <summary>The name of an input of a row.</summary>
        public static string Input(string name, int row, string member) =>
            string.Create(CultureInfo.InvariantCulture, $"{name}.{row}.{member}");

        /// <summary>The name of the checkbox that removes a row.</summary>
        public static string Removal(string name, int row) => Input(name, row, "remove");

        /// <summary>The members of a row that a form can change.</summary>
        public IReadOnlyList<Field> Members { get; } =
            [.. Part.Declared.Where(f => f.Use.HasFlag(FieldUse.Create) && f.Shape.Control is not null)];

        /// <summary>The number of rows that have inputs.</summary>
        public static int Count(string name, RequestParameters typed)
        {
            var prefix = name + ".";
            return typed.Everything.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(pair => int.TryParse(
                    pair.Key.AsSpan(prefix.Length, Math.Max(0, pair.Key.IndexOf('.', prefix.Length) - prefix.Length)),
                    NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row + 1 : 0)
                .DefaultIfEmpty(0).Max();
        }

        /// <summary>Whether a row has any text.</summary>
        public bool IsFilled(string name, int row, RequestParameters typed) =>
            Members.Any(m => m.Shape.Control is Line && !string.IsNullOrWhiteSpace(typed[Input(name, row, m.Name)]));

        public override IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value) => value is not JsonArray rows
            ? []
            : from row in rows.Index()
              from member in Members
              from input in member.Shape.Control!.Inputs(Input(name, row.Index, member.Name), (row.Item as JsonObject)?[member.Name])
              select input;

        public override JsonNode? Read(string name, RequestParameters typed) => new JsonArray(
        [
            .. from row in Enumerable.Range(0, Math.Min(Count(name, typed), MaxCount + 1))
               where typed[Removal(name, row)] is null && IsFilled(name, row, typed)
               select (JsonNode?)new JsonObject(
                   from member in Members
                   let value = member.Shape.Control!.Read(Input(name, row, member.Name), typed)
                   select KeyValuePair.Create(member.Name, value)),
        ]);
    }

    /// <summary>The inputs that show a value, as a browser sends them back.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Inputs(string name, JsonNode? value);

    /// <summary>The value for the body of a request.</summary>
    public abstract JsonNode? Read(string name, RequestParameters typed);

    private static string TextOf(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString() ?? "";
}
