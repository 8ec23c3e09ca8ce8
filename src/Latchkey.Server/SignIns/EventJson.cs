using System.Text.Json;

namespace Latchkey.Server.SignIns;

/// <summary>The stored form of the events of a row: an array of time (Unix, in milliseconds), name, cause,
/// actor and facts per event.</summary>
internal static class EventJson
{
    private const int Members = 5;

    public static void Write(Utf8JsonWriter json, IReadOnlyList<SignInEvent> events)
    {
        json.WriteStartArray();
        foreach (var happened in events)
        {
            json.WriteStartArray();
            json.WriteNumberValue(happened.At.ToUnixTimeMilliseconds());
            json.WriteStringValue(happened.Name);
            json.WriteStringValue(happened.CauseCode);
            json.WriteStringValue(happened.Actor);
            FactJson.Write(json, happened.Facts);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>Events that cannot be read are left out: the log must stay readable.</summary>
    public static IReadOnlyList<SignInEvent> Read(string text, AuthorizationId id, LoginRequestId? loginRequest)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return
            [
                .. document.RootElement.EnumerateArray()
                    .Where(e => e.ValueKind == JsonValueKind.Array && e.GetArrayLength() == Members)
                    .Select(e => new SignInEvent(
                        id, loginRequest, DateTimeOffset.FromUnixTimeMilliseconds(e[0].GetInt64()), e[1].GetString()!, FactJson.Read(e[4]))
                    {
                        CauseCode = e[2].GetString(),
                        Actor = e[3].GetString(),
                    }),
            ];
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return [];
        }
    }
}
