using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>The consent form without a mouse, without JavaScript, and against accidental clicks.</summary>
[Collection<DemoOnSqlite>]
public sealed class Consent_form_controls(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Fact]
    [Spec("WCAG 2.2 §2.1.1", "keyboard")]
    [Spec("WCAG 2.2 §2.4.7", "focus-visible")]
    public async Task The_consent_form_works_with_the_keyboard_alone_and_shows_the_focus()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenAsync(client.Authorize());
        await ada.Page.Locator("#email:focus").WaitForAsync();
        await ada.Page.Keyboard.TypeAsync(DemoUser.Ada.Email);
        await ada.Page.Keyboard.PressAsync("Tab");
        await ada.Page.Keyboard.TypeAsync(DemoUser.Ada.Password);
        await ada.Page.Keyboard.PressAsync("Enter");
        await ada.WaitForConsentAsync();
        await Assertions.Expect(ada.Allow).ToBeEnabledAsync();

        Assert.Equal("not_you", await TabAsync(ada));
        Assert.Equal("notes:read", await TabAsync(ada));
        Assert.Equal("notes:write", await TabAsync(ada));
        await ada.Page.Keyboard.PressAsync("Space");
        Assert.Equal("deny", await TabAsync(ada));
        Assert.Equal("allow", await TabAsync(ada));
        await ada.Page.Keyboard.PressAsync("Enter");

        Assert.Equal("notes:read", (await client.TokensAsync()).Scope);
    }

    // Enter in a checkbox submits the form with its first button, and the first visible button here is "Not you?".
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Enter_in_a_checkbox_submits_no_decision(bool hasScript)
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync(new() { JavaScriptEnabled = hasScript });
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var address = ada.Page.Url;
        await ada.Page.FocusAsync("input[value='notes:read']");
        await ada.Page.Keyboard.PressAsync("Enter");
        if (!hasScript)
        {
            await ada.WaitForErrorAsync("no_decision");
            await ada.Page.GoBackAsync();
        }

        await ada.Page.Locator("button[value=allow]:visible").ClickAsync();
        await client.TokensAsync();
        Assert.Equal(
            [
                "authorize.accepted", "login.reported", "callback.accepted", .. hasScript ? Array.Empty<string>() : ["consent.refused"],
                "consent.allowed", "token.issued",
            ],
            await Demo.Operator.EventNamesAsync(address.Split('/')[^1]));
    }

    [Fact]
    public async Task Without_JavaScript_one_allow_button_works_at_once()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync(new() { JavaScriptEnabled = false });
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.UntickAsync("notes:write");
        await ada.Page.Locator("button[value=allow]:visible").ClickAsync();

        Assert.Equal("notes:read", (await client.TokensAsync()).Scope);
    }

    [Fact]
    public async Task Without_JavaScript_deny_returns_access_denied()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync(new() { JavaScriptEnabled = false });
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Deny.ClickAsync();

        Assert.Equal("access_denied", (await client.ResponseAsync())["error"]);
    }

    [Fact]
    public async Task Without_JavaScript_a_form_post_response_needs_one_more_click()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync(new() { JavaScriptEnabled = false });
        await ada.OpenConsentAsync(client.Authorize(more: ("response_mode", "form_post")), DemoUser.Ada);
        await ada.Page.Locator("button[value=allow]:visible").ClickAsync();
        await ada.Page.ClickAsync("form#answer button");

        Assert.Equal("notes:read notes:write", (await client.TokensAsync()).Scope);
    }

    [Fact]
    public async Task With_JavaScript_one_allow_button_is_visible_and_no_markup_is_shown_as_text()
    {
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync((await ClientAsync()).Authorize(), DemoUser.Ada);

        Assert.Equal(1, await ada.Page.Locator("button[value=allow]:visible").CountAsync());
        Assert.DoesNotContain("<", await ada.Page.InnerTextAsync("body"), StringComparison.Ordinal);
    }

    // Double-clickjacking: the consent page comes to the front between the two clicks of a double click that was meant for another page.
    // The half second is measured from the call that starts the timer: the page may run before its document is complete.
    [Fact]
    public async Task Allow_stays_disabled_for_half_a_second_after_the_page_comes_to_the_front()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.Page.AddInitScriptAsync(
            """
            window.seen = {};
            const delay = window.setTimeout;
            window.setTimeout = (...of) => { seen.from = performance.now(); return delay(...of); };
            addEventListener('DOMContentLoaded', () => {
              const allow = document.getElementById('allow');
              if (!allow) return;
              seen.wasDisabled = allow.disabled;
              new MutationObserver(() => {
                window.seen[allow.disabled ? 'disabledAt' : 'enabledAt'] = performance.now();
              }).observe(allow, { attributeFilter: ['disabled'] });
              allow.click();
            });
            """);
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await Assertions.Expect(ada.Allow).ToBeEnabledAsync();
        Assert.True(await ada.Page.EvaluateAsync<bool>("() => seen.wasDisabled"));
        Assert.InRange(await ada.Page.EvaluateAsync<double>("() => seen.enabledAt - seen.from"), 490, 15_000);
        Assert.Equal(0, client.ResponseCount);

        // Another window takes the focus and gives it back.
        await ada.Page.EvaluateAsync("() => { dispatchEvent(new Event('blur')); }");
        Assert.True(await ada.Allow.IsDisabledAsync());
        await ada.Page.EvaluateAsync("() => { dispatchEvent(new Event('focus')); }");
        await Assertions.Expect(ada.Allow).ToBeEnabledAsync();
        Assert.InRange(await ada.Page.EvaluateAsync<double>("() => seen.enabledAt - seen.from"), 490, 15_000);

        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    /// <summary>Presses Tab, checks that the focus is visible, and returns the value of the focused element.</summary>
    private static async Task<string> TabAsync(BrowserUser person)
    {
        await person.Page.Keyboard.PressAsync("Tab");
        Assert.True(
            await person.Page.EvaluateAsync<bool>("() => { const style = getComputedStyle(document.activeElement); "
                + "return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"),
            "the focused element has no visible outline");
        return await person.Page.EvaluateAsync<string>("() => document.activeElement.value");
    }
}
