using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Login_reports_on_SQLite(OnSqlite host) : Login_reports(host), IClassFixture<OnSqlite>;

public sealed class Login_reports_on_PostgreSQL(OnPostgres host) : Login_reports(host), IClassFixture<OnPostgres>;

public abstract class Login_reports(LatchkeyHost host)
{
    private const string NoText = "7|true|[]|{}";

    /// <summary>A member and its invalid values, in an otherwise valid body. {n} stands for n times the letter x.</summary>
    private static readonly (string Member, string Values)[] Wrong =
    [
        ("sub",
            NoText + """|null|""|"{256}"|"{600}"|"a\u0000b"|"a\nb"|"\u007f"|"a\u0085b" """
            + $"|\"{new string('é', 128)}\"|"
            + """ "m2m_abc"|"skc_abc"|"res_x"|"conn_x"|"lri_x"|"req_x"|"grt_x"|"usrcnst_x"|"tkn_x"|"scp_x"|"sec_x"|"aud_x"|"iat_x" """),
        ("email",
            NoText
            + """
              |null|""|"nobody"|"@acme.example"|"ada@"|"a@b@c"|"a b@c.example"
              |"a@b\u0000.example"|"a@b.example\n"|"{310}@acme.example"
              """),
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
    public async Task An_invalid_member_is_refused_by_name_and_the_report_may_be_sent_again(string member, string value)
    {
        var company = await host.CompanyAsync();
        var redirect = await StartAsync(company);
        var others = new[] { "\"sub\":\"ada\"", "\"email\":\"a@b.example\"" }.Where(
            m => !m.StartsWith($"\"{member}\":", StringComparison.Ordinal));
        var filled = System.Text.RegularExpressions.Regex.Replace(
            value, @"\{(?<n>\d+)\}",
            m => new string('x', int.Parse(m.Groups["n"].Value, System.Globalization.CultureInfo.InvariantCulture)),
            System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromMinutes(1));
        var body = "{" + string.Join(',', others.Append($"\"{member}\":{filled}")) + "}";

        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(
                HttpMethod.Post,
                $"/api/v1/connections/{company.ConnectionId}/auth-requests/{redirect.LoginRequestId}/user",
                System.Text.Encoding.UTF8.GetBytes(body)),
            400, "invalid_argument", member);
        await company.ReportAsync(redirect.LoginRequestId);
    }

    [Theory]
    [InlineData("{}", "sub")]
    [InlineData("{}", "email")]
    [InlineData("{\"login_failed\":false}", "sub")]
    [InlineData("{\"login_failed\":null,\"sub\":\"ada\"}", "email")]
    public async Task A_report_without_sub_or_email_is_refused_unless_the_login_failed(string body, string member)
    {
        var company = await host.CompanyAsync();

        await Expect.ProblemAsync(
            await company.TryReportAsync((await StartAsync(company)).LoginRequestId, JsonSerializer.Deserialize<JsonElement>(body)), 400,
            "invalid_argument", member);
    }

    /// <summary>The value is kept byte for byte: it is not trimmed, case-folded or normalised.</summary>
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
    public async Task An_unusual_sub_is_accepted_unchanged(string sub)
    {
        var exact = sub == "{255}" ? new string('x', 255) : sub;
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());

        Assert.Equal(exact, (await client.TokensAsync(new { sub = exact, email = "a@b.example" })).Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task A_report_for_an_unknown_login_request_is_404()
    {
        var company = await host.CompanyAsync();

        await Expect.ProblemAsync(await company.TryReportAsync("lri_0000000000000000000000"), 404, "login_request_not_found");
        await Expect.ProblemAsync(await company.TryReportAsync("nonsense"), 404, "login_request_not_found");
    }

    [Fact]
    public async Task A_repeated_report_of_the_same_user_has_the_same_response()
    {
        var company = await host.NewCompanyAsync();
        var redirect = await StartAsync(company);

        Assert.Equal(await company.ReportAsync(redirect.LoginRequestId), await company.ReportAsync(redirect.LoginRequestId));
    }

    [Fact]
    public async Task A_report_of_another_user_is_refused_and_recorded()
    {
        var company = await host.NewCompanyAsync();
        var redirect = await StartAsync(company);
        await company.ReportAsync(redirect.LoginRequestId);

        await Expect.ProblemAsync(
            await company.TryReportAsync(redirect.LoginRequestId, new { sub = "bob", email = "bob@acme.example" }),
            409,
            "other_user_reported");
        Assert.Contains("login.report_refused", await host.SignInEventsAsync(redirect.LoginRequestId), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_report_while_the_consent_page_is_open_has_the_same_response_and_leads_back_to_it()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(redirect.LoginRequestId);
        await browser.ComeBackAsync(report.CallbackPath);

        Assert.Equal(report, await company.ReportAsync(redirect.LoginRequestId, new { sub = "ada", email = "new@acme.example" }));
        await Expect.ProblemAsync(
            await company.TryReportAsync(redirect.LoginRequestId, new { sub = "bob", email = "bob@acme.example" }),
            409,
            "other_user_reported");
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        Assert.Contains("ada@acme.example", consent.Html, StringComparison.Ordinal);
        Assert.Contains("login.reported_again", await host.SignInEventsAsync(redirect.LoginRequestId), StringComparer.Ordinal);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
    }

    [Theory]
    [InlineData(LoginFlow.Refused)]
    [InlineData(LoginFlow.AwaitingExchange)]
    [InlineData(LoginFlow.Exchanged)]
    public async Task A_report_after_the_end_is_refused_as_over(string stage)
    {
        using var login = await LoginFlow.AtAsync(host, stage);
        foreach (var user in new object[] { Company.Ada, new { sub = "bob", email = "bob@acme.example" } })
        {
            await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Redirect.LoginRequestId, user), 409, "login_request_over");
        }

        await login.ExpectUnchangedAsync();
    }

