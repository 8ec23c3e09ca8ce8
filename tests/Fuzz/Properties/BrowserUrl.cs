using System.Diagnostics;
using System.Text.Json;

namespace Fuzz.Properties;

/// <summary>A URL as a browser reads it (WHATWG URL): what it would dial.</summary>
/// <param name="Protocol">With its colon.</param>
/// <param name="HostName">IPv6 in its brackets.</param>
/// <param name="Href">The whole, as the browser would write it.</param>
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

    /// <summary>Reads many at once, in a Node of its own; null where a browser sees no URL.</summary>
    public static async Task<BrowserUrl?[]> ReadAsync(IReadOnlyList<string> texts)
    {
        var start = new ProcessStartInfo("node", ["-e", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("These tests need Node (Debian: apt-get install npm); ./dev check installs it.");
        var output = node.StandardOutput.ReadToEndAsync();
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(texts));
        node.StandardInput.Close();
        var read = JsonSerializer.Deserialize<BrowserUrl?[]>(await output) ?? [];
        await node.WaitForExitAsync();
        Assert.Equal(texts.Count, read.Length);
        return read;
    }
}
