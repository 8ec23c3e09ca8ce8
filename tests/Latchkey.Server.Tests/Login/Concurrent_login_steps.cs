using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Concurrent_login_steps_on_SQLite(OnSqlite host) : Concurrent_login_steps(host), IClassFixture<OnSqlite>;

public sealed class Concurrent_login_steps_on_PostgreSQL(OnPostgres host) : Concurrent_login_steps(host), IClassFixture<OnPostgres>;

/// <summary>Concurrent steps of one login: one takes effect, the others are refused, and both sides agree on the result.</summary>
public abstract class Concurrent_login_steps(LatchkeyHost host)
{
    /// <summary>Rounds per race. The two requests are sent first in turn, so that the winner differs.</summary>
    private const int Rounds = 12;

    private static readonly object Bob = new { sub = "bob", email = "bob@acme.example" };

    [Fact]
    public async Task One_of_two_reports_of_different_users_is_accepted_and_gets_the_consent_page() =>
        await RepeatAsync(LoginFlow.AwaitingLogin, "required", async (login, round) =>
        {
            var (ada, bob) = await AtOnceAsync(round, () => login.Company.TryReportAsync(login.Redirect.LoginRequestId), () =>
                login.Company.TryReportAsync(login.Redirect.LoginRequestId, Bob));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], new[] { ada.StatusCode, bob.StatusCode }.Order());
            var winner = ada.IsSuccessStatusCode ? Company.Ada : Bob;
            await Expect.ProblemAsync(ada.IsSuccessStatusCode ? bob : ada, 409, "other_user_reported");

