using System.Collections.Frozen;

namespace NotesMcp.Notes;

/// <summary>What a token may allow here, and which tool needs what.</summary>
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

    /// <summary>The scope a tool needs, or null for a tool that does not exist.</summary>
    public static string? OfTool(string tool) => ByTool.GetValueOrDefault(tool);
}
