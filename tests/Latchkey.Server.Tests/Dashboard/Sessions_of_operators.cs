using System.Net;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>Sign-in with a password, and the life of a session, on both databases.</summary>
public abstract class Sessions_of_operators(LatchkeyHost host)
{
    private OperatorPasswords Passwords => host.Services.GetRequiredService<OperatorPasswords>();

    [Fact]
    public async Task The_right_password_begins_a_session_whose_cookie_is_bound_to_this_host()
    {
        var known = await NewOperatorAsync();
        using var browser = new Browser(host);
        using var response = await browser.SignInAsync(known.Email.ToUpperInvariant(), DashboardForms.Password, ("next", "/dashboard/me"));
        response.ExpectRedirect("/dashboard/me");
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("lk-op=lko_", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        using var me = await browser.GetAsync("/dashboard/me");
        Assert.Contains(known.Email, await me.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/dashboard")]
    [InlineData("/dashboard/..//evil.example")]
    [InlineData("/dashboard/\\evil.example")]
    [InlineData("/dashboardx")]
    [InlineData("/oauth/authorize")]
    public async Task The_page_after_the_sign_in_is_always_one_of_the_dashboard(string next)
    {
        var known = await NewOperatorAsync();
        using var browser = new Browser(host);
        using var response = await browser.SignInAsync(known.Email, DashboardForms.Password, ("next", next));
        response.ExpectRedirect("/dashboard");
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        var known = await NewOperatorAsync();
        using var browser = new Browser(host);
        using var wrong = await browser.SignInAsync(known.Email, "another long password");
        await wrong.ExpectErrorAsync(HttpStatusCode.Unauthorized, "sign_in_failed");
        using var unknown = await browser.SignInAsync("nobody-" + known.Email, "another long password");
        await unknown.ExpectErrorAsync(HttpStatusCode.Unauthorized, "sign_in_failed");
        Assert.Equal(
            (await wrong.Content.ReadAsStringAsync()).Replace(known.Email, "", StringComparison.Ordinal),
            (await unknown.Content.ReadAsStringAsync()).Replace("nobody-" + known.Email, "", StringComparison.Ordinal));
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task An_operator_without_a_password_cannot_sign_in_with_an_empty_one()
    {
        var known = await DashboardUser.AddOperatorAsync(host, OperatorRole.Owner);
        using var browser = new Browser(host);
        using var response = await browser.SignInAsync(known.Email, "");
        await response.ExpectErrorAsync(HttpStatusCode.Unauthorized, "sign_in_failed");
    }

    [Fact]
    public async Task A_session_ends_after_one_hour_without_use_and_after_12_hours_with_use()
    {
        using var idle = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        host.Clock.Advance(OperatorSession.IdleLifetime - TimeSpan.FromMinutes(2));
        await idle.OpenAsync("/dashboard/me");
        host.Clock.Advance(OperatorSession.IdleLifetime);
        using var late = await idle.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, late.StatusCode);

        using var busy = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        for (var hour = 0; hour < 23; hour++)
        {
            await busy.OpenAsync("/dashboard/me");
            host.Clock.Advance(TimeSpan.FromMinutes(31));
        }

        host.Clock.Advance(TimeSpan.FromMinutes(20));
        using var ended = await busy.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_on_the_server()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var copy = user.Browser.Snapshot();
        using var response = await user.PostAsync("/dashboard/me", "/dashboard/sign-out");
        response.ExpectRedirect("/dashboard/sign-in");
        using var later = await copy.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, later.StatusCode);
    }

    [Fact]
    public async Task An_operator_ends_one_session_or_all_others_and_no_session_of_another_operator()
    {
        using var first = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var second = await DashboardUser.SignInAsync(host, first.Operator);
        using var third = await DashboardUser.SignInAsync(host, first.Operator);
        using var stranger = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        var path = $"/dashboard/me/sessions/{second.Session.Id}/end";
        var token = DashboardUser.TokenOf(await first.OpenAsync("/dashboard/me"), path);
        using var foreign = await stranger.SendAsync(path, stranger.TokenFor(path));
        await foreign.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
        using var ended = await first.SendAsync(path, token);
        ended.ExpectRedirect("/dashboard/me");
        Assert.Contains("The session was ended.", await first.OpenAsync("/dashboard/me"), StringComparison.Ordinal);
        Assert.DoesNotContain("The session was ended.", await first.OpenAsync("/dashboard/me"), StringComparison.Ordinal);
        using var replayed = await first.SendAsync(path, token);
        await replayed.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
        using var gone = await second.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, gone.StatusCode);

        using var all = await first.PostAsync("/dashboard/me", "/dashboard/me/sessions/end");
        all.ExpectRedirect("/dashboard/me");
        using var third2 = await third.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, third2.StatusCode);
        await first.OpenAsync("/dashboard/me");
    }

