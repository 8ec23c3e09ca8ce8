using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Journeys;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Journeys;

/// <summary>
/// Requests in the shapes in which well-known clients send them. Each is served to its end, and what it does otherwise than the specifications say stands in
/// the journey: no more, or nobody would read it, and no less.
/// </summary>
public sealed class A_client_of_the_field(WithClientHost host) : IClassFixture<WithClientHost>
{
    private static int documents;

    /// <summary>Describes itself, loopback addresses without a port; asks with another host's spelling, a port of the moment, and the origin for a resource.</summary>
    [Fact]
    public async Task Claude_Code()
    {
        var company = await host.NewCompanyAsync();
        var client = Describe(company, "claude.ai/oauth", "Claude Code", ["http://localhost/callback", "http://127.0.0.1/callback"], "http://localhost:54545/callback", methods: null);
        var origin = new Uri(company.ResourceUri).GetLeftPart(UriPartial.Authority) + "/";

        Assert.Equal(["resource_is_origin", "localhost_redirect"], await ConnectAsync(company, client, [("resource", origin)], [("resource", origin)]));
    }

    [Fact]
    public async Task Claude_with_a_client_that_the_company_made_for_it()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company, "https://claude.ai/api/mcp/auth_callback");
        Assert.Empty(await ConnectAsync(company, client, [], [("resource", company.ResourceUri)]));
    }

    /// <summary>Would rather sign, and says that it also comes without; the callback is of the connector.</summary>
    [Fact]
    public async Task ChatGPT()
    {
        var company = await host.NewCompanyAsync();
        const string Callback = "https://chatgpt.com/connector/oauth/abc123";
        var client = Describe(company, "chatgpt.com/oauth/abc123", "ChatGPT", [Callback], Callback, methods: ["private_key_jwt", "none"]);
        Assert.Empty(await ConnectAsync(company, client, [("scope", "notes:read offline_access")], [("resource", company.ResourceUri)]));
    }

    /// <summary>Four addresses in one registration, two of them forwarding to the device, of its grant types those that the metadata offers, and a state as long as an address.</summary>
    [Theory]
    [InlineData("https://vscode.dev/redirect")]
    [InlineData("https://insiders.vscode.dev/redirect")]
    [InlineData("http://127.0.0.1:33418/")]
    [InlineData("http://127.0.0.1:51234/")]
    public async Task Visual_Studio_Code(string redirect)
    {
        var company = await host.NewCompanyAsync();
        var client = await RegisterAsync(company, redirect, new
        {
            client_name = "Visual Studio Code",
            client_uri = "https://code.visualstudio.com",
            grant_types = new[] { "authorization_code", "refresh_token" },
            response_types = new[] { "code" },
            redirect_uris = new[] { "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/" },
            scope = "notes:read notes:write",
            token_endpoint_auth_method = "none",
            application_type = "native",
        });
        var state = "vscode://authentication-provider/login?" + Uri.EscapeDataString(string.Concat(Enumerable.Repeat("nonce=a b&windowId=1;", 60)));

        Assert.Empty(await ConnectAsync(company, client, [("state", state)], [("resource", company.ResourceUri)], state));
    }

    /// <summary>One registration for three ways back, and no word about what kind of program it is.</summary>
    [Theory]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "")]
    [InlineData("https://www.cursor.com/agents/mcp/oauth/callback", "")]
    [InlineData("http://localhost:8787/callback", "localhost_redirect")]
    public async Task Cursor(string redirect, string deviation)
    {
        var company = await host.NewCompanyAsync();
        var client = await RegisterAsync(company, redirect, new
        {
            client_name = "Cursor",
            redirect_uris = new[] { "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback" },
            grant_types = new[] { "authorization_code", "refresh_token" },
            response_types = new[] { "code" },
            token_endpoint_auth_method = "none",
        });
        Assert.Equal(deviation.Split(',', StringSplitOptions.RemoveEmptyEntries), await ConnectAsync(company, client, [], [("resource", company.ResourceUri)]));
    }

    [Fact]
    public async Task Mcp_remote_adds_a_slash_to_the_resource()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "http://127.0.0.1:3334/oauth/callback");
        var slash = company.ResourceUri + "/";
        Assert.Equal(["resource_spelling"], await ConnectAsync(company, client, [("resource", slash)], [("resource", slash)]));
    }

    /// <summary>It keeps a registration by the name of a server and may present one that another server gave it: a page, so that its person deletes the stale file.</summary>
    [Fact]
    public async Task Mcp_remote_with_the_client_id_of_another_server()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize(("client_id", "f7a0b8f2-7f4b-4a2e-9c0e-3a5f2d1c9e11"))), 400, "unknown_client");
    }

    /// <summary>Runs in a page: asks for consent each time, wants to stay without having registered it, leaves the resource out.</summary>
    [Fact]
    public async Task Inspector()
    {
        var company = await host.NewCompanyAsync();
        var client = await RegisterAsync(company, "http://localhost:6274/oauth/callback", new
        {
            client_name = "MCP Inspector",
            redirect_uris = new[] { "http://localhost:6274/oauth/callback" },
            grant_types = new[] { "authorization_code" },
            response_types = new[] { "code" },
            token_endpoint_auth_method = "none",
        });
        Assert.Equal(
            ["resource_missing", "localhost_redirect", "refresh_not_registered", "token_resource_missing"],
            await ConnectAsync(company, client, [("prompt", "consent"), ("scope", "notes:read offline_access"), ("resource", null)], []));
    }

    /// <summary>Asks for client_secret_post when it registers and uses the first method that is listed; other scopes than the server has come from its configuration.</summary>
    [Fact]
    public async Task The_CSharp_SDK()
    {
        var company = await host.NewCompanyAsync();
        var client = await RegisterAsync(company, "http://127.0.0.1:1179/callback", new
        {
            client_name = "ProtectedMcpClient",
            redirect_uris = new[] { "http://127.0.0.1:1179/callback" },
            grant_types = new[] { "authorization_code", "refresh_token" },
            response_types = new[] { "code" },
            token_endpoint_auth_method = "client_secret_post",
            scope = "mcp:tools",
        });
        var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client.Id}:{client.Secret}")));

        Assert.Equal(
            ["unknown_scope", "other_secret_method"],
            await ConnectAsync(company, client, [("scope", "mcp:tools")], [("resource", company.ResourceUri), ("client_secret", null), ("client_id", null)], authorization: basic));
    }

    /// <summary>A backend that keeps one HTTP client for everything sends the last bearer to the token endpoint too.</summary>
    [Theory]
    [InlineData("Bearer", "stale.bearer.token", "bearer_at_token")]
    [InlineData("Basic", "", "empty_secret")]
    public async Task One_that_always_sends_an_authorization_header(string scheme, string value, string deviation)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "https://client.example/callback");
        var header = new AuthenticationHeaderValue(scheme, value.Length > 0 ? value : Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client.Id}:")));
        Assert.Equal([deviation], await ConnectAsync(company, client, [], [("resource", company.ResourceUri)], authorization: header));
    }

    [Fact]
    public async Task One_that_asks_for_a_prompt_of_its_own_invention()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "https://client.example/callback");
        Assert.Equal(["unknown_prompt"], await ConnectAsync(company, client, [("prompt", "please")], [("resource", company.ResourceUri)]));
    }

    /// <summary>A table that is not kept says something else than the server does.</summary>
    [Fact]
    public void Finds_each_deviation_in_the_documentation()
    {
        var rows = File.ReadLines(Path.Combine(Artifacts.Root, "docs", "wire.md")).SkipWhile(line => line != "## Deviations").Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(Deviation.All.Select(d => $"| `{d.Code}` | {d.Rule} | {d.Sentence} |"), rows);
    }

    /// <summary>Authorize, sign in, allow all, redeem, refresh where that was asked for; the codes of what the journey tells.</summary>
    private async Task<List<string>> ConnectAsync(
        Company company, McpClient client, (string, string?)[] asking, (string, string?)[] redeeming, string state = McpClient.State, AuthenticationHeaderValue? authorization = null)
    {
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize(asking));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
        var location = allowed.Headers.Location!.OriginalString;
        Assert.StartsWith(client.RedirectUri, location, StringComparison.Ordinal);
        var answer = Browser.QueryOf(new Uri(location));
        Assert.Equal(state, answer["state"]);
        Assert.Equal(company.Issuer, answer["iss"]);

        (string, string?)[] form =
            [("grant_type", "authorization_code"), ("code", answer["code"]), ("code_verifier", client.Verifier), ("redirect_uri", client.RedirectUri), ("client_id", client.Id), ("client_secret", client.Secret)];
        var tokens = await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, redeeming, authorization));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        var journey = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{visit.LoginRequestId}");
        return [.. journey.GetProperty("auth_request").GetProperty("deviations").EnumerateArray().Select(d => d.GetString()!)];
    }

    private McpClient Describe(Company company, string folder, string name, string[] redirects, string redirect, string[]? methods)
    {
        var page = $"{folder}/{Interlocked.Increment(ref documents)}/client.json";
        host.Clients!.Publish(page, new
        {
            client_id = $"https://{page}",
            client_name = name,
            redirect_uris = redirects,
            grant_types = new[] { "authorization_code", "refresh_token" },
            token_endpoint_auth_method = methods?[0] ?? "none",
            token_endpoint_auth_methods_supported = methods ?? ["none"],
            jwks_uri = $"https://{folder.Split('/')[0]}/keys",
        });
        return new(company, $"https://{page}", secret: null, redirect);
    }

    private static async Task<McpClient> RegisterAsync(Company company, string redirect, object metadata)
    {
        using var answer = await company.Host.Anonymous.PostAsJsonAsync($"/api/v1/resources/{company.ResourceId}/clients:register", metadata);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.DoesNotContain(json.EnumerateObject(), m => m.Value.ValueKind == JsonValueKind.Null || m.Value.ToString().Length == 0);
        return new(company, json.GetProperty("client_id").GetString()!, json.TryGetProperty("client_secret", out var secret) ? secret.GetString() : null, redirect);
    }
}
