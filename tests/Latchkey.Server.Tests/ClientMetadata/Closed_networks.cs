using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>
/// A server without a way to the internet cannot read client metadata documents. Clients that choose a document do not fall back to
/// registration, so such a server must not invite them.
/// </summary>
public sealed class Closed_networks(WithoutInternet host) : IClassFixture<WithoutInternet>
{
    [Fact]
    public async Task Documents_are_not_advertised_after_the_probe_failed_and_registration_is()
    {
        var company = await host.CompanyAsync();
        await host.Services.GetRequiredService<OutboundReach>().ProbeAsync(CancellationToken.None);

        foreach (var path in new[] { "", $"/resources/{company.ResourceId}" })
        {
            var metadata = await host.Anonymous.GetFromJsonAsync<JsonElement>($"/.well-known/oauth-authorization-server{path}");
            Assert.False(metadata.GetProperty("client_id_metadata_document_supported").GetBoolean());
            Assert.True(metadata.TryGetProperty("registration_endpoint", out _));
            Assert.Equal("none", metadata.GetProperty("token_endpoint_auth_methods_supported")[0].GetString());
        }

        await (await McpClient.RegisterAsync(company)).TokensAsync();
    }

    /// <summary>A client may have read the metadata earlier, or use its document without asking.</summary>
    [Fact]
    public async Task A_well_known_client_is_used_as_the_catalogue_describes_it()
    {
        var company = await host.CompanyAsync();
        await host.Services.GetRequiredService<OutboundReach>().ProbeAsync(CancellationToken.None);
        var client = new McpClient(company, WithoutInternet.KnownClient, secret: null, "http://127.0.0.1:51234/callback");
        var tokens = await client.TokensAsync();
        Assert.Equal(WithoutInternet.KnownClient, tokens.Claims.GetProperty("client_id").GetString());

        // Months later the entry still stands in for the document, and the grant still refreshes.
        host.Clock.Advance(TimeSpan.FromDays(20));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await client.TokensAsync();
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", "https://evil.example/callback"))), 400,
            "unregistered_redirect_uri");
    }

    [Fact]
    public async Task The_page_and_the_event_name_the_URL_and_the_reason()
    {
        var company = await host.CompanyAsync();
        await host.Services.GetRequiredService<OutboundReach>().ProbeAsync(CancellationToken.None);
        const string Url = "https://stranger.invalid/client.json";
        using var page = await host.Anonymous.GetAsync(new McpClient(company, Url, secret: null, Registrant.Redirect).Authorize());
        var html = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync());

        Assert.Contains("data-lk-error=\"client_document_unavailable\"", html, StringComparison.Ordinal);
        Assert.Contains($"{Url}</bdi> could not be read. This server cannot reach the internet", html, StringComparison.Ordinal);
        var reference = html.Split("data-lk-reference=\"")[1].Split('"')[0];
        var recorded = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{reference}");
        Assert.Contains($"{Url}: The host stranger.invalid", recorded.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", false, true)]
    [InlineData("auto", true, false)]
    [InlineData("always", true, true)]
    [InlineData("never", false, false)]
    public async Task The_setting_decides_what_is_advertised(string setting, bool isClosed, bool isAdvertised)
    {
        var settings = new Settings { CimdAdvertise = setting, CimdProbe = "https://probe.invalid/x" };
        using var fetcher = new DocumentFetcher(settings, (_, _) => throw new System.Net.Sockets.SocketException(11001));
        var reach = new OutboundReach(
            settings, fetcher, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<OutboundReach>.Instance);
        if (isClosed)
        {
            await reach.ProbeAsync(CancellationToken.None);
        }

        Assert.Equal((isClosed, isAdvertised), (reach.IsClosed, reach.AdvertisesDocuments));
        reach.Reached();
        Assert.False(reach.IsClosed);
        Assert.Equal(setting != "never", reach.AdvertisesDocuments);
    }

    /// <summary>Hosts of the map are reached without the internet.</summary>
    [Theory]
    [InlineData("off", null)]
    [InlineData("https://probe.invalid/x", "client.example=127.0.0.1:9")]
    public async Task Nothing_is_probed_when_it_is_off_or_with_a_host_map(string probe, string? map)
    {
        var settings = new Settings { CimdProbe = probe, CimdHostMap = map };
        using var fetcher = new DocumentFetcher(settings, (_, _) => throw new InvalidOperationException("probed"));
        var reach = new OutboundReach(
            settings, fetcher, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<OutboundReach>.Instance);
        await reach.ProbeAsync(CancellationToken.None);

        Assert.True(reach.AdvertisesDocuments);
    }
}

/// <summary>The probe and the documents are on hosts that do not exist (RFC 6761 §6.4).</summary>
public sealed class WithoutInternet : LatchkeyHost
{
    public const string KnownClient = "https://known.invalid/client.json";

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        var catalogue = Path.Combine(DataDirectory, "known.json");
        await File.WriteAllTextAsync(
            catalogue, $$"""[{"name":"Known","client_ids":["{{KnownClient}}"],"redirect_uris":["http://127.0.0.1/callback"]}]""");
        return settings with { CimdProbe = "https://probe.invalid/x", CimdKnownClients = catalogue };
    }
}