    [Fact]
    public async Task A_new_password_needs_a_recent_confirmation_and_ends_the_other_sessions()
    {
        var known = await NewOperatorAsync();
        using var first = await DashboardUser.SignInAsync(host, known);
        using var second = await DashboardUser.SignInAsync(host, known);
        host.Clock.Advance(OperatorSession.ConfirmationLifetime);
        using var unconfirmed = await first.GetAsync("/dashboard/me/password");
        unconfirmed.ExpectRedirect("/dashboard/me/confirm?next=%2Fdashboard%2Fme%2Fpassword");

        using var wrong = await first.PostAsync("/dashboard/me/confirm", "/dashboard/me/confirm", ("password", "wrong"));
        await wrong.ExpectErrorAsync(HttpStatusCode.Unauthorized, "wrong_password");
        host.Clock.Advance(SignInBackoff.Longest);
        using var confirmed = await first.PostAsync(
            "/dashboard/me/confirm", "/dashboard/me/confirm", ("password", DashboardForms.Password), ("next", "/dashboard/me/password"));
        confirmed.ExpectRedirect("/dashboard/me/password");

        using var tooShort = await first.PostAsync("/dashboard/me/password", "/dashboard/me/password", ("password", "short"));
        await tooShort.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_password");
        using var changed = await first.PostAsync(
            "/dashboard/me/password", "/dashboard/me/password", ("password", "another long password"));
        changed.ExpectRedirect("/dashboard/me");
        await first.OpenAsync("/dashboard/me");
        using var ended = await second.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
        using var browser = new Browser(host);
        using var former = await browser.SignInAsync(known.Email, DashboardForms.Password);
        await former.ExpectErrorAsync(HttpStatusCode.Unauthorized, "sign_in_failed");
        host.Clock.Advance(SignInBackoff.Longest);
        using var current = await browser.SignInAsync(known.Email, "another long password");
        current.ExpectRedirect("/dashboard");
    }

    [Fact]
    public async Task A_link_of_another_site_opens_the_page_without_a_second_sign_in()
    {
        using var user = new Browser(host);
        using var arrived = await user.GetAsync("/dashboard/me?x=1", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"));
        Assert.Equal(HttpStatusCode.OK, arrived.StatusCode);
        Assert.Contains("0;url=/dashboard/me?x=1", await arrived.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passkey_answer_that_is_no_answer_is_refused()
    {
        using var browser = new Browser(host);
        using var options = await browser.PostAsync("/dashboard/sign-in/passkey/options");
        var json = System.Text.Json.JsonDocument.Parse(await options.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("required", json.GetProperty("options").GetProperty("userVerification").GetString());
        Assert.Equal("localhost", json.GetProperty("options").GetProperty("rpId").GetString());
        var challenge = json.GetProperty("challenge").GetString()!;
        foreach (var (credential, given) in new[]
            {
                ("", challenge), ("{}", challenge), ("null", challenge), ("[", challenge), ("{}", ""), ("{}", challenge + "x"),
                ("{}", "a.b.c.d"),
                ("""{"id":"AA","rawId":"AA","type":"public-key","response":{},"clientExtensionResults":{}}""", challenge),
            })
        {
            using var response = await browser.PostAsync("/dashboard/sign-in/passkey", ("credential", credential), ("challenge", given));
            await response.ExpectErrorAsync(HttpStatusCode.Unauthorized, "passkey_refused");
        }
    }

    private async Task<Operator> NewOperatorAsync() => await DashboardUser.AddOperatorAsync(
        host, OperatorRole.Owner, await Passwords.HashAsync(DashboardForms.Password, default));
}

public sealed class Sessions_of_operators_on_SQLite(OnSqlite host) : Sessions_of_operators(host), IClassFixture<OnSqlite>;

public sealed class Sessions_of_operators_on_PostgreSQL(OnPostgres host) : Sessions_of_operators(host), IClassFixture<OnPostgres>;
