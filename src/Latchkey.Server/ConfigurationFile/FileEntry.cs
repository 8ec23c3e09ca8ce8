using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Http;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// One thing of the file. The members that only the file knows are taken out of it; what is left is the body that would be sent over REST, so that the readers
/// of the management API decide about it, and what they say is told with its line.
/// </summary>
internal sealed class FileEntry(FileNode node, string key, FileErrors errors)
{
    private const string NeedsQuotes = "must be a string";

    private readonly List<FileMember> members = [.. node is FileNode.Mapping mapping ? mapping.Members : []];
    private readonly Dictionary<string, int> lines = Lines(node);
    private readonly Dictionary<string, string> spelling = new(StringComparer.Ordinal);

    public string Key => key;

    public int Line => node.Line;

    /// <summary>It is a mapping; when it is not, that is told.</summary>
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

    /// <summary>A list of its own; null: it has none.</summary>
    public IReadOnlyList<FileEntry>? TakeList(string name)
    {
        switch (Take(name)?.Value)
        {
            case null:
                return null;

            case FileNode.List list:
                return [.. list.Entries.Select((e, i) => new FileEntry(e, $"{FileParser.Join(key, name)}[{i}]", errors))];

            case FileNode.Scalar { IsPlain: true } scalar when scalar.ToJson().ValueKind == JsonValueKind.Null:
                return [];

            default:
                Wrong(name, "must be a list");
                return null;
        }
    }

    /// <summary>A list of texts; null: it has none, or it is wrong, which is told.</summary>
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

    /// <summary>A text that says which thing this is; the readers judge it, so it stays a member.</summary>
    public string? Peek(string name) => members.Find(m => m.Name == name)?.Value.ToJson() is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>Leaves out what says no more than what is there: that is no change, and stays right when the rules for new values become stricter.</summary>
    public void Without(JsonObject present) =>
        members.RemoveAll(m => present.TryGetPropertyValue(m.Name, out var value) && JsonNode.DeepEquals(value, JsonNode.Parse(m.Value.ToJson().GetRawText())));

    /// <summary>Members as they stand for the readers.</summary>
    public JsonBody Body() => JsonBody.Of(new FileNode.Mapping(members) { Line = Line }.ToJson());

    /// <summary>A member under REST's name in the place of one that the file calls otherwise; what is wrong with it is told under the file's name.</summary>
    public void Put(string name, IEnumerable<string> texts, string insteadOf)
    {
        spelling[name] = insteadOf;
        members.Add(new(name, LineOf(insteadOf), new FileNode.List([.. texts.Select(t => new FileNode.Scalar(t, IsPlain: false) { Line = LineOf(insteadOf) })]) { Line = LineOf(insteadOf) }));
    }

    /// <summary>Tells what a reader found.</summary>
    /// <returns>True: nothing.</returns>
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

            // What follows from an error that was told already is not told.
            foreach (var what in HasWrong(told) ? [] : sentences)
            {
                Wrong(told, what == JsonBody.UnknownMember ? "is no key that is known here" : what == NeedsQuotes && isBare ? $"{what}; put it in quotes" : what);
            }
        }

        return problem is null;
    }

    /// <summary>Something was told about this member, or about something in it.</summary>
    public bool HasWrong(string name) => errors.AreAt(FileParser.Join(key, name));

    public void Wrong(string name, string what) => errors.Add(LineOf(name), FileParser.Join(key, name), what);

    /// <summary>The line of a member, or that of the whole entry where it is missing.</summary>
    public int LineOf(string name) => lines.GetValueOrDefault(name, Line);

    private static Dictionary<string, int> Lines(FileNode node) =>
        node is FileNode.Mapping mapping ? mapping.Members.ToDictionary(m => m.Name, m => m.Line, StringComparer.Ordinal) : new(StringComparer.Ordinal);
}
