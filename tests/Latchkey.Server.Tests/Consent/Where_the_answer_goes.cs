using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

/// <summary>What the consent page and the login page are told about a client: where the answer goes, and which names are claims.</summary>
public sealed partial class Where_the_answer_goes(WithClientHost host) : IClassFixture<WithClientHost>
{
    private static int documents;

    [Theory]
    [InlineData("https://stranger.example/callback", "A program at stranger.example")]
    [InlineData("https://xn--clude-ksa.ai/callback", "A program at xn--clude-ksa.ai")]
    [InlineData("http://127.0.0.1:33418/callback", "A program on this device")]
    [InlineData("https://localhost:8443/callback", "A program on this device")]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "An app on this device that opens cursor: links")]
    [InlineData("com.example.app:/callback", "An app on this device that opens com.example.app: links")]
    [InlineData("https://vscode.dev/redirect", "A program on this device, reached through vscode.dev")]
    [InlineData("https://vscode.dev/%72edirect", "A program on this device, reached through vscode.dev")]
    [InlineData("https://insiders.vscode.dev/Redirect?a=b", "A program on this device, reached through insiders.vscode.dev")]
    [InlineData("https://claude.ai/api/mcp/auth_callback", "A program at claude.ai confirmed")]
    public async Task The_page_says_where_the_answer_of_a_registered_client_goes(string redirectUri, string line)
    {
        var company = await host.NewCompanyAsync();
        var html = await ConsentAsync(await McpClient.RegisterAsync(company, redirectUri));

        Assert.Equal(line, LineOf(html));
        Assert.Equal(
            line.EndsWith("confirmed", StringComparison.Ordinal),
            !HeadingOf(html).StartsWith("A program that calls itself Inspector wants", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://other.example/callback", "A program described at client.example. Your answer goes to other.example")]
    [InlineData("http://127.0.0.1/callback", "A program on this device, described at client.example")]
    [InlineData("cursor://host/callback", "An app on this device that opens cursor: links, described at client.example")]
    [InlineData("https://vscode.dev/redirect", "A program on this device, reached through vscode.dev, described at client.example")]
    public async Task Neither_host_is_confirmed_when_a_document_sends_the_answer_elsewhere(string redirectUri, string line)
    {
        foreach (var allowed in new[] { Array.Empty<string>(), ["client.example"] })
        {
            var company = await host.NewCompanyAsync(resource: new { cimd_allowed_hosts = allowed });
            var html = await ConsentAsync(Publish(company, redirectUri));

            Assert.Equal(line, LineOf(html));
            Assert.DoesNotContain("class=\"confirmed\"", html, StringComparison.Ordinal);
            Assert.Contains("class=\"warning\"", html, StringComparison.Ordinal);
            Assert.StartsWith("A program that calls itself Describing wants", HeadingOf(html), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_error_does_not_follow_from_an_allowed_document_host_to_another_host()
    {
        var company = await host.NewCompanyAsync(resource: new { cimd_allowed_hosts = new[] { "client.example" } });
        var elsewhere = Publish(company, "https://other.example/callback");
        await Expect.PageAsync(await host.Anonymous.GetAsync(elsewhere.Authorize(("prompt", "none"))), 400, "login_required");

        var own = Publish(company, "https://client.example/callback");
        using var follows = await host.Anonymous.GetAsync(own.Authorize(("prompt", "none")));
        Assert.Equal(HttpStatusCode.SeeOther, follows.StatusCode);
    }

    /// <summary>Name, redirect URI, the name that is shown, and a part of the warning.</summary>
    [Theory]
    [InlineData("Claude", "http://127.0.0.1:33418/callback", "Claude", "Your answer goes to a program on this device")]
    [InlineData("Claude", "cursor://host/callback", "Claude", "Your answer goes to a program on this device")]
    [InlineData("Claude", "https://evil.example/callback", "evil.example", "looks like the name of a well-known one")]
    [InlineData("Сlаudе", "https://evil.example/callback", "evil.example", "looks like the name of a well-known one")]
    [InlineData("Сlаudе", "http://127.0.0.1:33418/callback", "A program on this device", "could be mistaken")]
    [InlineData("\ud835\uddd6\ud835\uddf9\ud835\uddee", "https://evil.example/callback", "evil.example", "could be mistaken")]
    [InlineData("Cl\u0251ude", "https://evil.example/callback", "evil.example", "looks like the name of a well-known one")]
    [InlineData("Cl@ude", "https://evil.example/callback", "evil.example", "looks like the name of a well-known one")]
    [InlineData("Claucle", "https://evil.example/callback", "evil.example", "looks like the name of a well-known one")]
    [InlineData("\u3164\u3164", "https://evil.example/callback", "evil.example", "could be mistaken")]
    [InlineData("Заметки", "https://evil.example/callback", "Заметки", "This program is not verified")]
    public async Task A_name_is_shown_as_a_claim_or_replaced_by_the_host(string name, string redirectUri, string shown, string warning)
    {
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(
            new { client_name = name, redirect_uris = new[] { redirectUri }, token_endpoint_auth_method = "none" });
        var client = new McpClient(company, registered.Id, null, redirectUri);
        using var browser = new Browser(host);
        var login = await browser.StartAsync(client.Authorize());
        var context = await host.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{login.LoginRequestId}");
        var html = (await browser.ComeBackAsync((await company.ReportAsync(login.LoginRequestId)).CallbackPath)).Html;

        Assert.Equal(shown, WebUtility.HtmlDecode(Client().Match(html).Groups["name"].Value));
        Assert.Contains(warning, html, StringComparison.Ordinal);
        Assert.Equal(shown != name, !WebUtility.HtmlDecode(html).Contains(name, StringComparison.Ordinal));
        Assert.Equal(shown == name, context.GetProperty("client").TryGetProperty("name", out var told) && told.GetString() == name);
        Assert.Equal(
            redirectUri.StartsWith("https", StringComparison.Ordinal) ? "evil.example"
                : redirectUri.StartsWith("http", StringComparison.Ordinal) ? "this device"
                : "cursor:",
            context.GetProperty("client").GetProperty("redirect_host").GetString());
    }

    private McpClient Publish(Company company, string redirectUri)
    {
        var path = $"/where-{Interlocked.Increment(ref documents)}.json";
        var url = "https://client.example" + path;
        host.Clients!.Publish("client.example" + path, new JsonObject
        {
            ["client_id"] = url,
            ["client_name"] = "Describing",
            ["redirect_uris"] = new JsonArray(redirectUri),
            ["token_endpoint_auth_method"] = "none",
        });
        return new McpClient(company, url, secret: null, redirectUri);
    }

    private async Task<string> ConsentAsync(McpClient client)
    {
        using var browser = new Browser(host);
        var login = await browser.StartAsync(client.Authorize());
        return (await browser.ComeBackAsync((await client.Company.ReportAsync(login.LoginRequestId)).CallbackPath)).Html;
    }

    private static string LineOf(string html) => TextOf(Line().Match(html).Groups["text"].Value);

    private static string HeadingOf(string html) => TextOf(Heading().Match(html).Groups["text"].Value);

    /// <summary>The text without markup, as a browser shows it.</summary>
    private static string TextOf(string html) =>
        Blanks().Replace(WebUtility.HtmlDecode(Markup().Replace(html, "")), " ").Trim();

    [GeneratedRegex("data-lk=\"client\">(?<name>[^<]*)<", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Client();

    [GeneratedRegex("(?s)<p class=\"host\">(?<text>.*?)</p>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Line();

    [GeneratedRegex("(?s)<h1[^>]*>(?<text>.*?)</h1>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Heading();

    [GeneratedRegex("<[^>]*>", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Blanks();
}
