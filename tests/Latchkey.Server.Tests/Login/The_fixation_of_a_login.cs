using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class The_fixation_of_a_login_on_SQLite(OnSqlite host) : The_fixation_of_a_login(host), IClassFixture<OnSqlite>;

public sealed class The_fixation_of_a_login_on_PostgreSQL(OnPostgres host) : The_fixation_of_a_login(host), IClassFixture<OnPostgres>;

/// <summary>
/// An attacker begins and keeps the cookie; a victim who is signed in at the company's application opens the genuine login link; the application
/// reports the victim; the attacker wants to go on as them (OAuth 1.0 advisory 2009.1, CVE-2022-39222, CVE-2026-27124).
/// </summary>
public abstract class The_fixation_of_a_login(LatchkeyHost host)
{
    /// <summary>
    /// Also when the attacker opens the link in the victim's browser and closes the window before the redirect is followed: the proof went to the
    /// company's backend and from there to the closed window, and to nobody else.
    /// </summary>
    [Fact]
    [Spec("RFC 9700 §2.1", "response-bound-to-browser")]
    public async Task Fails_with_required_because_the_attackers_browser_has_no_proof()
    {
        using var attacker = await VictimIsReportedAsync("required");

        var reference = await Expect.PageAsync(await attacker.Browser.GetAsync(attacker.CallbackWithoutProof), 400, "proof_missing");
        await attacker.IsDeadAsync();
        Assert.Contains("callback.burnt", await host.JourneyAsync(reference), StringComparer.Ordinal);
    }

    /// <summary>The ids that APIs, logs and pages carry are no proof, nor is any proof the attacker got for a login of their own.</summary>
    [Theory]
    [InlineData("id")]
    [InlineData("id.")]
    [InlineData("proof of another login")]
    [InlineData("own id and proof of another login")]
    [InlineData("state")]
    [InlineData("cookie")]
    [InlineData("code")]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task Fails_with_everything_an_attacker_can_know(string known)
    {
        using var attacker = await VictimIsReportedAsync("required");
        using var own = await Handoff.AtAsync(host, Handoff.AwaitingExchange);
        var (id, ownProof) = (attacker.Report!.AuthRequestId.Split('.')[0], own.Report!.AuthRequestId.Split('.')[1]);
        var guess = known switch
        {
            "id" => id,
            "id." => id + ".",
            "proof of another login" => own.Report.AuthRequestId,
            "own id and proof of another login" => $"{id}.{ownProof}",
            "state" => $"{id}.{attacker.Visit.State[^43..]}",
            "cookie" => $"{id}.{attacker.Browser.Cookies.GetAllCookies().Single().Value}",
            _ => $"{id}.{own.Code![^43..]}",
        };

        await Expect.PageAsync(await attacker.Browser.GetAsync($"{attacker.CallbackWithoutProof}&auth_request_id={Uri.EscapeDataString(guess)}"), 400, "proof_missing");
        await attacker.IsDeadAsync();
    }

    /// <summary>
    /// THE KNOWN LIMIT of <c>state_only</c>: against a login page that reports without a click, closing the victim's window succeeds. Docs, API and
    /// start-up log say so; this test is here so that nobody believes otherwise, and so that it fails on the day it no longer holds.
    /// </summary>
    [Fact]
    public async Task SUCCEEDS_with_state_only_when_the_login_page_reports_without_a_click_and_the_window_is_closed()
    {
        using var attacker = await VictimIsReportedAsync("state_only");

        await attacker.GoOnAsync();
        Assert.Equal("victim", attacker.Tokens!.Claims.GetProperty("sub").GetString());
    }

