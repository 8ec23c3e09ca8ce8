using Latchkey.Server.Clients;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

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
        host.Clock.Advance(ClientFetches.FailureFloor);
        using var browser = new Browser(host);
        await browser.StartAsync(Client(company).Authorize());
        host.Clock.Advance(TimeSpan.FromMinutes(6));
    }

    /// <summary>
    /// SSRF: an attacker chooses the URL, which could lead to a service that only this server can reach. No such address is connected to
    /// (<see cref="DNS_rebinding"/>); the page does not tell the attacker why, and the sign-in log tells the operator.
    /// </summary>
    [Theory]
    [InlineData("https://no-such-host.invalid/client.json", "cannot be resolved by DNS")]
    [InlineData("https://client.example:22/client.json", "Only port 443")]
    [InlineData("https://client.example/who/missing", "returned status 404")]
    [InlineData("https://client.example/who/html", "does not have a JSON content type")]
    [InlineData("https://client.example/who/moved", "returned status 302")]
    [Spec("Client ID Metadata Document §6.5", "ssrf")]
    public async Task The_reason_of_a_failed_fetch_is_in_the_sign_in_log_and_never_on_the_page(string id, string reason)
    {
        host.Clients!.Publish("client.example/who/html", http =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync("<p>", http.RequestAborted);
        });
        host.Clients.Publish("client.example/who/moved", http =>
        {
            http.Response.Headers.Location = "https://client.example/who/Client";
            return ClientHost.Status(http, 302);
        });
        var client = new McpClient(await host.CompanyAsync(), id, secret: null, "https://client.example/callback");

        var response = await host.Anonymous.GetAsync(client.Authorize());
        var html = await response.Content.ReadAsStringAsync();
        var reference = await Expect.PageAsync(response, 400, "client_document_unavailable");
        Assert.Contains("The client ID metadata document could not be fetched. Its host must be public", html, StringComparison.Ordinal);
        Assert.DoesNotContain(reason, html, StringComparison.Ordinal);

        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{reference}");
        Assert.Contains(reason, signIn.ToString(), StringComparison.Ordinal);
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
