using System.ComponentModel;
using System.Security.Claims;
using ModelContextProtocol;
using ModelContextProtocol.Server;
using NotesMcp.Guard;

namespace NotesMcp.Notes;

/// <summary>The tools. Each works on the notes of the person the token speaks for, and checks its scope itself.</summary>
[McpServerToolType]
internal sealed class NoteTools(NoteStore store)
{
    public const string ListNotes = "list_notes";
    public const string ReadNote = "read_note";
    public const string AddNote = "add_note";
    public const string DeleteNote = "delete_note";
    private const int LongestTitle = 200;
    private const int LongestText = 20_000;

    [McpServerTool(Name = ListNotes, Title = "List notes", ReadOnly = true, OpenWorld = false, UseStructuredContent = true)]
    [Description("Lists the notes of the signed-in person: id and title of each.")]
    public NoteList List(ClaimsPrincipal user) =>
        new(user.FindFirstValue("name") ?? user.FindFirstValue("email"), [.. store.List(Owner(user, NoteScopes.Read)).Select(note => new NoteTitle(note.Id, note.Title))]);

    [McpServerTool(Name = ReadNote, Title = "Read a note", ReadOnly = true, OpenWorld = false, UseStructuredContent = true)]
    [Description("Reads one note of the signed-in person.")]
    public Note Read(ClaimsPrincipal user, [Description("The note's id, as list_notes gives it.")] string id) =>
        store.Find(Owner(user, NoteScopes.Read), id) ?? throw new McpException($"There is no note '{id}'. list_notes says which there are.");

    [McpServerTool(Name = AddNote, Title = "Add a note", Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true)]
    [Description("Adds a note for the signed-in person.")]
    public Note Add(
        ClaimsPrincipal user,
        [Description("One line, at most 200 characters.")] string title,
        [Description("The note, at most 20000 characters.")] string text)
    {
        var owner = Owner(user, NoteScopes.Write);
        if (string.IsNullOrWhiteSpace(title) || title.Length > LongestTitle || text.Length > LongestText)
        {
            throw new McpException($"A note needs a title of 1 to {LongestTitle} characters and a text of at most {LongestText}.");
        }

        return store.Add(owner, title, text) ?? throw new McpException($"The notebook is full: {NoteStore.MostNotesPerPerson} notes. Delete one first.");
    }

    [McpServerTool(Name = DeleteNote, Title = "Delete a note", Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Deletes one note of the signed-in person for good.")]
    public string Delete(ClaimsPrincipal user, [Description("The note's id, as list_notes gives it.")] string id) =>
        store.Delete(Owner(user, NoteScopes.Write), id) ? $"Deleted {id}." : throw new McpException($"There is no note '{id}'.");

    private static NoteOwner Owner(ClaimsPrincipal user, string scope)
    {
        if (!ToolScopeGate.ScopesOf(user).Contains(scope))
        {
            throw new McpException($"The token lacks the scope {scope}.");
        }

        return user.FindFirstValue("connection_id") is { Length: > 0 } connection && user.FindFirstValue("sub") is { Length: > 0 } subject
            ? new NoteOwner(connection, subject)
            : throw new McpException("The token speaks for a program, not for a person, and programs have no notes.");
    }
}

internal sealed record NoteTitle(string Id, string Title);

/// <summary>What a person has; <paramref name="Owner"/> is their name as the token carries it.</summary>
internal sealed record NoteList(string? Owner, IReadOnlyList<NoteTitle> Notes);
