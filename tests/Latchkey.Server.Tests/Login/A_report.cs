using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class A_report_on_SQLite(OnSqlite host) : A_report(host), IClassFixture<OnSqlite>;

public sealed class A_report_on_PostgreSQL(OnPostgres host) : A_report(host), IClassFixture<OnPostgres>;

public abstract class A_report(LatchkeyHost host)
{
    public static TheoryData<string, string> WrongBodies => new()
    {
        { """{"email":"a@b.example"}""", "sub" },
        { """{"sub":"","email":"a@b.example"}""", "sub" },
        { $$"""{"sub":"{{new string('x', 256)}}","email":"a@b.example"}""", "sub" },
        { """{"sub":"a\u0000b","email":"a@b.example"}""", "sub" },
        { """{"sub":"m2m_abc","email":"a@b.example"}""", "sub" },
        { """{"sub":"skc_abc","email":"a@b.example"}""", "sub" },
        { """{"sub":7,"email":"a@b.example"}""", "sub" },
        { """{"sub":"ada"}""", "email" },
        { """{"sub":"ada","email":"nobody"}""", "email" },
        { """{"sub":"ada","email":"a b@c.example"}""", "email" },
        { """{"sub":"ada","email":"a@b.example","roles":"author"}""", "roles" },
        { """{"sub":"ada","email":"a@b.example","custom_attributes":[]}""", "custom_attributes" },
        { """{"sub":"ada","email":"a@b.example","email_verified":"yes"}""", "email_verified" },
    };

    [Theory]
    [MemberData(nameof(WrongBodies))]
    public async Task Is_refused_with_the_name_of_what_is_wrong_and_may_come_again(string body, string member)
    {
        var company = await host.NewCompanyAsync();
        var visit = await StartAsync(company);

        await Expect.ProblemAsync(await company.TryReportAsync(visit.LoginRequestId, JsonSerializer.Deserialize<JsonElement>(body)), 400, "invalid_argument", member);
        await company.ReportAsync(visit.LoginRequestId);
    }

    [Fact]
    public async Task Of_the_same_person_again_has_the_same_answer()
    {
        var company = await host.NewCompanyAsync();
        var visit = await StartAsync(company);

        Assert.Equal(await company.ReportAsync(visit.LoginRequestId), await company.ReportAsync(visit.LoginRequestId));
    }

    [Fact]
    public async Task Of_another_person_is_refused_and_recorded()
    {
        var company = await host.NewCompanyAsync();
        var visit = await StartAsync(company);
        await company.ReportAsync(visit.LoginRequestId);

        await Expect.ProblemAsync(await company.TryReportAsync(visit.LoginRequestId, new { sub = "bob", email = "bob@acme.example" }), 409, "other_user_reported");
        Assert.Contains("login.report_refused", await host.JourneyAsync(visit.LoginRequestId), StringComparer.Ordinal);
    }

