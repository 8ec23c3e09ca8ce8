using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;

namespace EndToEnd;

/// <summary>Requests changed in the browser's address bar or developer tools. Each error page carries a reference by which the
/// operator finds its events.</summary>
[Collection<SecondDemoOnSqlite>]
public sealed class Parameter_tampering(SecondDemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Theory]
    [InlineData("client_id", "m2m_0000000000000000000000", "unknown_client")]
    [InlineData("client_id", null, "missing_client")]
    [InlineData("redirect_uri", "http://127.0.0.1:9/elsewhere", "unregistered_redirect_uri")]
    public async Task A_tampered_authorization_request_shows_an_error_page_whose_reference_leads_to_the_event(
        string parameter, string? value, string code)
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenAsync(client.Authorize(more: (parameter, value)));

        await EventExistsAsync(await ada.WaitForErrorAsync(code), "authorize.refused", code);
        Assert.StartsWith(Demo.BaseUrl, ada.Page.Url, StringComparison.Ordinal);
        Assert.Equal(0, client.ResponseCount);
    }

    [Fact]
    [Spec("RFC 9700 §4.11.2", "server-no-open-redirector")]
    public async Task An_error_is_no_open_redirect_to_an_unverified_hosted_client()
    {
        var client = await ClientAsync("Stranger", "stranger.example");
        var ada = await NewUserAsync();
        await ada.OpenAsync(client.Authorize(more: ("code_challenge_method", "plain")));
        await EventExistsAsync(await ada.WaitForErrorAsync("invalid_request"), "authorize.refused", "pkce_method");
        Assert.Equal(0, client.ResponseCount);

        await ada.Page.ClickAsync("a#return");
        Assert.Equal("invalid_request", (await client.ResponseAsync())["error"]);
    }

    [Fact]
    public async Task A_tampered_state_is_refused_and_the_login_stays_valid()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoUser.Ada);
        await ada.OpenAsync(client.Authorize());
        var callback = await ada.ClickAndCloseAsync(ada.Continue);

        await ada.OpenAsync(callback.Replace("state=", "state=x", StringComparison.Ordinal));
        await EventExistsAsync(await ada.WaitForErrorAsync("unknown_state"), "callback.refused", "unknown_state");

        await ada.OpenAsync(callback);
        await ada.WaitForConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task A_tampered_proof_ends_the_login()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoUser.Ada);
        await ada.OpenAsync(client.Authorize());
        var callback = await ada.ClickAndCloseAsync(ada.Continue);

        await ada.OpenAsync(callback[..^1] + (callback[^1] == 'A' ? 'B' : 'A'));
        await EventExistsAsync(await ada.WaitForErrorAsync("proof_missing"), "callback.burnt", "wrong_proof");
        await ada.OpenAsync(callback);
        await ada.WaitForErrorAsync("login_over");
        Assert.Equal(0, client.ResponseCount);
    }

    [Fact]
    public async Task Scopes_added_to_the_consent_form_are_not_granted()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize("notes:read"), DemoUser.Ada);
        await ada.Page.EvaluateAsync(
            """
            () => {
              for (const scope of ['notes:write', 'admin', 'offline_access']) {
                document.forms.consent.insertAdjacentHTML('beforeend', `<input type="hidden" name="scope" value="${scope}">`);
              }
            }
            """);
        await ada.Allow.ClickAsync();

        Assert.Equal("notes:read", (await client.TokensAsync()).Scope);
    }

    [Fact]
    public async Task A_tampered_form_token_is_refused_and_the_consent_page_stays_valid()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Page.EvaluateAsync("() => { document.forms.consent.elements.form_token.value += 'x'; }");
        await ada.Allow.ClickAsync();
        await EventExistsAsync(await ada.WaitForErrorAsync("form_token"), "consent.refused", "form token");

        await ada.Page.GoBackAsync();
        await ada.WaitForConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task The_consent_page_is_not_shown_in_a_browser_without_its_cookie()
    {
        var client = await ClientAsync();
        var (ada, mallory) = (await NewUserAsync(), await NewUserAsync());
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);

        await mallory.OpenAsync(ada.Page.Url);
        await EventExistsAsync(await mallory.WaitForErrorAsync("foreign_browser"), "consent.refused", "consent_cookie_missing");
        Assert.DoesNotContain("Ada", await mallory.Page.ContentAsync(), StringComparison.Ordinal);

        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    private async Task EventExistsAsync(string reference, string name, string words)
    {
        var events = await Demo.Operator.EventsAsync(reference);
        Assert.Contains(events, found =>
            found.GetProperty("name").ValueEquals(name)
            && found.GetProperty("detail").GetString()!.Contains(words, StringComparison.Ordinal));
    }
}
