namespace Latchkey.Server.Tests.Actors;

/// <summary>A stream of Server-Sent Events of the dashboard.</summary>
internal sealed class EventStream : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;
    private readonly StreamReader reader;

    private EventStream(HttpClient http, StreamReader reader) => (this.http, this.reader) = (http, reader);

    public static async Task<EventStream> OpenAsync(DashboardUser user, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/event-stream");
        request.Headers.Add("Cookie", $"lk-op={user.Token.Value}");
        var connection = user.Host.NewClient();
        var response = await connection.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new(connection, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>Returns the data of the next event with this name.</summary>
    public async Task<string> NextAsync(string name)
    {
        using var time = new CancellationTokenSource(MaxWait);
        var current = "";
        while (await reader.ReadLineAsync(time.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                current = line["event: ".Length..];
            }
            else if (current == name && line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return line["data: ".Length..];
            }
        }

        throw new InvalidOperationException($"The stream ended without an event {name}.");
    }

    public void Dispose()
    {
        reader.Dispose();
        http.Dispose();
    }
}
