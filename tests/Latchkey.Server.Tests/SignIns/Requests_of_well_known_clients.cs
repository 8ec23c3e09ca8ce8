using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>
/// Requests as well-known clients send them. Each client gets its tokens, and exactly its deviations from the specifications are recorded
/// in the sign-in log.
/// </summary>
public sealed class Requests_of_well_known_clients(WithClientHost host) : IClassFixture<WithClientHost>
{
    private static int documents;

    /// <summary>
    /// Has a metadata document with loopback redirect URIs without a port. Requests with localhost, an ephemeral port and the origin as
    /// resource.
    /// </summary>
    [Fact]
    public async Task Claude_Code_connects_and_its_deviations_are_recorded()
    {
        var company = await host.NewCompanyAsync();
        var client = Describe(
            company, "claude.ai/oauth", "Claude Code", ["http://localhost/callback", "http://127.0.0.1/callback"],
            "http://localhost:54545/callback", methods: null);
        var origin = new Uri(company.ResourceUri).GetLeftPart(UriPartial.Authority) + "/";

        Assert.Equal(
            ["resource_is_origin", "localhost_redirect"],
            await ConnectAsync(company, client, [("resource", origin)], [("resource", origin)]));
    }

    [Fact]
    public async Task Claude_connects_with_a_preregistered_client()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company, "https://claude.ai/api/mcp/auth_callback");
        Assert.Empty(await ConnectAsync(company, client, [], [("resource", company.ResourceUri)]));
    }

    /// <summary>Prefers private_key_jwt and also supports none. The redirect URI is specific to the connector.</summary>
    [Fact]
    public async Task ChatGPT_connects_without_deviations()
    {
        var company = await host.NewCompanyAsync();
        const string Callback = "https://chatgpt.com/connector/oauth/abc123";
        var client = Describe(company, "chatgpt.com/oauth/abc123", "ChatGPT", [Callback], Callback, methods: ["private_key_jwt", "none"]);
        Assert.Empty(await ConnectAsync(company, client, [("scope", "notes:read offline_access")], [("resource", company.ResourceUri)]));
    }

    /// <summary>
    /// Registers four redirect URIs, two of which forward to the device, with the grant types that the metadata offers, and sends a very
    /// long state.
    /// </summary>
    [Theory]
    [InlineData("https://vscode.dev/redirect")]
    [InlineData("https://insiders.vscode.dev/redirect")]
    [InlineData("http://127.0.0.1:33418/")]
    [InlineData("http://127.0.0.1:51234/")]
    public async Task Visual_Studio_Code_connects_with_each_of_its_redirect_URIs(string redirect)
    {
        var company = await host.NewCompanyAsync();
        var client = await RegisterAsync(company, redirect, new
        {
            client_name = "Visual Studio Code",
            client_uri = "https://code.visualstudio.com",
            grant_types = new[] { "authorization_code", "refresh_token" },
            response_types = new[] { "code" },
            redirect_uris = new[] { "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/",
                "http://127.0.0.1:33418/" },
            scope = "notes:read notes:write",
            token_endpoint_auth_method = "none",
            application_type = "native",
        });
        var state = "vscode://authentication-provider/login?"
            + Uri.EscapeDataString(string.Concat(Enumerable.Repeat("nonce=a b&windowId=1;", 60)));

        Assert.Empty(await ConnectAsync(company, client, [("state", state)], [("resource", company.ResourceUri)], state));
    }

    /// <summary>One registration with three redirect URIs and without application_type.</summary>
    [Theory]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "")]
    [InlineData("https://www.cursor.com/agents/mcp/oauth/callback", "")]
    [InlineData("http://localhost:8787/callback", "localhost_redirect")]
    public async Task Cursor_connects_with_each_of_its_redirect_URIs(string redirect, string quirk)
    {
        var company = await host.NewCompanyAsync();
        var client = await RegisterAsync(company, redirect, new
        {
            client_name = "Cursor",
            redirect_uris = new[] { "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback",
                "http://localhost:8787/callback" },
            grant_types = new[] { "authorization_code", "refresh_token" },
            response_types = new[] { "code" },
            token_endpoint_auth_method = "none",
        });
        Assert.Equal(
            quirk.Split(',', StringSplitOptions.RemoveEmptyEntries),
            await ConnectAsync(company, client, [], [("resource", company.ResourceUri)]));
    }

    [Fact]
    public async Task Mcp_remote_connects_with_a_trailing_slash_in_the_resource()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "http://127.0.0.1:3334/oauth/callback");
        var slash = company.ResourceUri + "/";
        Assert.Equal(["resource_spelling"], await ConnectAsync(company, client, [("resource", slash)], [("resource", slash)]));
    }

    /// <summary>
    /// It stores registrations by server name and may send one of another server. The error page tells the user, who can delete the stale
    /// file.
    /// </summary>
    [Fact]
    public async Task Mcp_remote_with_the_client_id_of_another_server_gets_an_error_page()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("client_id", "f7a0b8f2-7f4b-4a2e-9c0e-3a5f2d1c9e11"))), 400, "unknown_client");
    }

    /// <summary>
    /// Runs in a browser page: requests consent each time, requests offline_access without having registered refresh_token, and omits the
    /// resource.
    /// </summary>
    [Fact]
    public async Task MCP_Inspector_connects_and_its_deviations_are_recorded()
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

    /// <summary>
    /// Registers with client_secret_post but uses the first method that is listed. Its configured scopes may be unknown to the server.
    /// </summary>
    [Fact]
    public async Task The_CSharp_SDK_connects_and_its_deviations_are_recorded()
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
            await ConnectAsync(
                company, client, [("scope", "mcp:tools")],
                [("resource", company.ResourceUri), ("client_secret", null), ("client_id", null)], authorization: basic));
    }

    /// <summary>A backend with one HTTP client for all requests also sends its last bearer token to the token endpoint.</summary>
    [Theory]
    [InlineData("Bearer", "stale.bearer.token", "bearer_at_token")]
    [InlineData("Basic", "", "empty_secret")]
    public async Task A_client_that_always_sends_an_Authorization_header_connects(string scheme, string value, string quirk)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "https://client.example/callback");
        var header = new AuthenticationHeaderValue(
            scheme, value.Length > 0 ? value : Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client.Id}:")));
        Assert.Equal([quirk], await ConnectAsync(company, client, [], [("resource", company.ResourceUri)], authorization: header));
    }

    [Fact]
    public async Task An_unknown_prompt_value_is_ignored_and_recorded()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "https://client.example/callback");
        Assert.Equal(["unknown_prompt"], await ConnectAsync(company, client, [("prompt", "please")], [("resource", company.ResourceUri)]));
    }

    /// <summary>Keeps the table of deviations in the docs up to date.</summary>
    [Fact]
    public void Every_deviation_is_documented()
    {
        var rows = File.ReadLines(Path.Combine(Artifacts.Root, "docs", "wire.md")).SkipWhile(line => line != "## Deviations")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(ClientQuirk.All.Select(d => $"| `{d.Code}` | {d.Rule} | {d.Sentence} |"), rows);
    }

    /// <summary>
    /// Authorizes, signs in, allows all scopes, redeems the code and refreshes. Returns the codes of the recorded deviations.
    /// </summary>
    private async Task<List<string>> ConnectAsync(
        Company company, McpClient client, (string, string?)[] asking, (string, string?)[] redeeming, string state = McpClient.State,
        AuthenticationHeaderValue? authorization = null)
    {
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize(asking));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(details.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
        var location = allowed.Headers.Location!.OriginalString;
        Assert.StartsWith(client.RedirectUri, location, StringComparison.Ordinal);
        var answer = Browser.QueryOf(new Uri(location));
        Assert.Equal(state, answer["state"]);
        Assert.Equal(company.Issuer, answer["iss"]);

        (string, string?)[] form =
        [
            ("grant_type", "authorization_code"), ("code", answer["code"]), ("code_verifier", client.Verifier),
            ("redirect_uri", client.RedirectUri), ("client_id", client.Id), ("client_secret", client.Secret)
        ];
        var tokens = await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, redeeming, authorization));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{details.LoginRequestId}");
        return [.. signIn.GetProperty("auth_request").GetProperty("deviations").EnumerateArray().Select(d => d.GetString()!)];
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
        using var answer = await company.Host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register", metadata);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.DoesNotContain(json.EnumerateObject(), m => m.Value.ValueKind == JsonValueKind.Null || m.Value.ToString().Length == 0);
        return new(
            company, json.GetProperty("client_id").GetString()!,
            json.TryGetProperty("client_secret", out var secret) ? secret.GetString() : null, redirect);
    }
}
