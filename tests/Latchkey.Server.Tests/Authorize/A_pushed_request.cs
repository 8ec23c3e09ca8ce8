using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

public sealed class A_pushed_request_on_SQLite(OnSqlite host) : A_pushed_request(host), IClassFixture<OnSqlite>;

public sealed class A_pushed_request_on_PostgreSQL(OnPostgres host) : A_pushed_request(host), IClassFixture<OnPostgres>;

public abstract class A_pushed_request(LatchkeyHost host)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("RFC 9126 §4", "pushed-parameters-count")]
    public async Task Leads_to_tokens_with_the_parameters_that_were_pushed(bool isPublic)
    {
        var company = await host.NewCompanyAsync();
        var client = isPublic ? await McpClient.RegisterAsync(company) : await McpClient.CreateAsync(company);
        var requestUri = await PushAsync(client);
        using var browser = new Browser(host);

        // What else stands in the link is not looked at.
        var visit = await browser.StartAsync(Link(client, requestUri) + "&scope=notes:write&redirect_uri=https%3A%2F%2Fevil.example");
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath), "allow", "notes:read", "notes:write");
        Assert.StartsWith(client.RedirectUri, allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var answer = Browser.QueryOf(allowed.Headers.Location);
        Assert.Equal("a b+c&d=é", answer["state"]);
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RedeemAsync(answer["code"]))).Scope);
    }

    [Fact]
    [Spec("RFC 9126 §4", "once")]
    public async Task Is_good_once_but_the_browser_that_used_it_may_reload_and_goes_on_where_it_stands()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var link = Link(client, await PushAsync(client));
        using var browser = new Browser(host);
        using var other = new Browser(host);
        var visit = await browser.StartAsync(link);

        Assert.Equal(visit, await browser.StartAsync(link));
        await Expect.PageAsync(await other.GetAsync(link), 400, "invalid_request_uri");
        await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);
        using var reloaded = await browser.GetAsync(link);
        Assert.StartsWith("/consent/", reloaded.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("RFC 9126 §4", "once")]
    public async Task Begins_one_visit_however_many_browsers_open_it_at_once()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var link = Link(client, await PushAsync(client));
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => host.Anybody.GetAsync(link)));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Redirect);
        Assert.Equal(63, answers.Count(a => a.StatusCode == HttpStatusCode.BadRequest));
    }

    [Fact]
    [Spec("RFC 9126 §2.2", "bound-to-client")]
    [Spec("RFC 9126 §4", "expired-refused")]
    public async Task Is_the_clients_own_at_the_entry_it_was_pushed_to_and_for_90_seconds()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var other = await McpClient.CreateAsync(company);
        var requestUri = await PushAsync(client);
        await Expect.PageAsync(await host.Anybody.GetAsync(Link(other, requestUri)), 400, "invalid_request_uri");
        await Expect.PageAsync(await host.Anybody.GetAsync(Link(client, requestUri)[client.Entry.Length..]), 400, "invalid_request_uri");
        await Expect.PageAsync(await host.Anybody.GetAsync(Link(client, requestUri + "x")), 400, "invalid_request_uri");

        host.Clock.Advance(TimeSpan.FromSeconds(91));
        await Expect.PageAsync(await host.Anybody.GetAsync(Link(client, requestUri)), 400, "invalid_request_uri");
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
    public async Task Is_refused_in_JSON_for_what_authorize_would_refuse(string parameter, string? value, string error)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await Expect.ErrorAsync(await TryPushAsync(client, (parameter, value)), 400, error);
    }

    /// <summary>What cannot be given back as it came is not kept.</summary>
    [Fact]
    public async Task Is_refused_when_it_holds_bytes_that_are_no_text()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var content = new StringContent(client.Authorize(("state", null)).Split('?')[1] + "&state=%FF", Encoding.UTF8, "application/x-www-form-urlencoded");

        await Expect.ErrorAsync(await host.Anybody.PostAsync($"{client.Entry}/oauth/par", content), 400, "invalid_request");
    }

    [Fact]
    [Spec("RFC 9126 §2.1", "authenticated")]
    [Spec("RFC 9126 §2.3", "wrong-method")]
    public async Task Is_taken_only_from_a_client_that_proves_itself_and_by_POST()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await Expect.ErrorAsync(await TryPushAsync(client, ("client_secret", null)), 401, "invalid_client");
        await Expect.ErrorAsync(await TryPushAsync(client, ("client_secret", "lks_wrong")), 401, "invalid_client");
        await Expect.ErrorAsync(await TryPushAsync(client, ("client_id", null)), 401, "invalid_client");
        await Expect.ErrorAsync(await host.Anybody.GetAsync($"{client.Entry}/oauth/par"), 405, "invalid_request");
    }

    [Fact]
    [Spec("RFC 9126 §4", "push-required")]
    public async Task Is_the_only_way_for_a_client_that_was_made_so()
    {
        var company = await host.NewCompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Careful", redirect_uris = new[] { "https://client.example/callback" }, require_pushed_authorization_requests = true });
        Assert.True(made.GetProperty("client").GetProperty("require_pushed_authorization_requests").GetBoolean());
        var client = new McpClient(company, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString(), "https://client.example/callback");

        Expect.Redirect(await host.Anybody.GetAsync(client.Authorize()), client.RedirectUri, "invalid_request", company.Issuer);
        using var browser = new Browser(host);
        await browser.StartAsync(Link(client, await PushAsync(client)));
    }

    [Fact]
    [Spec("RFC 9126 §2.2", "created", "unguessable")]
    public async Task Has_a_reference_that_nobody_can_guess()
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

    /// <summary>Between pushing and asking the operator may have closed the door (RFC 9126 §7.4).</summary>
    [Fact]
    [Spec("RFC 9126 §7.4", "checked-again")]
    public async Task Is_checked_again_when_it_is_used()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var requestUri = await PushAsync(client);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });
        await Expect.PageAsync(await host.Anybody.GetAsync(Link(client, requestUri)), 400, "registration_closed");
    }

    private static string Link(McpClient client, string requestUri) => $"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(requestUri)}";

    private static async Task<string> PushAsync(McpClient client)
    {
        using var answer = await TryPushAsync(client);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(90, json.GetProperty("expires_in").GetInt32());
        return json.GetProperty("request_uri").GetString()!;
    }

    private static Task<HttpResponseMessage> TryPushAsync(McpClient client, params (string Name, string? Value)[] changes)
    {
        var parameters = client.Authorize().Split('?')[1].Split('&').Select(p => p.Split('=', 2)).Select(p => (p[0], (string?)Uri.UnescapeDataString(p[1])));
        return client.PostAsync("/oauth/par", [.. parameters, ("client_secret", client.Secret)], changes);
    }
}
