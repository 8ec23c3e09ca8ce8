using System.Text.Json;

namespace Latchkey.Server.SignIns;

/// <summary>The stored form of facts: an array of kind, name and value per fact.</summary>
internal static class FactJson
{
    private const string Kinds = "sen";

    public static void Write(Utf8JsonWriter json, IReadOnlyList<Fact> facts)
    {
        json.WriteStartArray();
        foreach (var fact in facts)
        {
            json.WriteStartArray();
            json.WriteStringValue(Kinds.AsSpan((int)fact.Kind, 1));
            json.WriteStringValue(fact.Name);
            json.WriteStringValue(fact.Value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    public static string Of(IReadOnlyList<Fact> facts) => SignInJson.Write(json => Write(json, facts));

    /// <summary>Facts that cannot be read are left out: the log must stay readable.</summary>
    public static IReadOnlyList<Fact> Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Read(document.RootElement);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <exception cref="InvalidOperationException">The element is not an array of facts.</exception>
    public static IReadOnlyList<Fact> Read(JsonElement facts) => [.. facts.EnumerateArray().Select(ReadOne).OfType<Fact>()];

    private static Fact? ReadOne(JsonElement fact) =>
        fact.ValueKind == JsonValueKind.Array && fact.GetArrayLength() == 3
        && Kinds.IndexOf(fact[0].GetString()!, StringComparison.Ordinal) is >= 0 and var kind
            ? new((FactKind)kind, fact[1].GetString()!, fact[2].GetString()!)
            : null;
}
