using System.Net.Sockets;
using System.Text;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Sends bytes over TCP that an HTTP library would correct or refuse to send.</summary>
internal static class RawHttp
{
    /// <summary>Sends one request unchanged and reads until the server closes the connection.</summary>
    /// <param name="target">The request target, with one byte per character.</param>
    /// <param name="headers">Complete header lines. Host, Connection and Content-Length are added.</param>
    public static async Task<RawHttpResponse> SendAsync(
        LatchkeyHost host, string method, string target, string[]? headers = null, byte[]? body = null)
    {
        var address = new Uri(host.Address);
        var lines = new List<string> { $"{method} {target} HTTP/1.1", "Connection: close" };
        lines.AddRange(headers ?? []);
        if (!lines.Exists(l => l.StartsWith("Host:", StringComparison.Ordinal)))
        {
            lines.Add($"Host: {address.Authority}");
        }

        if (body is not null && !lines.Exists(l => l.StartsWith("Transfer-Encoding:", StringComparison.Ordinal)))
        {
            lines.Add($"Content-Length: {body.Length}");
        }

        return await SendBytesAsync(host, [.. Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"), .. (body ?? [])]);
    }

    /// <summary>Sends bytes that need not be a valid request.</summary>
    public static async Task<RawHttpResponse> SendBytesAsync(LatchkeyHost host, byte[] bytes)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", new Uri(host.Address).Port);
        var stream = connection.GetStream();
        await WriteAsync(stream, bytes);
        return RawHttpResponse.Of(await ReadAsync(stream));
    }

    /// <summary>Sends a body in chunks, without a Content-Length.</summary>
    public static async Task<RawHttpResponse> SendInChunksAsync(
        LatchkeyHost host, string target, string contentType, byte[] body, params string[] headers)
    {
        const int ChunkLength = 8 * 1024;
        using var chunked = new MemoryStream();
        foreach (var chunk in body.Chunk(ChunkLength))
        {
            chunked.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
            chunked.Write(chunk);
            chunked.Write("\r\n"u8);
        }

        chunked.Write("0\r\n\r\n"u8);
        return await SendAsync(
            host, "POST", target, ["Transfer-Encoding: chunked", $"Content-Type: {contentType}", .. headers], chunked.ToArray());
    }

    /// <summary>
    /// A server that refuses a request may close the connection before all bytes are sent. Its response is read nevertheless.
    /// </summary>
    private static async Task WriteAsync(NetworkStream stream, byte[] bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
        }
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, limit.Token) is var read and > 0)
            {
                all.Write(buffer, 0, read);
            }
        }
        catch (IOException)
        {
            // The connection was reset instead of closed. The received bytes are the response.
        }

        return all.ToArray();
    }
}

/// <summary>A response as it was received over TCP.</summary>
internal sealed record RawHttpResponse(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    public string? this[string header] => Headers.FirstOrDefault(h => h.Name.Equals(header, StringComparison.OrdinalIgnoreCase)).Value;

    public static RawHttpResponse Of(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        Assert.StartsWith("HTTP/1.1 ", text, StringComparison.Ordinal);
        var (head, body) =
            text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and >= 0 ? (text[..end], text[(end + 4)..]) : (text, "");
        var lines = head.Split("\r\n");
        return new(
            int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture),
            [.. lines.Skip(1).Select(l => l.Split(": ", 2)).Select(p => (p[0], p.Length > 1 ? p[1] : ""))],
            body);
    }
}
