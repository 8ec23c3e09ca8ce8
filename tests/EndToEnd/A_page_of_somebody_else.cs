using System.Net;
using Demo;
using EndToEnd.Stage;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>A page that a person also has open, and that would like to answer the consent question for them.</summary>
[Collection<DemoOnSqlite>]
public sealed class A_page_of_somebody_else(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    // localhost on another port is another origin of the same site: the browser sends Latchkey's cookies along.
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [Spec("OAuth 2.1 §7.11", "clickjacking")]
    [Spec("RFC 9700 §4.16", "frames")]
    public async Task Cannot_show_the_question_in_a_frame(string host)
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        var consent = ada.Page.Url;
        var evil = await SiteAsync(host, context => LoopbackSite.HtmlAsync(context.Response, $"<iframe src='{consent}' width=600 height=800></iframe>"));

        await using var tab = new Person(await ada.Page.Context.NewPageAsync());
        var framed = await tab.Page.RunAndWaitForResponseAsync(() => tab.OpenAsync(evil.Origin), response => response.Url == consent);
        Assert.Equal((int)HttpStatusCode.Forbidden, framed.Status);
        Assert.Equal("DENY", await framed.HeaderValueAsync("x-frame-options"));
        Assert.Contains("frame-ancestors 'none'", await framed.HeaderValueAsync("content-security-policy"), StringComparison.Ordinal);
        Assert.Equal(0, await tab.Page.FrameLocator("iframe").Locator("form#consent, [data-lk-error]").CountAsync());

        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Theory]
    [InlineData("localhost", null, "the same site, so with the cookie")]
    [InlineData("127.0.0.1", null, "another site, so without it")]
    [InlineData("localhost", "sandbox allow-forms allow-scripts", "an opaque origin, which the browser calls null")]
    public async Task Cannot_send_an_answer_even_if_it_knew_the_form_token(string host, string? policy, string why)
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
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

        await using var tab = new Person(await ada.Page.Context.NewPageAsync());
        var origin = "";
        tab.Page.Request += (_, request) => origin = request.Method is "POST" ? request.Headers.GetValueOrDefault("origin", "") : origin;
        var refused = await tab.Page.RunAndWaitForResponseAsync(() => tab.Page.GotoAsync(evil.Origin, new() { WaitUntil = WaitUntilState.Commit }), response => response.Request.Method is "POST");
        Assert.True(refused.Status == (int)HttpStatusCode.Forbidden, $"{refused.Status} for {why}");
        var reference = await tab.SeeErrorAsync("foreign_origin");
        Assert.Equal(["consent.refused"], await Demo.Operator.JourneyAsync(reference));
        Assert.Equal(policy is null ? evil.Origin : "null", origin);

        Assert.Equal(["authorize.accepted", "login.reported", "callback.accepted"], await Demo.Operator.JourneyAsync(ada.LoginRequestId));
        Assert.Equal(0, client.Answers);
        await ada.Allow.ClickAsync();
        Assert.Equal("notes:read notes:write", (await client.TokensAsync()).Scope);
    }
}