    /// <summary>What the API says to whoever chooses that mode, each time.</summary>
    [Fact]
    public async Task Is_what_the_answer_warns_of_where_state_only_is_chosen()
    {
        var company = await host.CompanyAsync("state_only");
        foreach (var answer in new[]
        {
            await host.SendAsync(HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}"),
            await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = true }),
            await host.SendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/connections", new { callback_verification = "state_only" }),
        })
        {
            Assert.Contains("a click that names the client", answer.GetProperty("warning").GetString(), StringComparison.Ordinal);
        }

        var safe = await host.CompanyAsync();
        Assert.False((await host.SendAsync(HttpMethod.Get, $"/api/v1/connections/{safe.ConnectionId}")).TryGetProperty("warning", out _));
    }

    /// <summary>An attacker who is less careful: the victim's window stays open and follows the redirect, sooner or later.</summary>
    [Theory]
    [InlineData("required", Handoff.AwaitingReturn)]
    [InlineData("state_only", Handoff.AwaitingReturn)]
    [InlineData("state_only", Handoff.AwaitingConsent)]
    [InlineData("state_only", Handoff.AwaitingExchange)]
    [InlineData("state_only", Handoff.Exchanged)]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task Is_undone_when_the_victims_browser_follows_the_redirect(string verification, string attackerStandsAt)
    {
        using var attacker = await VictimIsReportedAsync(verification);
        using var victim = new Browser(host);
        await attacker.GoOnAsync(until: attackerStandsAt);

        var reference = await Expect.PageAsync(await victim.GetAsync(attacker.Callback), 403, "foreign_browser");
        await attacker.IsDeadAsync();
        Assert.Contains("callback.suspicious", await host.JourneyAsync(reference), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Cannot_wait_at_the_callback_for_the_report_with_state_only()
    {
        using var attacker = await Handoff.BeginAsync(host, "state_only");

        await Expect.PageAsync(await attacker.Browser.GetAsync(attacker.Callback), 400, "not_reported");
        await attacker.IsDeadAsync();
    }

    /// <summary>
    /// The reverse: the attacker signs in as themselves and sends the victim to the finished callback, so that the victim works in the attacker's account.
    /// </summary>
    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    [Spec("RFC 9700 §2.1", "response-bound-to-browser")]
    public async Task In_reverse_fails_because_the_victims_browser_did_not_begin(string verification)
    {
        using var attacker = await Handoff.AtAsync(host, Handoff.AwaitingReturn, verification);
        using var victim = await Handoff.AtAsync(host, Handoff.AwaitingLogin, verification);

        using var answer = await victim.Browser.GetAsync(attacker.Callback);
        Assert.DoesNotContain("Set-Cookie", answer.Headers.Select(h => h.Key), StringComparer.Ordinal);
        await Expect.PageAsync(answer, 403, "foreign_browser");
        await attacker.IsDeadAsync();
        await victim.IsUnharmedAsync();
    }

    [Fact]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task In_reverse_fails_at_the_consent_page_too()
    {
        using var attacker = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        using var victim = await Handoff.AtAsync(host, Handoff.AwaitingConsent);

        await Expect.PageAsync(await victim.Browser.GetAsync(attacker.Consent!.Path), 403, "foreign_browser");
        await Expect.PageAsync(await victim.Browser.DecideAsync(attacker.Consent, "allow", "notes:read"), 403, "foreign_browser");
        await victim.IsUnharmedAsync();
        await attacker.IsUnharmedAsync();
    }

    /// <summary>The victim's own login and the attacker's, mixed in every way: connection, login request, state and proof belong together.</summary>
    [Fact]
    public async Task By_mixing_two_logins_fails_and_harms_the_victim_in_nothing_but_its_own_proof()
    {
        using var attacker = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        using var victim = await Handoff.AtAsync(host, Handoff.AwaitingReturn);

        // The attacker's state with the victim's proof, in the attacker's browser.
        await Expect.PageAsync(await attacker.Browser.GetAsync($"{attacker.CallbackWithoutProof}&auth_request_id={victim.Report!.AuthRequestId}"), 400, "proof_missing");
        await attacker.IsDeadAsync();
        await victim.IsUnharmedAsync();
    }

    /// <summary>The name of the cookie carries the login request, its value only that one: a value under another name is nobody's.</summary>
    [Fact]
    public async Task By_carrying_one_logins_cookie_under_anothers_name_fails()
    {
        using var attacker = await Handoff.AtAsync(host, Handoff.AwaitingLogin);
        using var victim = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        var own = attacker.Browser.Cookies.GetAllCookies().Single();
        var wanted = victim.Browser.Cookies.GetAllCookies().Single();
        attacker.Browser.Cookies.Add(new Cookie(wanted.Name, own.Value, "/", own.Domain));

        await Expect.PageAsync(await attacker.Browser.GetAsync(victim.Callback), 403, "foreign_browser");
        await victim.IsDeadAsync();
        Assert.NotEqual(own.Value, wanted.Value);
    }

    /// <summary>The attacker began; the company's application, not asking for a click, reported the victim.</summary>
    private async Task<Handoff> VictimIsReportedAsync(string verification)
    {
        var attacker = await Handoff.BeginAsync(host, verification);
        await attacker.ReportAsync(new { sub = "victim", email = "victim@acme.example" });
        return attacker;
    }
}
