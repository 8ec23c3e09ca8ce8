using System.Text;
using System.Text.Json;
using CsCheck;
using Latchkey.Server.Clients;
using Latchkey.Server.Storage;

namespace Fuzz.Properties;

public sealed class Client_name_imitation
{
    private static readonly KnownClients Catalogue = KnownClients.Load(file: null);
    private static readonly Gen<string> Names = Gen.OneOf<string>(
        Texts.Any, Texts.Nearly(Gen.OneOf("Claude", "Claude Code", "ChatGPT", "Visual Studio Code", "Cursor", "MCP Inspector")));

    private static readonly Gen<string> Urls = Gen.OneOf<string>(
        UrlParts.Texts,
        Texts.Any,
        Texts.Nearly(Gen.OneOf(
            "https://claude.ai/oauth/claude-code-client-metadata", "https://chatgpt.com/oauth/abc_123/client.json",
            "https://chatgpt.com/connector/oauth/abc_123", "http://localhost:1/callback", "https://vscode.dev/redirect")));

    [Fact]
    public void Any_name_can_be_compared_with_the_catalogue() => Gen.Select(Names, Urls, Urls).Sample(
        (name, id, redirectUri) =>
        {
            var imitated = Catalogue.Imitated(name, id, redirectUri);
            _ = Catalogue.IsKnownId(id);
            Assert.True(!Catalogue.Vouches(id, redirectUri) || Catalogue.IsKnownId(id), id);
            Assert.True(!Catalogue.Vouches(redirectUri) || redirectUri.StartsWith("https://", StringComparison.Ordinal), redirectUri);
            Assert.True(imitated is null || imitated.Length > 0);
        },
        iter: RunOptions.Properties);

    [Fact]
    public void An_imitated_name_is_recognized_despite_case_spaces_marks_and_lookalikes() =>
        Gen.Select(Names.Where(n => !n.Any(c => c > '\u024f')), Gen.OneOf(" ", ".", "!", "\u200b", "-", "\t"), Gen.Int[0, 100]).Sample(
            (name, mark, at) =>
            {
                const string Elsewhere = "https://evil.example/callback";
                var imitated = Catalogue.Imitated(name, documentId: null, Elsewhere);
                Assert.Equal(imitated, Catalogue.Imitated(name.ToUpperInvariant().ToLowerInvariant(), documentId: null, Elsewhere));
                Assert.Equal(imitated, Catalogue.Imitated(name.Insert(at % (name.Length + 1), mark), documentId: null, Elsewhere));
                Assert.Equal(imitated, Catalogue.Imitated(name.Replace('l', 'I').Replace('o', '0'), documentId: null, Elsewhere));
            },
            iter: RunOptions.Properties);

    [Fact]
    public void A_catalogue_file_is_read_or_refused_with_a_message()
    {
        var folder = Directory.CreateTempSubdirectory("lkwords");
        var file = Path.Combine(folder.FullName, "known-clients.json");
        try
        {
            var pattern = Gen.OneOf<string>(
                Texts.Any,
                Texts.Nearly(Gen.OneOf(
                    "*", "https://*", "https://client.example/*", "https://*.example/x", "x*", "http://127.0.0.1/*", "://*", "*://")));
            var entry = Gen.Select(Names, pattern.Array[0, 3], pattern.Array[0, 3], (name, ids, uris) =>
                JsonSerializer.Serialize(new { name, client_ids = ids, redirect_uris = uris }));
            var document = Gen.OneOf<string>(
                entry.Array[0, 3].Select(entries => $"[{string.Join(',', entries)}]"),
                Texts.Nearly(entry.Array[1, 2].Select(entries => $"[{string.Join(',', entries)}]")),
                Gen.OneOf(
                    "", "null", "[null]", "{}", "[{}]", "[[]]", "[{\"name\":null}]",
                    "[{\"name\":\"x\",\"client_ids\":[null],\"redirect_uris\":[]}]",
                    "[{\"name\":\"x\",\"client_ids\":null,\"redirect_uris\":[]}]"));
            document.Sample(
                text =>
                {
                    File.WriteAllBytes(file, Encoding.UTF8.GetBytes(text));
                    try
                    {
                        var known = KnownClients.Load(file);
                        _ = known.Imitated("Claude", "https://client.example/x", "https://client.example/x");
                    }
                    catch (UnusableSetting refused)
                    {
                        Assert.Contains("KnownClients", refused.Message, StringComparison.Ordinal);
                    }
                },
                iter: RunOptions.Properties / 3,
                threads: 1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