    /// <summary>The login page can say "start again" before it asks for a password.</summary>
    [Theory]
    [InlineData(LoginFlow.AwaitingLogin, "awaiting_login", 15)]
    [InlineData(LoginFlow.AwaitingReturn, "awaiting_return", 2)]
    [InlineData(LoginFlow.Refused, "refused", 15)]
    [InlineData(LoginFlow.AwaitingConsent, "awaiting_consent", 10)]
    [InlineData(LoginFlow.AwaitingExchange, "awaiting_exchange", 1)]
    public async Task The_login_context_tells_the_true_stage_up_to_its_deadline_and_then_expired(string stage, string told, int minutes)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, stage);
        host.Clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(told, await StageAsync(login));
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("expired", await StageAsync(login));
    }

    [Fact]
    public async Task The_login_context_of_a_stopped_login_is_ended_and_of_a_finished_one_exchanged()
    {
        using var stopped = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        (await stopped.Browser.GetAsync(stopped.CallbackWithoutProof)).Dispose();
        Assert.Equal("ended", await StageAsync(stopped));
        using var finished = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        Assert.Equal("exchanged", await StageAsync(finished));
    }

    [Fact]
    public async Task One_of_64_concurrent_reports_of_different_users_is_accepted()
    {
        var company = await host.NewCompanyAsync();
        var redirect = await StartAsync(company);

        var responses = await Task.WhenAll(Enumerable.Range(0, 64)
            .Select(i => company.TryReportAsync(redirect.LoginRequestId, new { sub = $"user{i}", email = "a@b.example" })));
        Assert.Single(responses, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Equal(63, responses.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_report_with_a_missing_or_wrong_bearer_is_401_and_with_the_credential_of_another_connection_404()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var redirect = await StartAsync(company);
        var path = $"/api/v1/connections/{company.ConnectionId}/auth-requests/{redirect.LoginRequestId}/user";

        await Expect.ProblemAsync(await host.Anonymous.PostAsJsonAsync(path, Company.Ada), 401, "unauthenticated");
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        await Expect.ProblemAsync(await WithBearerAsync(path, tokens.Access), 401, "invalid_token");
        await Expect.ProblemAsync(await WithBearerAsync(path, (await company.TokenAsync())[..^2] + "xx"), 401, "invalid_token");
        await Expect.ProblemAsync(await other.SendAsync(HttpMethod.Post, path, Company.Ada), 404, "connection_not_found");
        await Expect.ProblemAsync(
            await other.SendAsync(
                HttpMethod.Post, path.Replace(company.ConnectionId, other.ConnectionId, StringComparison.Ordinal), Company.Ada),
            404, "login_request_not_found");
        await company.ReportAsync(redirect.LoginRequestId);
    }

    [Fact]
    public async Task A_report_with_an_expired_bearer_is_401()
    {
        var company = await host.NewCompanyAsync();
        var token = await company.TokenAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(61));

        await Expect.ProblemAsync(
            await WithBearerAsync($"/api/v1/connections/{company.ConnectionId}/auth-requests/lri_0000000000000000000000/user", token),
            401,
            "invalid_token");
    }

    [Fact]
    public async Task Camel_case_members_are_accepted_and_unknown_members_are_ignored_and_recorded()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(
            redirect.LoginRequestId,
            new
            {
                sub = "ada",
                email = "a@b.example",
                givenName = "Ada",
                familyName = "King",
                organizationExternalName = "Acme",
                shoeSize = 38
            });
        var consent = await browser.ComeBackAsync(report.CallbackPath);

        Assert.Contains("Ada King", consent.Html, StringComparison.Ordinal);
        Assert.Contains("Acme", consent.Html, StringComparison.Ordinal);
        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{redirect.LoginRequestId}");
        Assert.Contains("shoeSize", signIn.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("RFC 9068 §5", "claims-not-confused")]
    public async Task Custom_attributes_with_reserved_claim_names_are_put_into_custom_claims()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync(new
        {
            sub = "ada",
            email = "a@b.example",
            custom_attributes = new
            {
                iss = "evil",
                aud = "evil",
                sub = "evil",
                client_id = "evil",
                exp = 0,
                scope = "everything",
                scopes = new[] { "everything" },
                grant_id = "evil",
                connection_id = "evil",
                custom_claims = "evil",
                plan = new { seats = 3 }
            }
        });

        Assert.Equal(company.Issuer, tokens.Claims.GetProperty("iss").GetString());
        Assert.Equal("notes:read notes:write", tokens.Claims.GetProperty("scope").GetString());
        Assert.All(tokens.Claims.EnumerateObject().Where(c => c.Name != "custom_claims"), c =>
            Assert.DoesNotContain("evil", c.Value.ToString(), StringComparison.Ordinal));
        Assert.Equal(
            tokens.Claims.EnumerateObject().Count(),
            tokens.Claims.EnumerateObject().Select(c => c.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("evil", tokens.Claims.GetProperty("custom_claims").GetProperty("iss").GetString());
        Assert.Equal(3, tokens.Claims.GetProperty("custom_claims").GetProperty("plan").GetProperty("seats").GetInt32());
    }

    [Fact]
    public async Task A_login_older_than_max_age_loses_auth_time_or_is_refused_when_the_resource_requires_a_fresh_login()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var longAgo = host.Clock.GetUtcNow().AddHours(-3).ToUnixTimeSeconds();
        var user = new { sub = "ada", email = "a@b.example", auth_time = longAgo, acr = "pwd", sid = "s1" };
        var redirect = await browser.StartAsync(client.Authorize(("max_age", "60")));
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId, user)).CallbackPath), "allow", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.False(tokens.Claims.TryGetProperty("auth_time", out _));
        Assert.Equal("pwd", tokens.Claims.GetProperty("acr").GetString());
        Assert.Equal("s1", tokens.Claims.GetProperty("sid").GetString());

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { require_fresh_login = true });
        var insisted = await browser.StartAsync(client.Authorize(("max_age", "60")));
        await Expect.ProblemAsync(await company.TryReportAsync(insisted.LoginRequestId, user), 422, "login_not_fresh", "auth_time");
        await company.ReportAsync(
            insisted.LoginRequestId, new { sub = "ada", email = "a@b.example", auth_time = host.Clock.GetUtcNow().ToUnixTimeSeconds() });
    }

    [Fact]
    [Spec("OpenID Connect §3.1.2.1", "max-age")]
    public async Task The_login_context_names_client_resource_scopes_and_login_parameters()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(
            ("prompt", "login"), ("max_age", "60"), ("acr_values", "mfa"), ("login_hint", "ada"), ("ui_locales", "de en")));
        using var response = await company.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{redirect.LoginRequestId}");
        var context = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("Back office", context.GetProperty("client").GetProperty("name").GetString());
        Assert.Equal("client.example", context.GetProperty("client").GetProperty("host").GetString());
        Assert.True(context.GetProperty("client").GetProperty("vouched_for").GetBoolean());
        Assert.Equal(company.ResourceUri, context.GetProperty("resource").GetProperty("resource_uri").GetString());
        Assert.Equal("Read your notes", context.GetProperty("scopes")[0].GetProperty("description").GetString());
        Assert.Equal(("login", 60, "mfa", "ada", "de en"), (
            context.GetProperty("prompt").GetString(), context.GetProperty("max_age").GetInt64(),
            context.GetProperty("acr_values").GetString(),
            context.GetProperty("login_hint").GetString(), context.GetProperty("ui_locales").GetString()));
    }

    private static async Task<string> StageAsync(LoginFlow login)
    {
        using var response = await login.Company.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{login.Company.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("stage").GetString()!;
    }

    private async Task<LoginRedirect> StartAsync(Company company)
    {
        using var browser = new Browser(host);
        return await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
    }

    private async Task<HttpResponseMessage> WithBearerAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(Company.Ada) };
        request.Headers.Authorization = new("Bearer", token);
        return await host.Anonymous.SendAsync(request);
    }
}
