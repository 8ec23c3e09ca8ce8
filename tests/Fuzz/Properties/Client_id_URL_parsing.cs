using System.Collections.Concurrent;
using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;

namespace Fuzz.Properties;

public sealed class Client_id_URL_parsing
{
    private static readonly Gen<string> Texts = Gen.OneOf<string>(
        UrlParts.Texts,
        Properties.Texts.Any,
        Properties.Texts.Nearly(Gen.OneOf("https://client.example/mcp/client.json", "https://claude.ai/oauth/claude-code-client-metadata", "https://client.example:8443/a?b=c", "https://xn--bcher-kva.example/a%20b")));

    [Fact]
    public async Task That_is_well_formed_is_to_a_browser_the_same_URL_to_the_byte()
    {
        var wellFormed = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Texts.Sample(
            text =>
            {
                if (ClientIdUrl.IsWellFormed(text))
                {
                    wellFormed[text] = true;
                }
            },
            iter: RunOptions.Properties * 3);
        Assert.True(wellFormed.Count > 100, $"only {wellFormed.Count} of the samples were well formed");

        string[] texts = [.. wellFormed.Keys];
        foreach (var (text, seen) in texts.Zip(await BrowserUrl.ReadAsync(texts)))
        {
            // What a browser refuses to dial (a last label of digits, a broken xn--) nobody mistakes for something else.
            if (seen is not null)
            {
                // Of all characters that a URL may hold as they are, a browser encodes the apostrophe of a query.
                Assert.Equal(text.Replace("%27", "'", StringComparison.Ordinal), seen.Href.Replace("%27", "'", StringComparison.Ordinal));
                Assert.Equal("https:", seen.Protocol);
                Assert.Equal(ClientIdUrl.HostOf(text), seen.HostName);
            }
        }
    }

    [Fact]
    [Spec("Client ID Metadata Document §3", "url-form")]
    public void Has_a_path_and_no_fragment_user_or_dot_segment() => Texts.Sample(
        text =>
        {
            if (ClientIdUrl.IsWellFormed(text))
            {
                Assert.StartsWith("https://", text, StringComparison.Ordinal);
                Assert.InRange(text.Length, 1, 512);
                Assert.DoesNotContain(text, character => character is <= ' ' or > '~' or '#' or '@' or '\\');
                var path = text["https://".Length..].Split('?')[0];
                Assert.InRange(path.IndexOf('/', StringComparison.Ordinal), 1, path.Length - 2);
                Assert.DoesNotContain(path.Split('/'), segment => Uri.UnescapeDataString(segment) is "." or "..");
                Assert.Equal(text, ClientId.Parse(text)?.DocumentUrl);
            }
        },
        iter: RunOptions.Properties);
}
