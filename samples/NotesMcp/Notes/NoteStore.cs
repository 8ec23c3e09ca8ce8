using System.Collections.Concurrent;
using System.Globalization;

namespace NotesMcp.Notes;

/// <summary>The owner of notes: a user is identified by connection and sub, not by the e-mail address, which can be reassigned.</summary>
internal readonly record struct NoteOwner(string ConnectionId, string Subject);

internal sealed record Note(string Id, string Title, string Text, DateTimeOffset ChangedAt);

/// <summary>The notes of all users, in memory and separate per user.</summary>
internal sealed class NoteStore
{
    public const int MostNotesPerPerson = 200;
    private readonly ConcurrentDictionary<NoteOwner, Notebook> notebooks = new();

    public IReadOnlyList<Note> List(NoteOwner owner) => Of(owner).List();

    public Note? Find(NoteOwner owner, string id) => Of(owner).Find(id);

    /// <summary>Adds a note. Returns null if the notebook is full.</summary>
    public Note? Add(NoteOwner owner, string title, string text) => Of(owner).Add(title, text);

    public bool Delete(NoteOwner owner, string id) => Of(owner).Delete(id);

    private Notebook Of(NoteOwner owner) => notebooks.GetOrAdd(owner, static _ => Notebook.OfNewUser());

    private sealed class Notebook
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<int, Note> notes = [];
        private int last;

        public static Notebook OfNewUser()
        {
            var notebook = new Notebook();
            notebook.Add("Welcome", "These notes are yours alone: they belong to the signed-in user, not to the program that reads them.");
            notebook.Add("Shopping", "Oil for the lock. A second key.");
            return notebook;
        }

        public IReadOnlyList<Note> List()
        {
            lock (gate)
            {
                return [.. notes.Values];
            }
        }

        public Note? Find(string id)
        {
            lock (gate)
            {
                return Number(id) is { } number ? notes.GetValueOrDefault(number) : null;
            }
        }

        public Note? Add(string title, string text)
        {
            lock (gate)
            {
                if (notes.Count >= MostNotesPerPerson)
                {
                    return null;
                }

                var number = ++last;
                return notes[number] = new Note($"n{number}", title, text, TimeProvider.System.GetUtcNow());
            }
        }

        public bool Delete(string id)
        {
            lock (gate)
            {
                return Number(id) is { } number && notes.Remove(number);
            }
        }

        private static int? Number(string id) =>
            id.StartsWith('n') && int.TryParse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
    }
}
