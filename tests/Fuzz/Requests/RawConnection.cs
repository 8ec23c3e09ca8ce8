using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Fuzz.Requests;

/// <summary>An HTTP response.</summary>
internal sealed record Response(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    public string? this[string header] => Headers.FirstOrDefault(h => h.Name.Equals(header, StringComparison.OrdinalIgnoreCase)).Value;

    public string MediaType => (this["Content-Type"] ?? "").Split(';')[0];

    public override string ToString() => $"{Status}\n{string.Join('\n', Headers.Select(h => $"{h.Name}: {h.Value}"))}\n\n"
        + $"{(Body.Length > 2_000 ? Body[..2_000] + "…" : Body)}";
}

/// <summary>The outcome of a request.</summary>
internal abstract record Outcome
{
    private Outcome() { }

    public sealed record Responded(Response Response) : Outcome;

    /// <summary>The server closed the connection, or its response is not HTTP/1.1.</summary>
    public sealed record Closed : Outcome;

    /// <summary>The server did not respond in time.</summary>
    public sealed record TimedOut : Outcome;
}

/// <summary>A connection that sends bytes unchanged. It is opened again when the server has closed it.</summary>
internal sealed class RawConnection(int port) : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan BeforeShutdown = TimeSpan.FromMilliseconds(150);

    private readonly byte[] buffer = new byte[64 * 1024];
    private TcpClient? connection;
    private NetworkStream? stream;
    private int filled;
    private int taken;

    /// <param name="isOdd">Whether the bytes may be no valid request: nothing follows on this connection.</param>
    public async Task<Outcome> SendAsync(byte[] request, bool isHead, bool isOdd)
    {
        var wasOpen = connection is not null;
        var outcome = await TrySendAsync(request, isHead, isOdd);

        // A kept connection may have been closed just before the request.
        return outcome is Outcome.Closed && wasOpen && !isOdd ? await TrySendAsync(request, isHead, isOdd) : outcome;
    }

    public void Dispose()
    {
        connection?.Dispose();
        connection = null;
    }

    private async Task<Outcome> TrySendAsync(byte[] request, bool isHead, bool isOdd)
    {
        using var limit = new CancellationTokenSource(MaxWait);
        try
        {
            if (connection is null)
            {
                connection = new TcpClient { NoDelay = true };
                (filled, taken) = (0, 0);
                await connection.ConnectAsync("127.0.0.1", port, limit.Token);
                stream = connection.GetStream();
            }

            await WriteAsync(request, limit.Token);
            var reading = ReadAsync(isHead, limit.Token);
            if (isOdd && await Task.WhenAny(reading, Task.Delay(BeforeShutdown, limit.Token)) != reading)
            {
                // The server may wait for more bytes than were sent.
                connection.Client.Shutdown(SocketShutdown.Send);
            }

            var response = await reading;
            if (response is null || isOdd || "close".Equals(response["Connection"], StringComparison.OrdinalIgnoreCase))
            {
                Dispose();
            }

            return response is null ? new Outcome.Closed() : new Outcome.Responded(response);
        }
        catch (OperationCanceledException)
        {
            Dispose();
            return new Outcome.TimedOut();
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            Dispose();
            return new Outcome.Closed();
        }
    }

    /// <summary>A server that refuses a request may close the connection before all bytes are sent.
    /// Its response is read nevertheless.</summary>
    private async Task WriteAsync(byte[] request, CancellationToken limit)
    {
        try
        {
            await stream!.WriteAsync(request, limit);
        }
        catch (IOException)
        {
        }
    }

    /// <returns>The response, or null if it is not HTTP/1.1.</returns>
    private async Task<Response?> ReadAsync(bool isHead, CancellationToken limit)
    {
        while (true)
        {
            if (await ReadLineAsync(limit) is not { } first || first.Split(' ') is not ["HTTP/1.1", var code, ..]
                || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                return null;
            }

            var headers = new List<(string, string)>();
            while (await ReadLineAsync(limit) is { Length: > 0 } line)
            {
                headers.Add(line.Split(':', 2) is [var name, var value] ? (name, value.Trim(' ')) : (line, ""));
            }

            if (status >= 200)
            {
                var response = new Response(status, headers, "");
                return response with
                {
                    Body = isHead || status is 204 or 304 ? "" : Encoding.UTF8.GetString(await ReadBodyAsync(response, limit))
                };
            }
        }
    }

    private async Task<byte[]> ReadBodyAsync(Response head, CancellationToken limit)
    {
        var body = new List<byte>();
        if ("chunked".Equals(head["Transfer-Encoding"], StringComparison.OrdinalIgnoreCase))
        {
            while (await ReadLineAsync(limit) is { } size
                && int.TryParse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var length) && length > 0)
            {
                await TakeAsync(body, length, limit);
                await ReadLineAsync(limit);
            }

            await ReadLineAsync(limit);
        }
        else
        {
            await TakeAsync(body, int.TryParse(head["Content-Length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                ? length
                : int.MaxValue, limit);
        }

        return [.. body];
    }

    private async Task TakeAsync(List<byte> into, int length, CancellationToken limit)
    {
        while (length > 0 && (taken < filled || await FillAsync(limit)))
        {
            var part = Math.Min(length, filled - taken);
            into.AddRange(buffer.AsSpan(taken, part));
            (taken, length) = (taken + part, length - part);
        }
    }

    private async Task<string?> ReadLineAsync(CancellationToken limit)
    {
        var line = new StringBuilder();
        while (taken < filled || await FillAsync(limit))
        {
            var next = (char)buffer[taken++];
            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(next);
        }

        return null;
    }

    private async Task<bool> FillAsync(CancellationToken limit)
    {
        (filled, taken) = (await stream!.ReadAsync(buffer, limit), 0);
        return filled > 0;
    }
}
