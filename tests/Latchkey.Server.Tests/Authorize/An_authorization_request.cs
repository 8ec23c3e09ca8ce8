using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

public sealed class An_authorization_request(OnSqlite host) : IClassFixture<OnSqlite>
{
    public static TheoryData<string, string?, string> WrongParameters => new()
    {
        { "response_type", null, "invalid_request" },
        { "response_type", "token", "unsupported_response_type" },
        { "response_type", "id_token", "unsupported_response_type" },
        { "response_mode", "fragment", "invalid_request" },
        { "code_challenge", null, "invalid_request" },
        { "code_challenge", "too-short", "invalid_request" },
        { "code_challenge", "0123456789012345678901234567890123456789=+/", "invalid_request" },
        { "code_challenge_method", null, "invalid_request" },
        { "code_challenge_method", "plain", "invalid_request" },
        { "resource", "https://unknown.example/mcp", "invalid_target" },
        { "resource", "https://mcp1.example/mcp#fragment", "invalid_target" },
        { "resource", "/mcp", "invalid_target" },
        { "prompt", "none", "login_required" },
        { "prompt", "none login", "login_required" },
        { "max_age", "soon", "invalid_request" },
        { "request", "eyJ", "request_not_supported" },
        { "request_uri", "https://evil.example/request", "request_uri_not_supported" },
    };

    public static TheoryData<string> ForeignRedirects =>
    [
        "https://client.example/callback/",
        "https://client.example/callback?x=1",
        "https://client.example/Callback",
        "https://CLIENT.example/callback",
        "https://client.example:443/callback",
        "https://client.example/%63allback",
        "https://client.example/a/../callback",
        "https://user@client.example/callback",
        "https://client.example.evil.example/callback",
        "https://client.example/callback#x",
        "https://client.example/callback ",
        "https://client.example/callback\t",
        "https://client.example/callback\0",
        "https://xn--client-9za.example/callback",
        "http://client.example/callback",
        "javascript:alert(1)",
    ];

    public static TheoryData<string, bool> LoopbackRedirects => new()
    {
        { "http://127.0.0.1:1/callback", true },
        { "http://127.0.0.1/callback", true },
        { "http://127.0.0.1:65535/callback", true },
        { "http://127.0.0.1:65536/callback", false },
        { "http://localhost:33418/callback", false },
        { "http://[::1]:33418/callback", false },
        { "http://127.0.0.1:33418/other", false },
        { "https://127.0.0.1:33418/callback", false },
        { "http://127.0.0.1.evil.example/callback", false },
        { "http://0x7f.1:33418/callback", false },
        { "http://127.0.0.1:33418@evil.example/callback", false },
        { "http://127.0.0.1:/callback", false },
    };

