using System.Net;
using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>A page of another site in the same browser tries to give consent in place of the user.</summary>
[Collection<DemoOnSqlite>]
public sealed class Clickjacking_and_CSRF(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    // localhost on another port is another origin of the same site: the browser sends Latchkey's cookies with the request.
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [Spec("OAuth 2.1 §7.11", "clickjacking")]
    [Spec("RFC 9700 §4.16", "frames")]
    public async Task The_consent_page_cannot_be_framed(string host)
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var consent = ada.Page.Url;
        var evil = await SiteAsync(
            host, context => LoopbackSite.HtmlAsync(context.Response, $"<iframe src='{consent}' width=600 height=800></iframe>"));

        await using var tab = new BrowserUser(await ada.Page.Context.NewPageAsync());
        var framed = await tab.Page.RunAndWaitForResponseAsync(() => tab.OpenAsync(evil.Origin), response => response.Url == consent);
        Assert.Equal((int)HttpStatusCode.Forbidden, framed.Status);
        Assert.Equal("DENY", await framed.HeaderValueAsync("x-frame-options"));
        Assert.Contains("frame-ancestors 'none'", await framed.HeaderValueAsync("content-security-policy"), StringComparison.Ordinal);
        Assert.Equal(0, await tab.Page.FrameLocator("iframe").Locator("form#consent, [data-lk-error]").CountAsync());

        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Theory]
    [InlineData("localhost", null, "the same site: the browser sends the cookie")]
    [InlineData("127.0.0.1", null, "another site: the browser sends no cookie")]
    [InlineData("localhost", "sandbox allow-forms allow-scripts", "an opaque origin: the browser sends Origin: null")]
    public async Task A_decision_from_a_foreign_origin_is_refused_even_with_the_form_token(string host, string? policy, string why)
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var token = await ada.Page.InputValueAsync("input[name=form_token]");
        var evil = await SiteAsync(host, context =>
        {
            if (policy is not null)
            {
                context.Response.Headers.ContentSecurityPolicy = policy;
            }

            return LoopbackSite.HtmlAsync(
                context.Response,
                $"""
                <form id=evil method=post action="{ada.Page.Url}">
                <input name=form_token value="{token}"><input name=scope value="notes:read"><input name=decision value=allow>
                </form><script>document.getElementById('evil').submit()</script>
                """);
        });

        await using var tab = new BrowserUser(await ada.Page.Context.NewPageAsync());
        var origin = "";
        tab.Page.Request += (_, request) => origin = request.Method is "POST" ? request.Headers.GetValueOrDefault("origin", "") : origin;
        var refused = await tab.Page.RunAndWaitForResponseAsync(
            () => tab.Page.GotoAsync(evil.Origin, new() { WaitUntil = WaitUntilState.Commit }),
            response => response.Request.Method is "POST");
        Assert.True(refused.Status == (int)HttpStatusCode.Forbidden, $"status {refused.Status} for {why}");
        var reference = await tab.WaitForErrorAsync("foreign_origin");
        Assert.Equal(["consent.refused"], await Demo.Operator.EventNamesAsync(reference));
        Assert.Equal(policy is null ? evil.Origin : "null", origin);

        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.accepted"], await Demo.Operator.EventNamesAsync(ada.LoginRequestId));
        Assert.Equal(0, client.ResponseCount);
        await ada.Allow.ClickAsync();
        Assert.Equal("notes:read notes:write", (await client.TokensAsync()).Scope);
    }

    // A popup of a sandboxed frame is sandboxed too. It runs no scripts, has no automatic focus, and sends cookies and the true origin.
    [Fact]
    public async Task Allow_of_a_page_that_may_run_no_scripts_waits_half_a_second_after_a_click_into_the_page()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoUser.Ada);
        var evil = await SiteAsync("127.0.0.1", context => LoopbackSite.HtmlAsync(
            context.Response,
            context.Request.Path == "/frame"
                ? $"<a id=go target=w href=\"{WebUtility.HtmlEncode(client.Authorize())}\">Play</a>"
                : "<iframe sandbox='allow-popups allow-same-origin allow-forms' src=/frame></iframe>"));
        await ada.OpenAsync(evil.Origin);
        var popup = await ada.Page.RunAndWaitForPopupAsync(() => ada.Page.FrameLocator("iframe").Locator("#go").ClickAsync());
        await using var victim = new BrowserUser(popup);
        await victim.Continue.ClickAsync();
        await victim.WaitForConsentAsync();
        var allow = popup.Locator("button[value=allow]:visible");
        await popup.WaitForTimeoutAsync(1000);
        Assert.Equal(0, await allow.CountAsync());

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await popup.ClickAsync("h1");
        await allow.WaitForAsync();
        Assert.InRange(clock.ElapsedMilliseconds, 490, 15_000);
        await allow.ClickAsync();
        await client.TokensAsync();
    }

    // A fragment survives the redirects of a login. It could show a small window with nothing but the buttons, or give one the focus.
    [Theory]
    [InlineData("#allow", true)]
    [InlineData("#consent", true)]
    [InlineData("#:~:text=Allow", true)]
    [InlineData("#consent", false)]
    public async Task A_fragment_neither_scrolls_to_the_buttons_nor_focuses_one(string fragment, bool hasScript)
    {
        var ada = await NewUserAsync(new() { JavaScriptEnabled = hasScript });
        await ada.OpenConsentAsync((await ClientAsync()).Authorize(), DemoUser.Ada);

        await using var tab = new BrowserUser(await ada.Page.Context.NewPageAsync());
        await tab.Page.SetViewportSizeAsync(400, 200);
        await tab.OpenAsync(ada.Page.Url + fragment);
        await tab.WaitForConsentAsync();
        await tab.Page.WaitForTimeoutAsync(1000);
        Assert.InRange(
            await tab.Page.EvaluateAsync<double>("() => document.querySelector('h1').getBoundingClientRect().top"), 0, 200);
        Assert.NotEqual("BUTTON", await tab.Page.EvaluateAsync<string>("() => document.activeElement.tagName"));
    }
}
