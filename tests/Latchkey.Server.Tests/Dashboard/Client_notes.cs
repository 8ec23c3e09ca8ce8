using Latchkey.Server.Clients;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The data file of notes per client.</summary>
public sealed class Client_notes
{
    [Fact]
    public void Every_note_is_a_sentence_with_a_source_and_a_date()
    {
        Assert.NotEmpty(ClientNotes.All);
        Assert.All(ClientNotes.All, note =>
        {
            Assert.EndsWith(".", note.Note, StringComparison.Ordinal);
            Assert.StartsWith("https://", note.Source, StringComparison.Ordinal);
            Assert.InRange(note.Date, new DateOnly(2026, 11, 1), new DateOnly(2100, 1, 1));
        });
        Assert.Equal(ClientNotes.All.Length, ClientNotes.All.Distinct().Count());
    }

    [Fact]
    public void A_note_is_about_an_entry_of_the_catalogue_or_about_a_client_without_one()
    {
        var families = KnownClients.Load(file: null).Names.ToHashSet(StringComparer.Ordinal);
        Assert.Equal(["Open WebUI"], ClientNotes.All.Select(n => n.Client).Where(c => !families.Contains(c)).Distinct());
    }
}
