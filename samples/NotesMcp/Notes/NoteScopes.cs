using System.Collections.Frozen;

namespace NotesMcp.Notes;

/// <summary>The scopes of this server and the scope of each tool.</summary>
internal static class NoteScopes
{
    public const string Read = "notes:read";
    public const string Write = "notes:write";

    public static readonly IReadOnlyList<string> All = [Read, Write];

    private static readonly FrozenDictionary<string, string> ByTool = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [NoteTools.ListNotes] = Read,
        [NoteTools.ReadNote] = Read,
        [NoteTools.AddNote] = Write,
        [NoteTools.DeleteNote] = Write,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The scope that a tool requires, or null for an unknown tool.</summary>
    public static string? OfTool(string tool) => ByTool.GetValueOrDefault(tool);
}
