using Latchkey.Server.Clients;

namespace Latchkey.Server.Tests.ClientMetadata;

public sealed class Client_name_imitation
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
    public void A_name_that_looks_like_a_known_client_is_detected(string name) =>
        Assert.Equal("Claude", Catalogue.Imitated(name, documentId: null, "https://evil.example/callback"));

    [Theory]
    [InlineData("Notes Desktop")]
    [InlineData("Zedland")]
    [InlineData("Claud")]
    [InlineData("東京")]
    [InlineData("")]
    public void A_name_that_looks_like_no_known_client_is_accepted(string name) =>
        Assert.Null(Catalogue.Imitated(name, documentId: null, "https://evil.example/callback"));

    [Theory]
    [InlineData("Claude Code", "https://claude.ai/oauth/claude-code-client-metadata", "http://localhost:51234/callback", null)]
    [InlineData("Claude Code", null, "http://127.0.0.1:51234/callback", null)]
    [InlineData("ChatGPT", "https://chatgpt.com/oauth/abc_123/client.json", "https://chatgpt.com/connector/oauth/abc_123", null)]
    [InlineData("ChatGPT", "https://chatgpt.com/oauth/../client.json", "https://chatgpt.com/connector/oauth/abc_123", "ChatGPT")]
    [InlineData("ChatGPT", "https://chatgpt.example/oauth/abc/client.json", "https://chatgpt.com/connector/oauth/abc", "ChatGPT")]
    [InlineData("ChatGPT", "https://chatgpt.com/oauth/client.json", "https://evil.example/connector/oauth/abc", "ChatGPT")]
    [InlineData("ChatGPT", null, "https://chatgpt.com/connector/oauth/a/b", "ChatGPT")]
    public void A_known_name_is_accepted_only_with_the_client_ID_and_redirect_URI_of_its_entry(
        string name, string? id, string redirectUri, string? imitated) =>
        Assert.Equal(imitated, Catalogue.Imitated(name, id, redirectUri));

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
    public void A_catalogue_that_is_malformed_or_matches_whole_hosts_is_refused(string catalogue)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, catalogue);
        Assert.StartsWith(
            "Cimd:KnownClients", Assert.ThrowsAny<Exception>(() => KnownClients.Load(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }
}
