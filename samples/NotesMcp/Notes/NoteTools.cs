using System.ComponentModel;
using System.Security.Claims;
using ModelContextProtocol;
using ModelContextProtocol.Server;
using NotesMcp.Auth;

namespace NotesMcp.Notes;

/// <summary>The tools. Each works on the notes of the token's user and checks the token's scope.</summary>
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
    [Description("Lists the id and title of each note of the signed-in user.")]
    public NoteList List(ClaimsPrincipal user) =>
        new(
            user.FindFirstValue("name") ?? user.FindFirstValue("email"),
            [.. store.List(Owner(user, NoteScopes.Read)).Select(note => new NoteTitle(note.Id, note.Title))]);

    [McpServerTool(Name = ReadNote, Title = "Read a note", ReadOnly = true, OpenWorld = false, UseStructuredContent = true)]
    [Description("Reads one note of the signed-in user.")]
    public Note Read(ClaimsPrincipal user, [Description("The note's id, as list_notes returns it.")] string id) =>
        store.Find(Owner(user, NoteScopes.Read), id)
        ?? throw new McpException($"There is no note '{id}'. list_notes returns the existing ids.");

    [McpServerTool(
        Name = AddNote, Title = "Add a note", Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true)]
    [Description("Adds a note for the signed-in user.")]
    public Note Add(
        ClaimsPrincipal user,
        [Description("The title: one line of at most 200 characters.")] string title,
        [Description("The text: at most 20000 characters.")] string text)
    {
        var owner = Owner(user, NoteScopes.Write);
        if (string.IsNullOrWhiteSpace(title) || title.Length > LongestTitle || text.Length > LongestText)
        {
            throw new McpException($"A note needs a title of 1 to {LongestTitle} characters and a text of at most {LongestText}.");
        }

        return store.Add(owner, title, text)
            ?? throw new McpException($"The notebook is full: {NoteStore.MostNotesPerPerson} notes. Delete one first.");
    }

    [McpServerTool(Name = DeleteNote, Title = "Delete a note", Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Permanently deletes one note of the signed-in user.")]
    public string Delete(ClaimsPrincipal user, [Description("The note's id, as list_notes returns it.")] string id) =>
        store.Delete(Owner(user, NoteScopes.Write), id) ? $"Deleted {id}." : throw new McpException($"There is no note '{id}'.");

    private static NoteOwner Owner(ClaimsPrincipal user, string scope)
    {
        if (!ToolScopeMiddleware.ScopesOf(user).Contains(scope))
        {
            throw new McpException($"The token lacks the scope {scope}.");
        }

        return user.FindFirstValue("connection_id") is { Length: > 0 } connection && user.FindFirstValue("sub") is { Length: > 0 } subject
            ? new NoteOwner(connection, subject)
            : throw new McpException("The token belongs to a program, not to a user. Programs have no notes.");
    }
}

internal sealed record NoteTitle(string Id, string Title);

/// <summary>The notes of a user; <paramref name="Owner"/> is the name in the token.</summary>
internal sealed record NoteList(string? Owner, IReadOnlyList<NoteTitle> Notes);
