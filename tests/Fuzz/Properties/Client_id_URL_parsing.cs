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
        Properties.Texts.Nearly(Gen.OneOf(
            "https://client.example/mcp/client.json", "https://claude.ai/oauth/claude-code-client-metadata",
            "https://client.example:8443/a?b=c", "https://xn--bcher-kva.example/a%20b")));

    [Fact]
    public async Task A_well_formed_client_id_is_the_same_URL_in_a_browser()
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
            // A URL that a browser refuses (a numeric last label, an invalid xn-- label) cannot be mistaken for another one.
            if (seen is not null)
            {
                // Of all characters that a URL may contain unencoded, a browser encodes the apostrophe in a query.
                Assert.Equal(text.Replace("%27", "'", StringComparison.Ordinal), seen.Href.Replace("%27", "'", StringComparison.Ordinal));
                Assert.Equal("https:", seen.Protocol);
                Assert.Equal(ClientIdUrl.HostOf(text), seen.HostName);
            }
        }
    }

    [Fact]
    [Spec("Client ID Metadata Document §3", "url-form")]
    public void A_client_id_URL_has_a_path_and_no_fragment_user_or_dot_segment() => Texts.Sample(
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
