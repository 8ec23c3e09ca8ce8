using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// One entity of the file. The members that only the file has are removed; the rest is the body of a REST request, which the readers of the
/// management API validate. Their errors are reported with the line.
/// </summary>
internal sealed class FileEntry(FileNode node, string key, FileErrors errors)
{
    private const string NeedsQuotes = "must be a string";

    private readonly List<FileMember> members = [.. node is FileNode.Mapping mapping ? mapping.Members : []];
    private readonly Dictionary<string, int> lines = Lines(node);
    private readonly Dictionary<string, string> spelling = new(StringComparer.Ordinal);

    public string Key => key;

    public int Line => node.Line;

    /// <summary>Returns whether it is a mapping, and records the error when it is not.</summary>
    public bool IsOne()
    {
        if (node is not FileNode.Mapping)
        {
            errors.Add(node.Line, key, "must be a mapping");
        }

        return node is FileNode.Mapping;
    }

    public bool Has(string name) => members.Exists(m => m.Name == name);

    public FileMember? Take(string name)
    {
        var found = members.Find(m => m.Name == name);
        _ = found is not null && members.Remove(found);
        return found;
    }

    /// <summary>Returns a nested list, or null.</summary>
    public IReadOnlyList<FileEntry>? TakeList(string name)
    {
        switch (Take(name)?.Value)
        {
            case null:
                return null;

            case FileNode.List list:
                return [.. list.Entries.Select((e, i) => new FileEntry(e, $"{FileParser.Join(key, name)}[{i}]", errors))];

            case { IsNull: true }:
                return [];

            default:
                Wrong(name, "must be a list");
                return null;
        }
    }

    /// <summary>Returns a list of strings. Null when it is absent or invalid, which is recorded.</summary>
    public IReadOnlyList<string>? TakeTexts(string name)
    {
        var json = Take(name)?.Value.ToJson();
        if (json is null or { ValueKind: JsonValueKind.Null })
        {
            return json is null ? null : [];
        }

        if (json is { ValueKind: JsonValueKind.Array } array && array.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String))
        {
            return [.. array.EnumerateArray().Select(e => e.GetString()!)];
        }

        Wrong(name, "must be a list of strings");
        return null;
    }

    /// <summary>Returns a string that identifies the entity. The readers validate it, so it stays a member.</summary>
    public string? Peek(string name) =>
        members.Find(m => m.Name == name)?.Value.ToJson() is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>Returns the members for the readers, without those that equal the stored value: an unchanged value stays valid when the
    /// rules for new values become stricter.</summary>
    /// <param name="present">The stored entity as the file writes it. Null when it is new.</param>
    public JsonBody Body(JsonObject? present = null)
    {
        members.RemoveAll(m => present?.TryGetPropertyValue(m.Name, out var value) == true
            && JsonNode.DeepEquals(value, JsonNode.Parse(m.Value.ToJson().GetRawText())));
        return JsonBody.Of(new FileNode.Mapping(members) { Line = Line }.ToJson());
    }

    /// <summary>Sets a member under its REST name instead of its name in the file. Errors use the name in the file.</summary>
    public void Put(string name, IEnumerable<string> texts, string insteadOf)
    {
        spelling[name] = insteadOf;
        members.Add(new(
            name,
            LineOf(insteadOf),
            new FileNode.List([.. texts.Select(t => new FileNode.Scalar(t, IsPlain: false) { Line = LineOf(insteadOf) })])
            {
                Line = LineOf(insteadOf)
            }));
    }

    /// <summary>Records the errors of a reader.</summary>
    /// <returns>True when there are none.</returns>
    public bool IsRight(JsonBody body)
    {
        var problem = body.Validate();
        if (problem is { Errors: null })
        {
            errors.Add(Line, key, problem.Detail.TrimEnd('.'));
        }

        foreach (var (name, sentences) in problem?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        {
            var told = spelling.GetValueOrDefault(name, name);
            var isBare = members.Find(m => m.Name == name)?.Value is FileNode.Scalar { IsPlain: true };

            // Errors that follow from an earlier one are not reported.
            foreach (var what in HasWrong(told) ? [] : sentences)
            {
                Wrong(
                    told,
                    what == JsonBody.UnknownMember ? "is not a known key"
                    : what == NeedsQuotes && isBare ? $"{what}; put it in quotes"
                    : what);
            }
        }

        return problem is null;
    }

    /// <summary>Returns whether this member, or one in it, has an error.</summary>
    public bool HasWrong(string name) => errors.AreAt(FileParser.Join(key, name));

    public void Wrong(string name, string what) => errors.Add(LineOf(name), FileParser.Join(key, name), what);

    /// <summary>Returns the line of a member, or that of the entry when it is absent.</summary>
    public int LineOf(string name) => lines.GetValueOrDefault(name, Line);

    private static Dictionary<string, int> Lines(FileNode node) =>
        node is FileNode.Mapping mapping
            ? mapping.Members.ToDictionary(m => m.Name, m => m.Line, StringComparer.Ordinal)
            : new(StringComparer.Ordinal);
}
