using Demo;
using EndToEnd.Stage;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>How the question can be answered: without a mouse, without script, and not by accident.</summary>
[Collection<DemoOnSqlite>]
public sealed class The_consent_page(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    [Fact]
    [Spec("WCAG 2.2 §2.1.1", "keyboard")]
    [Spec("WCAG 2.2 §2.4.7", "focus-visible")]
    public async Task Is_answered_with_the_keyboard_alone_and_shows_where_the_focus_is()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.OpenAsync(client.Authorize());
        await ada.Page.Locator("#email:focus").WaitForAsync();
        await ada.Page.Keyboard.TypeAsync(DemoPerson.Ada.Email);
        await ada.Page.Keyboard.PressAsync("Tab");
        await ada.Page.Keyboard.TypeAsync(DemoPerson.Ada.Password);
        await ada.Page.Keyboard.PressAsync("Enter");
        await ada.SeeConsentAsync();
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

    // A form's first button answers Enter in a checkbox, and the first one to be seen here is "Not you?".
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Is_not_answered_by_Enter_in_a_checkbox(bool hasScript)
    {
        var client = await ClientAsync();
        var ada = await PersonAsync(new() { JavaScriptEnabled = hasScript });
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        var address = ada.Page.Url;
        await ada.Page.FocusAsync("input[value='notes:read']");
        await ada.Page.Keyboard.PressAsync("Enter");
        if (!hasScript)
        {
            await ada.SeeErrorAsync("no_decision");
            await ada.Page.GoBackAsync();
        }

        await ada.Page.Locator("button[value=allow]:visible").ClickAsync();
        await client.TokensAsync();
        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.accepted", "consent.allowed", "token.issued"],
            await Demo.Operator.JourneyAsync(address.Split('/')[^1]));
    }

    [Fact]
    public async Task Without_script_one_Allow_works_at_once()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync(new() { JavaScriptEnabled = false });
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.UntickAsync("notes:write");
        await ada.Page.Locator("button[value=allow]:visible").ClickAsync();

        Assert.Equal("notes:read", (await client.TokensAsync()).Scope);
    }

    [Fact]
    public async Task Without_script_Deny_works()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync(new() { JavaScriptEnabled = false });
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.Deny.ClickAsync();

        Assert.Equal("access_denied", (await client.AnswerAsync())["error"]);
    }

    [Fact]
    public async Task Without_script_the_answer_as_a_form_needs_one_more_press()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync(new() { JavaScriptEnabled = false });
        await ada.ComeToConsentAsync(client.Authorize(more: ("response_mode", "form_post")), DemoPerson.Ada);
        await ada.Page.Locator("button[value=allow]:visible").ClickAsync();
        await ada.Page.ClickAsync("form#answer button");

        Assert.Equal("notes:read notes:write", (await client.TokensAsync()).Scope);
    }

    [Fact]
    public async Task With_script_one_Allow_is_seen_and_no_markup_as_text()
    {
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync((await ClientAsync()).Authorize(), DemoPerson.Ada);

        Assert.Equal(1, await ada.Page.Locator("button[value=allow]:visible").CountAsync());
        Assert.DoesNotContain("<", await ada.Page.InnerTextAsync("body"), StringComparison.Ordinal);
    }

    // Double-click jacking: the page slides under the second click of a person who was told to double-click elsewhere.
    [Fact]
    public async Task Takes_no_Allow_until_half_a_second_after_it_was_in_front()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.Page.AddInitScriptAsync(
            """
            addEventListener('DOMContentLoaded', () => {
              const allow = document.getElementById('allow');
              if (!allow) return;
              window.seen = { from: performance.now(), wasDisabled: allow.disabled };
              new MutationObserver(() => { window.seen[allow.disabled ? 'disabledAt' : 'enabledAt'] = performance.now(); }).observe(allow, { attributeFilter: ['disabled'] });
              allow.click();
            });
            """);
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await Assertions.Expect(ada.Allow).ToBeEnabledAsync();
        Assert.True(await ada.Page.EvaluateAsync<bool>("() => seen.wasDisabled"));
        Assert.InRange(await ada.Page.EvaluateAsync<double>("() => seen.enabledAt - seen.from"), 450, 15_000);
        Assert.Equal(0, client.Answers);

        // Another window comes in front, and goes away.
        await ada.Page.EvaluateAsync("() => { dispatchEvent(new Event('blur')); }");
        Assert.True(await ada.Allow.IsDisabledAsync());
        await ada.Page.EvaluateAsync("() => { seen.from = performance.now(); dispatchEvent(new Event('focus')); }");
        await Assertions.Expect(ada.Allow).ToBeEnabledAsync();
        Assert.InRange(await ada.Page.EvaluateAsync<double>("() => seen.enabledAt - seen.from"), 490, 15_000);

        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    /// <summary>Presses Tab; what has the focus then, which must be seen to have it.</summary>
    private static async Task<string> TabAsync(Person person)
    {
        await person.Page.Keyboard.PressAsync("Tab");
        Assert.True(
            await person.Page.EvaluateAsync<bool>("() => { const style = getComputedStyle(document.activeElement); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"),
            "the focus is not seen");
        return await person.Page.EvaluateAsync<string>("() => document.activeElement.value");
    }
}
