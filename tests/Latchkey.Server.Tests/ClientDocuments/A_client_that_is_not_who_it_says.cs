using System.Net;
using System.Net.Sockets;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ClientDocuments;

/// <summary>A document speaks for its own URL alone, and URLs are compared as they are written.</summary>
public sealed class A_client_that_is_not_who_it_says(BesideClients host) : IClassFixture<BesideClients>
{
    private const string Page = "client.example/who/Client";

    [Theory]
    [InlineData("https://client.example/who/client")]
    [InlineData("https://CLIENT.example/who/Client")]
    [InlineData("HTTPS://client.example/who/Client")]
    [InlineData("http://client.example/who/Client")]
    [InlineData("https://client.example:443/who/Client")]
    [InlineData("https://client.example/who/Client/")]
    [InlineData("https://client.example/who/Client?")]
    [InlineData("https://client.example/who/Client#")]
    [InlineData("https://client.example/who/%43lient")]
    [InlineData("https://client.example/./who/Client")]
    [InlineData("https://client.example/who/Client ")]
    [InlineData("https://other.example/who/Client")]
    [Spec("Client ID Metadata Document §4.1", "own-id")]
    public async Task Is_refused_when_its_document_spells_its_id_otherwise(string spelling)
    {
        var company = await host.CompanyAsync();
        host.Clients!.Publish(Page, Document(spelling));

        await Expect.PageAsync(await host.Anybody.GetAsync(Client(company).Authorize()), 400, "client_document_invalid");

        host.Clients.Publish(Page, Document($"https://{Page}"));
        using var browser = new Browser(host);
        await browser.StartAsync(Client(company).Authorize());
        host.Clock.Advance(TimeSpan.FromMinutes(6));
    }

    /// <summary>A stranger chose the URL, so it could lead to what only this server can reach. Something listens there, and hears nothing.</summary>
    [Fact]
    [Spec("Client ID Metadata Document §6.5", "ssrf")]
    public async Task Is_not_asked_where_its_name_leads_into_this_machine()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new McpClient(await host.CompanyAsync(), $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/client.json", secret: null, "https://client.example/callback");

        var reference = await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, "client_document_unavailable");

        var journey = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{reference}");
        Assert.Contains("does not lead to a public address", journey.ToString(), StringComparison.Ordinal);
        Assert.False(listener.Pending(), "it was dialled");
    }

    private static McpClient Client(Company company) => new(company, $"https://{Page}", secret: null, "https://client.example/callback");

    private static object Document(string id) => new { client_id = id, client_name = "Who", redirect_uris = new[] { "https://client.example/callback" }, token_endpoint_auth_method = "none" };
}