    [Fact]
    public async Task After_the_callback_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);

        await Expect.ProblemAsync(await company.TryReportAsync(visit.LoginRequestId), 409, "login_request_over");
    }

    [Fact]
    public async Task Has_one_winner_among_64_different_people_at_once()
    {
        var company = await host.NewCompanyAsync();
        var visit = await StartAsync(company);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => company.TryReportAsync(visit.LoginRequestId, new { sub = $"user{i}", email = "a@b.example" })));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Equal(63, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Without_or_with_a_foreign_bearer_is_401_and_with_another_connections_credential_404()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var visit = await StartAsync(company);
        var path = $"/api/v1/connections/{company.ConnectionId}/auth-requests/{visit.LoginRequestId}/user";

        await Expect.ProblemAsync(await host.Anybody.PostAsJsonAsync(path, Company.Ada), 401, "unauthenticated");
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        await Expect.ProblemAsync(await WithBearerAsync(path, tokens.Access), 401, "invalid_token");
        await Expect.ProblemAsync(await WithBearerAsync(path, (await company.TokenAsync())[..^2] + "xx"), 401, "invalid_token");
        await Expect.ProblemAsync(await other.SendAsync(HttpMethod.Post, path, Company.Ada), 404, "connection_not_found");
        await Expect.ProblemAsync(
            await other.SendAsync(HttpMethod.Post, path.Replace(company.ConnectionId, other.ConnectionId, StringComparison.Ordinal), Company.Ada), 404, "login_request_not_found");
        await company.ReportAsync(visit.LoginRequestId);
    }

    [Fact]
    public async Task With_an_expired_bearer_is_401()
    {
        var company = await host.NewCompanyAsync();
        var token = await company.TokenAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(61));

        await Expect.ProblemAsync(await WithBearerAsync($"/api/v1/connections/{company.ConnectionId}/auth-requests/lri_0000000000000000000000/user", token), 401, "invalid_token");
    }

    [Fact]
    public async Task Takes_camel_case_twins_and_ignores_and_records_unknown_members()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId, new { sub = "ada", email = "a@b.example", givenName = "Ada", familyName = "King", organizationExternalName = "Acme", shoeSize = 38 });
        var consent = await browser.ComeBackAsync(report.CallbackPath);

        Assert.Contains("Ada King", consent.Html, StringComparison.Ordinal);
        Assert.Contains("Acme", consent.Html, StringComparison.Ordinal);
        var journey = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{visit.LoginRequestId}");
        Assert.Contains("shoeSize", journey.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_reserved_claims_of_custom_attributes_below_custom_claims()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync(new { sub = "ada", email = "a@b.example", custom_attributes = new { iss = "evil", aud = "evil", scope = "everything", plan = new { seats = 3 } } });

        Assert.Equal(company.Issuer, tokens.Claims.GetProperty("iss").GetString());
        Assert.Equal("notes:read notes:write", tokens.Claims.GetProperty("scope").GetString());
        Assert.Equal("evil", tokens.Claims.GetProperty("custom_claims").GetProperty("iss").GetString());
        Assert.Equal(3, tokens.Claims.GetProperty("custom_claims").GetProperty("plan").GetProperty("seats").GetInt32());
    }

    [Fact]
    public async Task That_is_not_as_fresh_as_asked_is_taken_without_auth_time_unless_the_resource_insists()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var longAgo = host.Clock.GetUtcNow().AddHours(-3).ToUnixTimeSeconds();
        var user = new { sub = "ada", email = "a@b.example", auth_time = longAgo, acr = "pwd", sid = "s1" };
        var visit = await browser.StartAsync(client.Authorize(("max_age", "60")));
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId, user)).CallbackPath), "allow", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.False(tokens.Claims.TryGetProperty("auth_time", out _));
        Assert.Equal("pwd", tokens.Claims.GetProperty("acr").GetString());
        Assert.Equal("s1", tokens.Claims.GetProperty("sid").GetString());

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { require_fresh_login = true });
        var insisted = await browser.StartAsync(client.Authorize(("max_age", "60")));
        await Expect.ProblemAsync(await company.TryReportAsync(insisted.LoginRequestId, user), 422, "login_not_fresh", "auth_time");
        await company.ReportAsync(insisted.LoginRequestId, new { sub = "ada", email = "a@b.example", auth_time = host.Clock.GetUtcNow().ToUnixTimeSeconds() });
    }

    [Fact]
    public async Task Is_preceded_by_a_context_that_says_who_asks_for_what()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize(("prompt", "login"), ("max_age", "60"), ("acr_values", "mfa"), ("login_hint", "ada"), ("ui_locales", "de en")));
        using var answer = await company.SendAsync(HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{visit.LoginRequestId}");
        var context = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("Back office", context.GetProperty("client").GetProperty("name").GetString());
        Assert.Equal("client.example", context.GetProperty("client").GetProperty("host").GetString());
        Assert.True(context.GetProperty("client").GetProperty("vouched_for").GetBoolean());
        Assert.Equal(company.ResourceUri, context.GetProperty("resource").GetProperty("resource_uri").GetString());
        Assert.Equal("Read your notes", context.GetProperty("scopes")[0].GetProperty("description").GetString());
        Assert.Equal(("login", 60, "mfa", "ada", "de en"), (
            context.GetProperty("prompt").GetString(), context.GetProperty("max_age").GetInt64(), context.GetProperty("acr_values").GetString(),
            context.GetProperty("login_hint").GetString(), context.GetProperty("ui_locales").GetString()));
    }

    private async Task<Visit> StartAsync(Company company)
    {
        using var browser = new Browser(host);
        return await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
    }

    private async Task<HttpResponseMessage> WithBearerAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(Company.Ada) };
        request.Headers.Authorization = new("Bearer", token);
        return await host.Anybody.SendAsync(request);
    }
}
