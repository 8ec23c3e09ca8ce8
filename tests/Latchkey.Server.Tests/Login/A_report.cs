using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class A_report_on_SQLite(OnSqlite host) : A_report(host), IClassFixture<OnSqlite>;

public sealed class A_report_on_PostgreSQL(OnPostgres host) : A_report(host), IClassFixture<OnPostgres>;

public abstract class A_report(LatchkeyHost host)
{
    private const string NoText = "7|true|[]|{}";

    /// <summary>Member, and values that are wrong for it, beside an otherwise good body. {n}: n times the letter x.</summary>
    private static readonly (string Member, string Values)[] Wrong =
    [
        ("sub", NoText + """|null|""|"{256}"|"{600}"|"a\u0000b"|"a\nb"|"\u007f"|"a\u0085b"|"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"|"m2m_abc"|"skc_abc"|"res_x"|"conn_x"|"lri_x"|"req_x"|"grt_x"|"usrcnst_x"|"tkn_x"|"scp_x"|"sec_x"|"aud_x"|"iat_x" """),
        ("email", NoText + """|null|""|"nobody"|"@acme.example"|"ada@"|"a@b@c"|"a b@c.example"|"a@b\u0000.example"|"a@b.example\n"|"{310}@acme.example" """),
        ("name", NoText + """|"{513}"|"a\u0000b" """),
        ("given_name", NoText + """|"{513}" """),
        ("family_name", NoText),
        ("email_verified", """ "yes"|"true"|0|1|[]|{}"""),
        ("phone_number", NoText),
        ("phone_number_verified", """ "yes"|1"""),
        ("preferred_username", NoText),
        ("picture", NoText + """|"{513}" """),
        ("gender", NoText),
        ("locale", NoText),
        ("groups", """ "x"|7|{}|[7]|[null]|[["x"]]|["{513}"]"""),
        ("roles", """ "author"|7|{}|[7]|[null]"""),
        ("organization_external_id", NoText),
        ("organization_external_name", NoText + """|"{201}" """),
        ("custom_attributes", """ "x"|7|true|[]|{"a":"{16400}"}"""),
        ("login_failed", """ "true"|1|[]|{}"""),
        ("acr", NoText),
        ("amr", """ "pwd"|7|{}|[7]"""),
        ("auth_time", """ "soon"|true|[]|{}|-1|1.5|1e400|99999999999999999999|"2026-13-01T00:00:00Z" """),
        ("sid", NoText),
        ("givenName", NoText),
        ("customAttributes", "[]"),
        ("loginFailed", "\"yes\""),
    ];

    public static TheoryData<string, string> WrongBodies
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var (member, values) in Wrong)
            {
                foreach (var value in values.Split('|'))
                {
                    cases.Add(member, value.Trim());
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(WrongBodies))]
    [Spec("OAuth 2.1 §7.4", "client-is-no-person")]
    public async Task Is_refused_with_the_name_of_what_is_wrong_and_may_come_again(string member, string value)
    {
        var company = await host.CompanyAsync();
        var visit = await StartAsync(company);
        var others = new[] { "\"sub\":\"ada\"", "\"email\":\"a@b.example\"" }.Where(m => !m.StartsWith($"\"{member}\":", StringComparison.Ordinal));
        var filled = System.Text.RegularExpressions.Regex.Replace(
            value, @"\{(?<n>\d+)\}", m => new string('x', int.Parse(m.Groups["n"].Value, System.Globalization.CultureInfo.InvariantCulture)), System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        var body = "{" + string.Join(',', others.Append($"\"{member}\":{filled}")) + "}";

        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{visit.LoginRequestId}/user", System.Text.Encoding.UTF8.GetBytes(body)),
            400, "invalid_argument", member);
        await company.ReportAsync(visit.LoginRequestId);
    }

    [Theory]
    [InlineData("{}", "sub")]
    [InlineData("{}", "email")]
    [InlineData("{\"login_failed\":false}", "sub")]
    [InlineData("{\"login_failed\":null,\"sub\":\"ada\"}", "email")]
    public async Task Without_sub_or_email_is_refused_unless_the_login_failed(string body, string member)
    {
        var company = await host.CompanyAsync();

        await Expect.ProblemAsync(await company.TryReportAsync((await StartAsync(company)).LoginRequestId, JsonSerializer.Deserialize<JsonElement>(body)), 400, "invalid_argument", member);
    }

    /// <summary>Byte for byte: nothing is trimmed, folded or normalised.</summary>
    [Theory]
    [InlineData("{255}")]
    [InlineData(" ada ")]
    [InlineData("ADA")]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82")]
    [InlineData("ada@acme.example")]
    [InlineData("e\u0301")]
    [InlineData("\u00e9")]
    [InlineData("\U0001f5dd")]
    [InlineData("M2M_abc")]
    [InlineData("0")]
    public async Task Of_an_unusual_sub_is_taken_as_it_is(string sub)
    {
        var exact = sub == "{255}" ? new string('x', 255) : sub;
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());

        Assert.Equal(exact, (await client.TokensAsync(new { sub = exact, email = "a@b.example" })).Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task For_an_unknown_login_request_is_404()
    {
        var company = await host.CompanyAsync();

        await Expect.ProblemAsync(await company.TryReportAsync("lri_0000000000000000000000"), 404, "login_request_not_found");
        await Expect.ProblemAsync(await company.TryReportAsync("nonsense"), 404, "login_request_not_found");
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
    [Spec("RFC 9068 §5", "claims-not-confused")]
    public async Task Keeps_reserved_claims_of_custom_attributes_below_custom_claims()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync(new { sub = "ada", email = "a@b.example", custom_attributes = new { iss = "evil", aud = "evil", sub = "evil", client_id = "evil", exp = 0, scope = "everything", scopes = new[] { "everything" }, grant_id = "evil", connection_id = "evil", custom_claims = "evil", plan = new { seats = 3 } } });

        Assert.Equal(company.Issuer, tokens.Claims.GetProperty("iss").GetString());
        Assert.Equal("notes:read notes:write", tokens.Claims.GetProperty("scope").GetString());
        Assert.All(tokens.Claims.EnumerateObject().Where(c => c.Name != "custom_claims"), c => Assert.DoesNotContain("evil", c.Value.ToString(), StringComparison.Ordinal));
        Assert.Equal(tokens.Claims.EnumerateObject().Count(), tokens.Claims.EnumerateObject().Select(c => c.Name).Distinct(StringComparer.Ordinal).Count());
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
    [Spec("OpenID Connect §3.1.2.1", "max-age")]
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