    [Theory]
    [MemberData(nameof(WrongParameters))]
    [Spec("OAuth 2.1 §4.1.2.1")]
    public async Task With_something_wrong_goes_back_to_the_client(string parameter, string? value, string error)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);

        Expect.Redirect(await host.Anybody.GetAsync(client.Authorize((parameter, value))), client.RedirectUri, error, company.Issuer);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("scope")]
    [InlineData("response_type")]
    [InlineData("code_challenge")]
    public async Task With_a_parameter_that_came_twice_goes_back_to_the_client(string parameter)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var answer = await host.Anybody.GetAsync($"{client.Authorize()}&{parameter}=x");

        Assert.Equal("invalid_request", Browser.QueryOf(answer.Headers.Location!)["error"]);
    }

    [Fact]
    public async Task Without_a_known_client_is_a_page()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());

        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", null))), 400, "missing_client");
        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", "m2m_0000000000000000000000"))), 400, "unknown_client");
        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", "<script>"))), 400, "unknown_client");
        await Expect.PageAsync(await host.Anybody.GetAsync($"{client.Authorize()}&client_id={client.Id}"), 400, "invalid_request");
        await Expect.PageAsync(await host.Anybody.GetAsync($"{client.Authorize()}&redirect_uri={client.RedirectUri}"), 400, "invalid_request");
    }

    [Theory]
    [MemberData(nameof(ForeignRedirects))]
    [Spec("OAuth 2.1 §2.3.1")]
    public async Task With_a_redirect_URI_that_differs_in_anything_is_a_page(string redirectUri)
    {
        var client = await McpClient.CreateAsync(await host.NewCompanyAsync());

        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("redirect_uri", redirectUri))), 400, "unregistered_redirect_uri");
    }

    [Theory]
    [MemberData(nameof(LoopbackRedirects))]
    [Spec("RFC 8252 §7.3")]
    public async Task To_loopback_may_differ_in_the_port_alone(string redirectUri, bool isTheSame)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var answer = await host.Anybody.GetAsync(client.Authorize(("redirect_uri", redirectUri)));

        Assert.Equal(isTheSame ? HttpStatusCode.Redirect : HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Without_redirect_uri_goes_to_the_only_one_registered()
    {
        var company = await host.NewCompanyAsync();
        var one = await McpClient.CreateAsync(company);
        using var answer = await host.Anybody.GetAsync(one.Authorize(("redirect_uri", null)));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);

        var json = await host.SendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "Two", redirect_uris = new[] { "https://a.example/", "https://b.example/" } });
        var two = new McpClient(company, json.GetProperty("client").GetProperty("client_id").GetString()!, null, "https://a.example/");
        await Expect.PageAsync(await host.Anybody.GetAsync(two.Authorize(("redirect_uri", null))), 400, "missing_redirect_uri");
    }

    [Fact]
    [Spec("RFC 9700 §4.11.2")]
    public async Task That_is_wrong_never_makes_an_open_redirector_of_a_client_nobody_vouches_for()
    {
        var company = await host.NewCompanyAsync();
        var stranger = await McpClient.RegisterAsync(company, "https://stranger.example/callback");
        var operators = await McpClient.CreateAsync(company);

        using var page = await host.Anybody.GetAsync(stranger.Authorize(("prompt", "none")));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("id=\"return\"", html, StringComparison.Ordinal);
        Assert.Contains("https://stranger.example/callback?error=login_required&amp;error_description=", html, StringComparison.Ordinal);
        Assert.Contains($"iss={Uri.EscapeDataString(company.Issuer)}", html, StringComparison.Ordinal);
        await Expect.PageAsync(page, 400, "login_required");
        Expect.Redirect(await host.Anybody.GetAsync(operators.Authorize(("prompt", "none"))), operators.RedirectUri, "login_required", company.Issuer);
    }

    [Theory]
    [InlineData("HTTPS://MCP.Example/mcp")]
    [InlineData("https://mcp.example:443/mcp/")]
    [InlineData("https://mcp.example")]
    [InlineData("https://mcp.example/")]
    [Spec("RFC 8707 §2")]
    public async Task May_spell_the_resource_as_clients_do(string spelling)
    {
        var company = await host.NewCompanyAsync();
        var origin = new Uri(company.ResourceUri).Host;
        var client = await McpClient.RegisterAsync(company);
        var resource = spelling.Replace("mcp.example", origin, StringComparison.Ordinal).Replace("MCP.Example", origin.ToUpperInvariant(), StringComparison.Ordinal);

        using var answer = await host.Anybody.GetAsync(client.Authorize(("resource", resource), ("resource", company.ResourceUri)));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("login_request_id", answer.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_two_resources_or_anothers_client_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);

        Expect.Redirect(await host.Anybody.GetAsync(client.Authorize(("resource", company.ResourceUri), ("resource", other.ResourceUri))), client.RedirectUri, "invalid_target", company.Issuer);
        var wanderer = new McpClient(other, client.Id, null, client.RedirectUri);
        await Expect.PageAsync(await host.Anybody.GetAsync(wanderer.Authorize()), 400, "client_of_another_resource");
    }

    [Fact]
    public async Task Of_a_registered_client_ends_when_the_resource_closes_registration()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });

        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, "registration_closed");
    }

    [Fact]
    public async Task Drops_unknown_scopes_and_offers_all_when_none_is_left()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);

        Assert.Equal("notes:read", (await client.TokensAsync(scope: "notes:read nonsense")).Scope);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize(("scope", null)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);
        Assert.Contains("Change your notes", consent.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task May_come_as_a_form()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var query = client.Authorize().Split('?', 2);
        using var content = new StringContent(query[1], System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await host.Anybody.PostAsync(query[0], content);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public async Task At_an_unknown_resource_without_a_connection_or_longer_than_a_line_is_refused()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var lost = client.Authorize()[client.Entry.Length..];
        await Expect.PageAsync(await host.Anybody.GetAsync("/resources/res_0000000000000000000000" + lost), 404, "unknown_resource");

        using var tooLong = await host.Anybody.GetAsync(client.Authorize(("state", new string('s', 33_000))));
        Assert.Equal(HttpStatusCode.RequestUriTooLong, tooLong.StatusCode);

        var created = await host.SendAsync(HttpMethod.Post, "/api/v1/resources", new { name = "Bare", resource_uri = "https://bare.example/mcp" });
        var bare = new Company(host, created.GetProperty("resource").GetProperty("id").GetString()!, "https://bare.example/mcp", "", "", "");
        await Expect.PageAsync(await host.Anybody.GetAsync((await McpClient.RegisterAsync(bare)).Authorize()), 400, "no_connection");
    }

    [Fact]
    public async Task Writes_nothing_of_a_stranger_into_a_page_unescaped()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var page = await host.Anybody.GetAsync(client.Authorize(("client_id", "\"><script>alert(1)</script>"), ("state", "<b>")));

        Assert.DoesNotContain("<script>alert", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
