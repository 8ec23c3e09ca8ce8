using System.Globalization;
using System.Text.Json.Nodes;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Microsoft.Extensions.Primitives;

namespace Latchkey.Server.Dashboard.Forms;

/// <summary>
/// A form made of fields of a table:
/// 1. it shows the values of the entity, or, after an error, what was typed;
/// 2. the form post becomes the body of a request of the management API, which reads it and decides what is wrong with it;
/// 3. its errors are shown beside their fields;
/// 4. the form carries the version that it was opened with. When the entity was changed meanwhile, fields that were not touched take the
/// new value, and those that were are shown with both values, so that the next press decides.
/// </summary>
public sealed record FieldForm
{
    private const string VersionInput = "version";
    private const string BeforeInput = "before";
    private const string MoreInput = "more";
    private const int FirstRows = 3;
    private const int MoreRows = 5;

    private FieldForm(FieldTable table, IReadOnlyList<FormPart> parts, RequestParameters typed) =>
        (Table, Parts, Typed) = (table, parts, typed);

    internal FieldTable Table { get; }
    internal IReadOnlyList<FormPart> Parts { get; }

    /// <summary>What the inputs show.</summary>
    internal RequestParameters Typed { get; private init; }

    /// <summary>The revision of the entity when the form was opened. Null for a new entity.</summary>
    internal long? Version { get; init; }

    /// <summary>The values when the form was opened, as JSON.</summary>
    internal JsonObject Before { get; init; } = [];

    /// <summary>The errors by field. Those under the empty name belong to no field.</summary>
    internal IReadOnlyDictionary<string, string> Errors { get; init; } = FormErrors.None;

    /// <summary>The code of the error, for programs.</summary>
    internal string? Code { get; init; }

    internal int Status { get; init; } = StatusCodes.Status200OK;
    internal IReadOnlyList<FormConflict> Conflicts { get; init; } = [];

    /// <summary>The values to choose from, of fields whose values are known: they are shown as a select.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, string>>> Options { get; init; } =
        new Dictionary<string, IReadOnlyList<KeyValuePair<string, string>>>(StringComparer.Ordinal);

    /// <summary>Whether the button that adds empty rows was pressed: the form is shown again, and nothing is changed.</summary>
    internal bool WantsMoreRows { get; private init; }

    /// <summary>The empty rows behind those of a list of nested entities.</summary>
    /// <param name="filled">The number of rows with a text.</param>
    internal int EmptyRows(int filled) => WantsMoreRows ? MoreRows : filled == 0 ? FirstRows : 1;

    internal bool HasRows => Fields.Any(f => f.Shape.Control is FieldControl.Rows);

    internal IEnumerable<Field> Fields => Parts.SelectMany(FieldsOf);

