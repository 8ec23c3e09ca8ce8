using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

public sealed class Pushed_authorization_requests_on_SQLite(OnSqlite host) : Pushed_authorization_requests(host), IClassFixture<OnSqlite>;

public sealed class Pushed_authorization_requests_on_PostgreSQL(OnPostgres host)
    : Pushed_authorization_requests(host), IClassFixture<OnPostgres>;

public abstract class Pushed_authorization_requests(LatchkeyHost host)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("RFC 9126 §4", "pushed-parameters-count")]
    public async Task Parameters_are_taken_from_the_pushed_request_and_not_from_the_link(bool isPublic)
    {
        var company = await host.NewCompanyAsync();
        var client = isPublic ? await McpClient.RegisterAsync(company) : await McpClient.CreateAsync(company);
        var requestUri = await PushAsync(client);
        using var browser = new Browser(host);

        // Other parameters of the link are ignored.
        var redirect = await browser.StartAsync(Link(client, requestUri) + "&scope=notes:write&redirect_uri=https%3A%2F%2Fevil.example");
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath), "allow", "notes:read",
            "notes:write");
        Assert.StartsWith(client.RedirectUri, allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var response = Browser.QueryOf(allowed.Headers.Location);
        Assert.Equal("a b+c&d=é", response["state"]);
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RedeemAsync(response["code"]))).Scope);
    }

    [Fact]
    [Spec("RFC 9126 §4", "once")]
    public async Task A_request_URI_is_accepted_once_and_a_reload_in_the_same_browser_continues_the_login()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var link = Link(client, await PushAsync(client));
        using var browser = new Browser(host);
        using var other = new Browser(host);
        var redirect = await browser.StartAsync(link);

        Assert.Equal(redirect, await browser.StartAsync(link));
        await Expect.PageAsync(await other.GetAsync(link), 400, "invalid_request_uri");
        await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var reloaded = await browser.GetAsync(link);
        Assert.StartsWith("/consent/", reloaded.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("RFC 9126 §4", "once")]
    public async Task A_request_URI_opened_by_64_browsers_at_once_starts_one_login_request()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var link = Link(client, await PushAsync(client));
        var responses = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => host.Anonymous.GetAsync(link)));

        Assert.Single(responses, a => a.StatusCode == HttpStatusCode.Redirect);
        Assert.Equal(63, responses.Count(a => a.StatusCode == HttpStatusCode.BadRequest));
    }

    [Fact]
    [Spec("RFC 9126 §2.2", "bound-to-client")]
    [Spec("RFC 9126 §4", "expired-refused")]
    public async Task A_request_URI_is_bound_to_its_client_and_entry_and_expires_after_90_seconds()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var other = await McpClient.CreateAsync(company);
        var requestUri = await PushAsync(client);
        await Expect.PageAsync(await host.Anonymous.GetAsync(Link(other, requestUri)), 400, "invalid_request_uri");
        await Expect.PageAsync(await host.Anonymous.GetAsync(Link(client, requestUri)[client.Entry.Length..]), 400, "invalid_request_uri");
        await Expect.PageAsync(await host.Anonymous.GetAsync(Link(client, requestUri + "x")), 400, "invalid_request_uri");

        host.Clock.Advance(TimeSpan.FromSeconds(91));
        await Expect.PageAsync(await host.Anonymous.GetAsync(Link(client, requestUri)), 400, "invalid_request_uri");
    }

    [Theory]
    [InlineData(89_999, true)]
    [InlineData(90_000, false)]
    [Spec("RFC 9126 §4", "expired-refused")]
    public async Task A_request_URI_is_accepted_for_exactly_90_seconds(int milliseconds, bool isAccepted)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var still = host.Clock.StandStill();
        var link = Link(client, await PushAsync(client));
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        using var response = await host.Anonymous.GetAsync(link);

        Assert.Equal(isAccepted ? HttpStatusCode.Redirect : HttpStatusCode.BadRequest, response.StatusCode);
    }

    public static TheoryData<string, string?, string> WrongParameters => new()
    {
        { "request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request" },
        { "response_type", null, "invalid_request" },
        { "response_type", "token", "unsupported_response_type" },
        { "code_challenge", null, "invalid_request" },
        { "code_challenge_method", "plain", "invalid_request" },
        { "redirect_uri", "https://evil.example", "invalid_request" },
        { "resource", "https://other.example", "invalid_target" },
        { "prompt", "none", "login_required" },
        { "request", "eyJ", "request_not_supported" },
    };

    [Theory]
    [MemberData(nameof(WrongParameters))]
    [Spec("RFC 9126 §2.1", "no-request-uri", "checked-when-pushed")]
    [Spec("RFC 9126 §2.3", "json-errors")]
    public async Task Parameters_that_authorize_refuses_are_refused_with_a_JSON_error(string parameter, string? value, string error)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await Expect.ErrorAsync(await TryPushAsync(client, (parameter, value)), 400, error);
    }

    /// <summary>A value that is invalid UTF-8 could not be returned to the client unchanged, so it is not stored.</summary>
    [Fact]
    public async Task A_parameter_that_is_invalid_UTF_8_is_refused()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var content = new StringContent(
            client.Authorize(("state", null)).Split('?')[1] + "&state=%FF", Encoding.UTF8, "application/x-www-form-urlencoded");

        await Expect.ErrorAsync(await host.Anonymous.PostAsync($"{client.Entry}/oauth/par", content), 400, "invalid_request");
    }

    [Fact]
    [Spec("RFC 9126 §2.1", "authenticated")]
    [Spec("RFC 9126 §2.3", "wrong-method")]
    public async Task Pushing_a_request_needs_client_authentication_and_POST()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await Expect.ErrorAsync(await TryPushAsync(client, ("client_secret", null)), 401, "invalid_client");
        await Expect.ErrorAsync(await TryPushAsync(client, ("client_secret", "lks_wrong")), 401, "invalid_client");
        await Expect.ErrorAsync(await TryPushAsync(client, ("client_id", null)), 401, "invalid_client");
        await Expect.ErrorAsync(await host.Anonymous.GetAsync($"{client.Entry}/oauth/par"), 405, "invalid_request");
    }

    [Fact]
    [Spec("RFC 9126 §4", "push-required")]
    public async Task A_client_that_requires_pushed_requests_is_refused_without_a_request_URI()
    {
        var company = await host.NewCompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{company.ResourceId}/clients",
            new
            {
                name = "Careful",
                redirect_uris = new[] { "https://client.example/callback" },
                require_pushed_authorization_requests = true
            });
        Assert.True(made.GetProperty("client").GetProperty("require_pushed_authorization_requests").GetBoolean());
        var client = new McpClient(
            company, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString(),
            "https://client.example/callback");

        Expect.Redirect(await host.Anonymous.GetAsync(client.Authorize()), client.RedirectUri, "invalid_request", company.Issuer);
        using var browser = new Browser(host);
        await browser.StartAsync(Link(client, await PushAsync(client)));
    }

    [Fact]
    [Spec("RFC 9126 §2.2", "created", "unguessable")]
    public async Task A_request_URI_has_256_random_bits()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            var requestUri = await PushAsync(client);

            // 43 characters of base64url are 256 bits.
            Assert.Matches("^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$", requestUri);
            Assert.True(seen.Add(requestUri));
        }
    }

    /// <summary>The operator may disable registration between the push and the authorization request (RFC 9126 §7.4).</summary>
    [Fact]
    [Spec("RFC 9126 §7.4", "checked-again")]
    public async Task A_pushed_request_is_checked_again_when_it_is_used()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var requestUri = await PushAsync(client);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });
        await Expect.PageAsync(await host.Anonymous.GetAsync(Link(client, requestUri)), 400, "registration_closed");
    }

    private static string Link(McpClient client, string requestUri) =>
        $"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(requestUri)}";

    private static async Task<string> PushAsync(McpClient client)
    {
        using var response = await TryPushAsync(client);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal(90, json.GetProperty("expires_in").GetInt32());
        return json.GetProperty("request_uri").GetString()!;
    }

    private static Task<HttpResponseMessage> TryPushAsync(McpClient client, params (string Name, string? Value)[] changes)
    {
        var parameters = client.Authorize().Split('?')[1].Split('&').Select(p => p.Split('=', 2))
            .Select(p => (p[0], (string?)Uri.UnescapeDataString(p[1])));
        return client.PostAsync("/oauth/par", [.. parameters, ("client_secret", client.Secret)], changes);
    }
}
