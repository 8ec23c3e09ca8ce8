using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

public sealed class Logs_and_sign_in_events_on_SQLite(OnSqlite host) : Logs_and_sign_in_events(host), IClassFixture<OnSqlite>;

public sealed class Logs_and_sign_in_events_on_PostgreSQL(OnPostgres host) : Logs_and_sign_in_events(host), IClassFixture<OnPostgres>;

/// <summary>Logs and sign-in events are read by people who must not be able to sign in as users, so they never hold a secret.</summary>
public abstract class Logs_and_sign_in_events(LatchkeyHost host)
{
    [Fact]
    public async Task A_complete_login_with_refused_requests_logs_no_secret()
    {
        using var logs = Logs.Of(host);
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        using var otherBrowser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(details.LoginRequestId);
        var cookie = browser.Cookies.GetAllCookies().Single().Value;
        await company.ReportAsync(details.LoginRequestId);
        await Expect.ProblemAsync(
            await company.TryReportAsync(details.LoginRequestId, new { sub = "bob", email = "b@acme.example" }),
            409,
            "other_user_reported");
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        await Expect.PageAsync(await browser.DecideAsync(consent with { Token = details.State }, "allow", "notes:read"), 403, "form_token");
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        var code = Browser.QueryOf(allowed.Headers.Location!)["code"];
        await Expect.ErrorAsync(
            await client.RedeemAsync(code, ("code_verifier", "wrong-verifier-that-is-long-enough-for-the-rfc")), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RedeemAsync(code, ("client_secret", client.Secret + "x")), 401, "invalid_client");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));
        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!, ("scope", "notes:delete")), 400, "invalid_scope");
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await Expect.PageAsync(await otherBrowser.GetAsync(report.CallbackPath), 403, "foreign_browser");
        using var revokedAccess = await client.RevokeAsync(tokens.Access);
        using var revoked = await client.RevokeAsync(tokens.Refresh!);

        using var answer = await host.TrySendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{report.AuthRequestId}");
        var signIn = await answer.Content.ReadAsStringAsync();
        Assert.Contains("token.issued", signIn, StringComparison.Ordinal);
        Assert.Contains("token.revoked", signIn, StringComparison.Ordinal);
        Assert.Contains("grant.revoked", signIn, StringComparison.Ordinal);
        var written = $"{signIn}\n{logs.Text}\n{consent.Html.Replace(consent.Token, "", StringComparison.Ordinal)}";
        foreach (var secret in new[]
        {
            report.AuthRequestId.Split('.')[1], details.State, details.State[^43..], cookie, consent.Token, code, code[^43..],
            client.Verifier, client.Secret!, tokens.Access, tokens.Access.Split('.')[2], tokens.Refresh!, tokens.Refresh!.Split('.')[^1],
            await company.TokenAsync(), "operator-secret-of-32-characters-or-more",
        })
        {
            Assert.DoesNotContain(secret, written, StringComparison.Ordinal);
        }
    }

    /// <summary>A pasted proof finds the auth request and is not returned.</summary>
    [Fact]
    public async Task An_auth_request_is_found_by_its_id_proof_login_request_and_reference()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        var id = login.Report!.AuthRequestId.Split('.')[0];
        var signIn = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{id}")).GetProperty("auth_request");
        var reference = signIn.GetProperty("reference").GetString()!;
        foreach (var name in new[] { login.Report.AuthRequestId, login.Redirect.LoginRequestId, reference, reference.ToLowerInvariant(),
            reference.Replace("-", "", StringComparison.Ordinal) })
        {
            var found = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{name}");
            Assert.Equal(id, found.GetProperty("auth_request").GetProperty("id").GetString());
            Assert.DoesNotContain(login.Report.AuthRequestId, found.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_repeated_report_records_the_names_of_the_members_that_differ()
    {
        using var login = await LoginFlow.BeginAsync(host);
        await login.ReportAsync(new { sub = "ada", email = "ada@acme.example", name = "Ada", roles = new[] { "author" }, acr = "pwd" });
        await login.Company.ReportAsync(
            login.Redirect.LoginRequestId,
            new { sub = "ada", email = "ada@new.example", name = "Ada", roles = new[] { "author", "admin" }, acr = "mfa", locale = "en" });

        var detail = (await EventsAsync(login)).Single(e => e.Name == "login.reported_again").Detail;
        Assert.Contains("acr, email, locale, roles", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("new.example", detail, StringComparison.Ordinal);

        // The first report stands.
        await login.ContinueAsync();
        Assert.Equal("ada@acme.example", login.Tokens!.Claims.GetProperty("email").GetString());
        Assert.Equal("pwd", login.Tokens.Claims.GetProperty("acr").GetString());
    }

    /// <summary>Names and parameters chosen by a client are shortened and cannot inject lines into a log.</summary>
    [Fact]
    public async Task Values_sent_by_clients_are_shortened_and_hold_no_control_characters()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize(
            ("login_hint", new string('h', 4000)), ("scope", "notes:read " + new string('x', 8000)), ("acr_values", "<b>\n")));
        var unknown = Enumerable.Range(0, 300)
            .ToDictionary(i => $"m\u0000\n{i}{new string('x', 100)}", object (i) => i, StringComparer.Ordinal);
        unknown["sub"] = "ada";
        unknown["email"] = "a@b.example";
        await company.ReportAsync(details.LoginRequestId, unknown);

        var events = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{details.LoginRequestId}")).GetProperty("auth_request")
            .GetProperty("journey").EnumerateArray().Select(e => e.GetProperty("detail").GetString()!).ToList();
        Assert.All(events, e => Assert.InRange(e.Length, 1, 1000));
        Assert.All(events, e => Assert.DoesNotContain(e, char.IsControl));
    }

    private async Task<List<(string Name, string Detail)>> EventsAsync(LoginFlow login) =>
    [
        .. (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{login.Redirect.LoginRequestId}")).GetProperty("auth_request")
            .GetProperty("journey").EnumerateArray()
            .Select(e => (e.GetProperty("name").GetString()!, e.GetProperty("detail").GetString()!)),
    ];
}
