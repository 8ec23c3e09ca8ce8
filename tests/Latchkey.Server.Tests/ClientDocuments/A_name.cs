using Latchkey.Server.ClientDocuments;

namespace Latchkey.Server.Tests.ClientDocuments;

public sealed class A_name
{
    private static readonly KnownClients Catalogue = KnownClients.Load(file: null);

    [Theory]
    [InlineData("Claude")]
    [InlineData("claude")]
    [InlineData("CLAUDE")]
    [InlineData("CIaude")]
    [InlineData("C1aude")]
    [InlineData("Сlаudе")]
    [InlineData("Ｃｌａｕｄｅ")]
    [InlineData("Cláudè")]
    [InlineData("C l a u d e")]
    [InlineData("Claude!")]
    [InlineData("The real Claude")]
    [InlineData("Claude.ai")]
    [Spec("Client ID Metadata Document §6.4", "imitations")]
    public void That_looks_like_a_well_known_one_is_unmasked(string name) => Assert.Equal("Claude", Catalogue.Imitated(name, documentId: null, "https://evil.example/callback"));

    [Theory]
    [InlineData("Notes Desktop")]
    [InlineData("Zedland")]
    [InlineData("Claud")]
    [InlineData("東京")]
    [InlineData("")]
    public void That_looks_like_none_is_left_alone(string name) => Assert.Null(Catalogue.Imitated(name, documentId: null, "https://evil.example/callback"));

    [Theory]
    [InlineData("Claude Code", "https://claude.ai/oauth/claude-code-client-metadata", "http://localhost:51234/callback", null)]
    [InlineData("Claude Code", null, "http://127.0.0.1:51234/callback", null)]
    [InlineData("ChatGPT", "https://chatgpt.com/oauth/abc_123/client.json", "https://chatgpt.com/connector/oauth/abc_123", null)]
    [InlineData("ChatGPT", "https://chatgpt.com/oauth/../client.json", "https://chatgpt.com/connector/oauth/abc_123", "ChatGPT")]
    [InlineData("ChatGPT", "https://chatgpt.example/oauth/abc/client.json", "https://chatgpt.com/connector/oauth/abc", "ChatGPT")]
    [InlineData("ChatGPT", "https://chatgpt.com/oauth/client.json", "https://evil.example/connector/oauth/abc", "ChatGPT")]
    [InlineData("ChatGPT", null, "https://chatgpt.com/connector/oauth/a/b", "ChatGPT")]
    public void Belongs_to_who_has_the_entrys_id_and_redirect(string name, string? id, string redirectUri, string? imitated) => Assert.Equal(imitated, Catalogue.Imitated(name, id, redirectUri));

    [Theory]
    [InlineData("""[{"name":"X","client_ids":["https://*/x"],"redirect_uris":[]}]""")]
    [InlineData("""[{"name":"X","client_ids":["https://x.*.example/x"],"redirect_uris":[]}]""")]
    [InlineData("""[{"name":"","client_ids":[],"redirect_uris":[]}]""")]
    [InlineData("""[{"name":"X","client_ids":[]}]""")]
    [InlineData("""[{"name":"X","client_ids":[],"redirect_uris":[],"trust":true}]""")]
    [InlineData("""[{"name":"X","client_ids":["*"],"redirect_uris":[]}]""")]
    [InlineData("""[{"name":"X","client_ids":[],"redirect_uris":["x*"]}]""")]
    [InlineData("""[{"name":"X","client_ids":[null],"redirect_uris":[]}]""")]
    [InlineData("[null]")]
    [InlineData("null")]
    [InlineData("not json")]
    public void Cannot_be_made_known_by_a_catalogue_that_matches_whole_hosts_or_is_broken(string catalogue)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, catalogue);
        Assert.StartsWith("Cimd:KnownClients", Assert.ThrowsAny<Exception>(() => KnownClients.Load(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }
}
