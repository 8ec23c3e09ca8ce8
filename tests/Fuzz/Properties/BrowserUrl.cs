using System.Diagnostics;
using System.Text.Json;

namespace Fuzz.Properties;

/// <summary>A URL as a browser parses it (WHATWG URL).</summary>
/// <param name="Protocol">The scheme with the colon.</param>
/// <param name="HostName">The host, an IPv6 address in brackets.</param>
/// <param name="Href">The whole URL in the browser's form.</param>
internal sealed record BrowserUrl(string Protocol, string UserName, string HostName, string Port, string Href)
{
    private const string Script = """
        let text = '';
        process.stdin.setEncoding('utf8');
        process.stdin.on('data', part => text += part);
        process.stdin.on('end', () => process.stdout.write(JSON.stringify(JSON.parse(text).map(one => {
          try {
            const url = new URL(one);
            return { Protocol: url.protocol, UserName: url.username, HostName: url.hostname, Port: url.port, Href: url.href };
          } catch {
            return null;
          }
        }))));
        """;

    /// <summary>Parses many texts at once in a Node process. The result is null where a text is not a URL.</summary>
    public static async Task<BrowserUrl?[]> ReadAsync(IReadOnlyList<string> texts)
    {
        var start = new ProcessStartInfo("node", ["-e", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false
        };
        using var node = Process.Start(start)
            ?? throw new InvalidOperationException("These tests need Node (Debian: apt-get install npm); ./dev check installs it.");
        var output = node.StandardOutput.ReadToEndAsync();
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(texts));
        node.StandardInput.Close();
        var read = JsonSerializer.Deserialize<BrowserUrl?[]>(await output) ?? [];
        await node.WaitForExitAsync();
        Assert.Equal(texts.Count, read.Length);
        return read;
    }
}