            await login.ReportAsync(winner);
            await login.ContinueAsync();
            Assert.Equal(winner == Bob ? "bob" : "ada", login.Tokens!.Claims.GetProperty("sub").GetString());
        });

    [Theory]
    [InlineData("reject")]
    [InlineData("login_failed")]
    public async Task Either_a_report_or_a_rejection_is_accepted(string refusal) =>
        await RepeatAsync(LoginFlow.AwaitingLogin, "required", async (login, round) =>
        {
            var (reported, refused) = await AtOnceAsync(
                round,
                () => login.Company.TryReportAsync(login.Redirect.LoginRequestId),
                () => refusal == "reject"
                    ? login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "no")
                    : login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { login_failed = true }));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], new[] { reported.StatusCode, refused.StatusCode }.Order());
            if (reported.IsSuccessStatusCode)
            {
                await Expect.ProblemAsync(refused, 409, "login_request_over");
                await login.ContinueAsync(until: LoginFlow.AwaitingReturn);
                await login.ExpectUnchangedAsync();
            }
            else
            {
                await Expect.ProblemAsync(reported, 409, "login_request_over");
                Expect.Redirect(
                    await login.Browser.GetAsync(login.CallbackWithoutProof), login.Client.RedirectUri, "access_denied",
                    login.Company.Issuer);
            }
        });

    /// <summary>A backend that retries a rejection gets the same response.</summary>
    [Fact]
    public async Task Two_rejections_have_the_same_response() =>
        await RepeatAsync(LoginFlow.AwaitingLogin, "required", async (login, round) =>
        {
            var (one, two) = await AtOnceAsync(
                round, () => login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "no"),
                () => login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "no"));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, two.StatusCode));
            Assert.Equal(await one.Content.ReadAsStringAsync(), await two.Content.ReadAsStringAsync());
        });

    /// <summary>Without cookie and proof there is nothing to gain, so nothing is ended.</summary>
    [Fact]
    public async Task A_foreign_callback_beside_our_own_leaves_the_login_with_required_proof() =>
        await RepeatAsync(LoginFlow.AwaitingReturn, "required", async (login, round) =>
        {
            using var otherBrowser = new Browser(host);
            var (own, foreign) = await AtOnceAsync(
                round, () => login.Browser.GetAsync(login.Callback), () => otherBrowser.GetAsync(login.Callback));
            Assert.Equal(HttpStatusCode.SeeOther, own.StatusCode);
            await Expect.PageAsync(foreign, 403, "foreign_browser");
            await login.ExpectUnchangedAsync();
        });

    /// <summary>A foreign callback ends the login, whether it comes before or after our own.</summary>
    [Fact]
    public async Task A_foreign_callback_beside_our_own_ends_a_state_only_login() =>
        await RepeatAsync(LoginFlow.AwaitingReturn, "state_only", async (login, round) =>
        {
            using var otherBrowser = new Browser(host);
            var (own, foreign) = await AtOnceAsync(
                round, () => login.Browser.GetAsync(login.Callback), () => otherBrowser.GetAsync(login.Callback));
            Assert.Contains(own.StatusCode, new[] { HttpStatusCode.SeeOther, HttpStatusCode.BadRequest });
            await Expect.PageAsync(foreign, 403, "foreign_browser");
            await login.ExpectEndedAsync();
        });

    [Fact]
    public async Task A_callback_without_proof_beside_one_with_proof_ends_the_login() =>
        await RepeatAsync(LoginFlow.AwaitingReturn, "required", async (login, round) =>
        {
            var (proven, unproven) = await AtOnceAsync(
                round, () => login.Browser.GetAsync(login.Callback), () => login.Browser.GetAsync(login.CallbackWithoutProof));
            Assert.Contains(proven.StatusCode, new[] { HttpStatusCode.SeeOther, HttpStatusCode.BadRequest });
            await Expect.PageAsync(unproven, 400, "proof_missing");
            await login.ExpectEndedAsync();
        });

    /// <summary>
    /// A callback before the report ends the login, also when the report is accepted meanwhile: the browser may be one of an attacker,
    /// polling the callback.
    /// </summary>
    [Fact]
    public async Task A_state_only_callback_beside_the_report_continues_or_ends_the_login() =>
        await RepeatAsync(LoginFlow.AwaitingLogin, "state_only", async (login, round) =>
        {
            var (reported, early) = await AtOnceAsync(
                round, () => login.Company.TryReportAsync(login.Redirect.LoginRequestId), () => login.Browser.GetAsync(login.Callback));
            Assert.Contains(reported.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict });
            if (early.StatusCode == HttpStatusCode.SeeOther)
            {
                Assert.Equal(HttpStatusCode.OK, reported.StatusCode);
                await login.Browser.ComeBackAsync(login.Callback);
            }
            else
            {
                await Expect.PageAsync(early, 400, "not_reported");
                await login.ExpectEndedAsync();
            }
        });

    [Fact]
    public async Task One_of_allow_deny_and_not_you_takes_effect_and_the_others_follow_it() =>
        await RepeatAsync(LoginFlow.AwaitingConsent, "required", async (login, round) =>
        {
            string[] decisions = round % 2 == 0 ? ["allow", "deny", "not_you"] : ["not_you", "deny", "allow"];
            var browsers = decisions.Select(_ => login.Browser.Snapshot()).ToList();
            var responses = await Task.WhenAll(decisions.Select((d, i) => browsers[i].DecideAsync(login.Consent!, d, "notes:read")));
            var taken = Assert.Single(
                await login.SignInEventsAsync(),
                e => e.StartsWith("consent.", StringComparison.Ordinal) && e != "consent.refused");

            var locations = responses.Select(a => a.Headers.Location?.OriginalString).ToList();
            if (taken == "consent.not_you")
            {
                Assert.Single(locations, l => l?.StartsWith("https://app.example/login?", StringComparison.Ordinal) == true);
                Assert.Equal(2, responses.Count(a => a.StatusCode == HttpStatusCode.BadRequest));
            }
            else
            {
                var same = Assert.Single(locations.Distinct(StringComparer.Ordinal));
                Assert.Contains(taken == "consent.allowed" ? "?code=" : "?error=access_denied", same, StringComparison.Ordinal);
            }
        });

    /// <summary>The code is held back for the settle time. A callback of the victim's browser within that time stops it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task A_foreign_callback_within_the_settle_time_after_allow_stops_the_code(int milliseconds)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, "state_only");
        using var victim = new Browser(host);
        var sinceReturn = System.Diagnostics.Stopwatch.StartNew();
        var consent = await login.Browser.ComeBackAsync(login.Callback);
        var allowing = login.Browser.DecideAsync(consent, "allow", "notes:read");
        await Task.Delay(milliseconds);
        await Expect.PageAsync(await victim.GetAsync(login.Callback), 403, "foreign_browser");
        var wasInTime = sinceReturn.Elapsed < LatchkeyHost.SettleTime;

        using var allowed = await allowing;
        if (wasInTime || allowed.StatusCode != HttpStatusCode.SeeOther)
        {
            await Expect.PageAsync(allowed, 400, "login_over");
        }
        else
        {
            // On a busy machine the settle time passed first: the code was sent, and is invalid.
            await Expect.ErrorAsync(
                await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]), 400, "invalid_grant");
        }

        await login.ExpectEndedAsync();
    }

    [Fact]
    public async Task A_foreign_callback_at_the_end_of_the_settle_time_invalidates_the_code() =>
        await RepeatAsync(LoginFlow.AwaitingConsent, "state_only", async (login, round) =>
        {
            using var victim = new Browser(host);
            await Task.Delay(LatchkeyHost.SettleTime);
            var (allowed, foreign) = await AtOnceAsync(
                round, () => login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"), () => victim.GetAsync(login.Callback));
            await Expect.PageAsync(foreign, 403, "foreign_browser");
            if (allowed.StatusCode == HttpStatusCode.SeeOther)
            {
                await Expect.ErrorAsync(
                    await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]), 400, "invalid_grant");
            }

            await login.ExpectEndedAsync();
        });

    [Fact]
    public async Task A_foreign_callback_beside_the_exchange_invalidates_the_tokens() =>
        await RepeatAsync(LoginFlow.AwaitingExchange, "state_only", async (login, round) =>
        {
            using var victim = new Browser(host);
            var (exchanged, foreign) = await AtOnceAsync(
                round, () => login.Client.RedeemAsync(login.Code!), () => victim.GetAsync(login.Callback));
            await Expect.PageAsync(foreign, 403, "foreign_browser");
            if (exchanged.IsSuccessStatusCode)
            {
                await Expect.ErrorAsync(await login.Client.RefreshAsync((await Tokens.OfAsync(exchanged)).Refresh!), 400, "invalid_grant");
            }
            else
            {
                await Expect.ErrorAsync(exchanged, 400, "invalid_grant");
            }

            await login.ExpectEndedAsync();
        });

    [Fact]
    public async Task Revoking_the_user_beside_the_exchange_invalidates_the_tokens() =>
        await RepeatAsync(LoginFlow.AwaitingLogin, "required", async (login, round) =>
        {
            await login.ReportAsync(new { sub = $"leaver{round}", email = "l@acme.example" });
            await login.ContinueAsync(until: LoginFlow.AwaitingExchange);
            var (exchanged, left) = await AtOnceAsync(
                round,
                () => login.Client.RedeemAsync(login.Code!),
                () => login.Company.SendAsync(
                    HttpMethod.Post, $"/api/v1/connections/{login.Company.ConnectionId}/users:revoke", new { sub = $"leaver{round}" }));
            Assert.Equal(HttpStatusCode.OK, left.StatusCode);
            if (exchanged.IsSuccessStatusCode)
            {
                await Expect.ErrorAsync(await login.Client.RefreshAsync((await Tokens.OfAsync(exchanged)).Refresh!), 400, "invalid_grant");
            }
            else
            {
                await Expect.ErrorAsync(exchanged, 400, "invalid_grant");
            }
        });

    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task Concurrent_callbacks_lead_to_one_consent_and_concurrent_decisions_to_one_code(string verification)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        var callbacks = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => login.Browser.GetAsync(login.Callback)));
        Assert.All(callbacks, a => Assert.Equal(HttpStatusCode.SeeOther, a.StatusCode));
        Assert.Single(callbacks.Select(a => a.Headers.Location).Distinct());
        Assert.Single(await login.SignInEventsAsync(), "callback.accepted");

        await login.ContinueAsync(until: LoginFlow.AwaitingConsent);
        var responses = await Task.WhenAll(Enumerable.Range(0, 64)
            .Select(i => login.Browser.DecideAsync(login.Consent!, "allow", i % 2 == 0 ? ["notes:read"] : ["notes:read", "notes:write"])));
        var code = Browser.QueryOf(Assert.Single(responses.Select(a => a.Headers.Location).Distinct())!)["code"];
        Assert.Single(await login.SignInEventsAsync(), "consent.allowed");
        await Tokens.OfAsync(await login.Client.RedeemAsync(code));
    }

    [Fact]
    public async Task Ten_logins_of_one_browser_finish_in_any_order()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirects = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => browser.StartAsync(client.Authorize())));
        var consents = await Task.WhenAll(
            redirects.Reverse().Select(async v => await browser.ComeBackAsync((await company.ReportAsync(v.LoginRequestId)).CallbackPath)));
        var responses = await Task.WhenAll(consents.Reverse().Select(c => browser.DecideAsync(c, "allow", "notes:read")));
        var tokens = await Task.WhenAll(
            responses.Select(async a => await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(a.Headers.Location!)["code"]))));

        Assert.Equal(10, tokens.Select(t => t.Claims.GetProperty("grant_id").GetString()).Distinct(StringComparer.Ordinal).Count());
    }

    private async Task RepeatAsync(string stage, string verification, Func<LoginFlow, int, Task> race)
    {
        for (var round = 0; round < Rounds; round++)
        {
            using var login = await LoginFlow.AtAsync(host, stage, verification);
            await race(login, round);
        }
    }

    private static async Task<(HttpResponseMessage One, HttpResponseMessage Other)> AtOnceAsync(
        int round, Func<Task<HttpResponseMessage>> one, Func<Task<HttpResponseMessage>> other)
    {
        if (round % 2 == 0)
        {
            var (first, second) = (one(), other());
            return (await first, await second);
        }

        var (last, before) = (other(), one());
        return (await before, await last);
    }
}
