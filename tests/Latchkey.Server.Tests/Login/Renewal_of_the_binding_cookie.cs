using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

/// <summary>
/// Cookie fixation: an attacker starts a login, plants its cookie in the browser of a victim, and waits until the victim has signed in. The
/// value is renewed when the browser returns from the login page, so the planted one opens nothing afterwards.
/// </summary>
public sealed class Renewal_of_the_binding_cookie(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task A_planted_cookie_is_worth_nothing_after_the_victim_has_returned(string verification)
    {
        using var attacker = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        using var victim = attacker.Browser.Snapshot();
        var consent = await victim.ComeBackAsync(attacker.Callback);

        await Expect.PageAsync(await attacker.Browser.GetAsync(consent.Path), 403, "foreign_browser");
        await Expect.PageAsync(await attacker.Browser.DecideAsync(consent, "allow", "notes:read"), 403, "foreign_browser");
        if (verification == "state_only")
        {
            await Expect.PageAsync(await attacker.Browser.GetAsync(attacker.CallbackWithoutProof), 403, "foreign_browser");
        }

        using var allowed = await victim.DecideAsync(consent, "allow", "notes:read");
        Assert.Contains("code", Browser.QueryOf(allowed.Headers.Location!).Keys, StringComparer.Ordinal);
        await Expect.PageAsync(await attacker.Browser.GetAsync(consent.Path), 403, "foreign_browser");
    }

    /// <summary>The response with the renewed cookie was lost; the proof shows that it is the same browser.</summary>
    [Fact]
    public async Task A_callback_repeated_with_the_former_cookie_and_the_proof_gets_the_renewed_one()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using (var lost = login.Browser.Snapshot())
        {
            await lost.ComeBackAsync(login.Callback);
        }

        await login.ContinueAsync();
    }

    [Fact]
    public async Task The_value_differs_before_and_after_the_return_and_two_tabs_finish()
    {
        using var one = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        var before = one.Browser.Cookies.GetAllCookies().Single().Value;
        var second = await one.Browser.StartAsync(one.Client.Authorize());
        await one.ContinueAsync(until: LoginFlow.AwaitingConsent);
        var names = one.Browser.Cookies.GetAllCookies().Select(c => c.Value).ToList();
        Assert.Equal(2, names.Count);
        Assert.DoesNotContain(before, names, StringComparer.Ordinal);

        var report = await one.Company.ReportAsync(second.LoginRequestId);
        using var allowed = await one.Browser.DecideAsync(await one.Browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
        await one.ContinueAsync();
    }
}
