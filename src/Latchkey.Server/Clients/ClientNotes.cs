using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Server.Clients;

/// <summary>What is known about the behaviour of a client, with the source and the day on which it was read.</summary>
/// <param name="Client">The family, or the name of a client that is in no family.</param>
/// <param name="Source">A public page.</param>
internal sealed record ClientNote(string Client, string Note, string Source, DateOnly Date);

/// <summary>The notes of <c>client-notes.json</c>, which the timeline of a sign-in shows.</summary>
internal static class ClientNotes
{
    public static ImmutableArray<ClientNote> All { get; } = Load();

    /// <param name="family">The entry of the catalogue of well-known clients, or null.</param>
    /// <param name="name">The name that the client gave itself.</param>
    public static IEnumerable<ClientNote> Of(string? family, string? name) =>
        All.Where(note => note.Client == family || note.Client == name);

    private static ImmutableArray<ClientNote> Load()
    {
        using var stream = typeof(ClientNotes).Assembly.GetManifestResourceStream("Latchkey.Server.Clients.client-notes.json")!;
        return JsonSerializer.Deserialize(stream, ClientNotesJson.Default.ImmutableArrayClientNote);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ImmutableArray<ClientNote>))]
internal sealed partial class ClientNotesJson : JsonSerializerContext;
