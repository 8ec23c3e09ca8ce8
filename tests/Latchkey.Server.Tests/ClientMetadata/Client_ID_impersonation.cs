using System.Net;
using System.Net.Sockets;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>A document is valid only for its own URL. URLs are compared byte for byte.</summary>
public sealed class Client_ID_impersonation(WithClientHost host) : IClassFixture<WithClientHost>
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
    public async Task A_document_that_spells_its_client_id_differently_is_refused(string spelling)
    {
        var company = await host.CompanyAsync();
        host.Clients!.Publish(Page, Document(spelling));

        await Expect.PageAsync(await host.Anonymous.GetAsync(Client(company).Authorize()), 400, "client_document_invalid");

        host.Clients.Publish(Page, Document($"https://{Page}"));
        using var browser = new Browser(host);
        await browser.StartAsync(Client(company).Authorize());
        host.Clock.Advance(TimeSpan.FromMinutes(6));
    }

    /// <summary>
    /// SSRF: an attacker chooses the URL, which could lead to a service that only this server can reach. A listener there receives no
    /// connection.
    /// </summary>
    [Fact]
    [Spec("Client ID Metadata Document §6.5", "ssrf")]
    public async Task SSRF_to_this_machine_is_refused_without_a_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new McpClient(
            await host.CompanyAsync(), $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/client.json", secret: null,
            "https://client.example/callback");

        var reference = await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "client_document_unavailable");

        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{reference}");
        Assert.Contains("does not resolve to public addresses only", signIn.ToString(), StringComparison.Ordinal);
        Assert.False(listener.Pending(), "a connection was opened");
    }

    private static McpClient Client(Company company) => new(company, $"https://{Page}", secret: null, "https://client.example/callback");

    private static object Document(string id) => new
    {
        client_id = id,
        client_name = "Who",
        redirect_uris = new[] { "https://client.example/callback" },
        token_endpoint_auth_method = "none"
    };
}