    /// <summary>The form of a new entity, with the defaults of the table.</summary>
    internal static FieldForm New(FieldTable table, params IReadOnlyList<FormPart> parts) => Of(
        table,
        new JsonObject(table.Declared.Where(f => f.Default is not null && !f.IsRequired).DistinctBy(f => f.Name)
            .Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.Default!.DeepClone()))),
        version: null,
        parts);

    /// <param name="values">What the table writes for the entity (<see cref="FieldTable{T, C}.Write"/>).</param>
    /// <param name="version">The revision of the entity.</param>
    internal static FieldForm Of(FieldTable table, JsonObject values, long? version, params IReadOnlyList<FormPart> parts)
    {
        var form = new FieldForm(table, parts, new([]));
        return form.With(values, version);
    }

    /// <summary>The form as it was posted.</summary>
    internal static FieldForm Posted(FieldTable table, RequestParameters form, params IReadOnlyList<FormPart> parts) =>
        new(table, parts, form)
        {
            Version = long.TryParse(form[VersionInput], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null,
            Before = PackedJson.Read(form[BeforeInput]),
            WantsMoreRows = form[MoreInput] is not null,
        };

    /// <summary>The body of the request of the management API.</summary>
    internal JsonObject Body => new(Fields.Select(f => KeyValuePair.Create(f.Name, Read(f, Typed))));

    /// <summary>The version that the change applies to, as the header of the management API.</summary>
    internal IfMatch Expected => Version is { } version ? new([IfMatch.TagOf(version)]) : IfMatch.Unsaid;

    /// <summary>Whether a problem says that the entity was changed since the form was opened.</summary>
    internal static bool IsConflict(Problem problem) => problem.Code == Problem.Overtaken.Code || problem.Code == IfMatch.Changed.Code;

    /// <summary>The hidden inputs.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Hidden => Version is not { } version ? [] :
    [
        new(VersionInput, version.ToString(CultureInfo.InvariantCulture)),
        new(BeforeInput, PackedJson.Write(Before)),
    ];

    internal FormText TextOf(Field field) => FormTexts.Of(Table, field);

    internal Field FieldOf(string name) => Table.Declared.First(f => f.Name == name);

    internal IEnumerable<Field> FieldsOf(FormPart part) => part.Fields.Select(FieldOf);

    /// <summary>The form with the errors of the management API. An error of no field of the form is shown above it.</summary>
    /// <param name="named">Words of the page for codes of problems, and the field that each belongs to.</param>
    internal FieldForm Refused(Problem problem, params IReadOnlyList<FormError> named)
    {
        var words = named.FirstOrDefault(error => error.Code == problem.Code);
        var errors = words is not null ? new Dictionary<string, string>(StringComparer.Ordinal) { [words.Field] = words.Sentence }
            : problem.Errors is null ? new Dictionary<string, string>(StringComparer.Ordinal) { [""] = problem.Detail }
            : problem.Errors.GroupBy(error => Fields.Any(f => f.Name == error.Key) ? error.Key : "", StringComparer.Ordinal)
                .ToDictionary(
                    group => group.Key,
                    group => string.Join(' ', group.Select(e => $"{LabelOf(e.Key)} {string.Join(", ", e.Value)}.")),
                    StringComparer.Ordinal);
        return this with { Errors = errors, Code = problem.Code, Status = problem.Status };
    }

    /// <summary>The form over the values that another change set meanwhile.</summary>
    internal FieldForm Overtaken(JsonObject now, long version)
    {
        var (before, present) = (InputsOf(Before), InputsOf(now));
        var conflicts = new List<FormConflict>();
        var inputs = new List<KeyValuePair<string, string>>();
        foreach (var field in Fields)
        {
            var (was, isNow, typed) = (Read(field, before), Read(field, present), Read(field, Typed));
            var isTouched = !JsonNode.DeepEquals(was, typed);
            inputs.AddRange(field.Shape.Control!.Inputs(field.Name, isTouched ? typed : isNow));
            if (isTouched && !JsonNode.DeepEquals(was, isNow) && !JsonNode.DeepEquals(typed, isNow))
            {
                conflicts.Add(new(TextOf(field).Label, Shown(field, was), Shown(field, isNow), Shown(field, typed)));
            }
        }

        return With(now, version) with
        {
            Typed = ParametersOf(inputs),
            Conflicts = conflicts,
            Code = Problem.Overtaken.Code,
            Status = Problem.Overtaken.Status,
            Errors = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [""] = conflicts.Count == 0
                    ? "It was changed at the same time. Your changes are below, together with the other ones. Nothing is stored yet."
                    : "It was changed at the same time. Compare the values below; what you typed is kept. Nothing is stored yet.",
            },
        };
    }

    /// <summary>The value of a field in words.</summary>
    internal string ShownOf(Field field) => Shown(field, Read(field, Typed));

    private string Shown(Field field, JsonNode? value) => field.Shape.Control switch
    {
        FieldControl.Switch => value?.GetValue<bool>() == true ? "Yes" : "No",
        FieldControl.SwitchIfAny => value is null ? TextOf(field).Unset : value.ToString() == FieldControl.SwitchIfAny.Yes ? "Yes" : "No",
        FieldControl.Choice => value is null ? TextOf(field).Unset : TextOf(field).Of(value.GetValue<string>()),
        FieldControl.Choices or FieldControl.Lines when value is JsonArray texts =>
            texts.Count == 0 ? "None" : string.Join(", ", texts.Select(t => TextOf(field).Of(t!.GetValue<string>()))),
        FieldControl.Duration when value is not null && long.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var seconds) =>
            Words(seconds),
        FieldControl.Rows when value is JsonArray rows => rows.Count == 0 ? "None" : string.Join("; ", rows.Select(row => string.Join(
            ", ", row!.AsObject().Select(m => m.Value?.ToString()).Where(text => !string.IsNullOrEmpty(text))))),
        FieldControl.Lines => TextOf(field).Unset,
        _ when value is not null && TextOf(field).IsPicture => "A picture",
        _ => value?.ToString() is { Length: > 0 } text ? text : "Empty",
    };

    /// <summary>A duration in words.</summary>
    internal static string Words(long seconds)
    {
        var (number, unit) = FieldControl.Duration.Split(seconds);
        return string.Create(CultureInfo.InvariantCulture, $"{number:N0} {(number == 1 ? unit[..^1] : unit)}");
    }

    private FieldForm With(JsonObject values, long? version)
    {
        var shown = new JsonObject(Fields.Select(f => KeyValuePair.Create(f.Name, values[f.Name]?.DeepClone())));
        return this with { Before = shown, Version = version, Typed = InputsOf(shown) };
    }

    private RequestParameters InputsOf(JsonObject values) =>
        ParametersOf(Fields.SelectMany(f => f.Shape.Control!.Inputs(f.Name, values[f.Name])));

    private string LabelOf(string name) => Fields.FirstOrDefault(f => f.Name == name) is { } field ? TextOf(field).Label : name;

    private static JsonNode? Read(Field field, RequestParameters typed) => field.Shape.Control!.Read(field.Name, typed);

    private static RequestParameters ParametersOf(IEnumerable<KeyValuePair<string, string>> inputs) =>
        new(inputs.Select(input => KeyValuePair.Create(input.Key, new StringValues(input.Value))));
}
