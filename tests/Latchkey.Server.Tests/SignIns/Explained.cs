using System.Globalization;
using System.Text.Json;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>What an operator reads about a cause in the lists of the API.</summary>
internal static class Explained
{
    /// <summary>
    /// Finds the cause in one list, by what the operator knows and the present minute, and checks that it is explained.
    /// </summary>
    /// <param name="known">A filter with its value, or an empty text.</param>
    public static async Task FindAsync(LatchkeyHost host, string code, string known, bool isUnattributed = false)
    {
        var now = host.Clock.GetUtcNow();
        var minute = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
        var (from, to) = (Time(minute), Time(minute.AddMinutes(1)));
        var found = isUnattributed
            ? (await host.SendAsync(HttpMethod.Get, $"/api/v1/unattributed-events?{known}&start_time={from}&end_time={to}"))
                .GetProperty("unattributed_events")
            : (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests?{known}&update_start_time={from}&update_end_time={to}"))
                .GetProperty("auth_requests");
        var shown = found.EnumerateArray().Where(e => e.TryGetProperty("cause", out var cause) && Text(cause, "code") == code).ToList();
        Assert.True(shown.Count > 0, found.GetRawText());
        ByCause(code, shown[0].GetProperty("cause"));
    }

    /// <summary>Checks that the cause has its station, its words, the parties that can remove it, and the two values that differ.</summary>
    public static void ByCause(string code, JsonElement shown)
    {
        var declared = Causes.Find(code)!;
        Assert.Equal((code, StoredNames.Of(declared.Station)), (Text(shown, "code"), Text(shown, "station")));
        Assert.Equal(declared.FixedBy.Count, shown.GetProperty("fixed_by").GetArrayLength());
        foreach (var member in (string[])["title", "explanation", "fix"])
        {
            Assert.NotEmpty(Text(shown, member)!);
            Assert.DoesNotContain(CauseText.Unknown, Text(shown, member), StringComparison.Ordinal);
        }

        Assert.True(declared.Compared is Compared.Values == shown.TryGetProperty("compared", out var compared), shown.GetRawText());
        if (declared.Compared is Compared.Values)
        {
            Assert.NotEmpty(Text(compared, "sent")!);
            Assert.NotEmpty(Text(compared, "expected")!);
        }
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() : null;
}
