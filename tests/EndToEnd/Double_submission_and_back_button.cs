using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

[Collection<DemoOnSqlite>]
public sealed class Double_submission_and_back_button(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Fact]
    public async Task A_double_click_on_allow_sends_one_decision()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var decisions = 0;
        await ada.Page.RouteAsync("**/consent/*", async route =>
        {
            // The second click comes while the first decision is in flight.
            Interlocked.Increment(ref decisions);
            await Task.Delay(TimeSpan.FromMilliseconds(800));
            await route.ContinueAsync();
        });
        await ada.Allow.HoverAsync();
        await Assertions.Expect(ada.Allow).ToBeEnabledAsync();
        await PressAsync(ada, clickCount: 1);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        await PressAsync(ada, clickCount: 2);

        await client.TokensAsync();
        Assert.Equal(1, decisions);
        Assert.Equal(1, client.ResponseCount);
    }

    [Fact]
    public async Task Allow_in_two_tabs_of_one_consent_page_returns_the_same_code()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await using var twin = new BrowserUser(await ada.Page.Context.NewPageAsync());
        await using var late = new BrowserUser(await ada.Page.Context.NewPageAsync());
        await twin.OpenAsync(ada.Page.Url);
        await late.OpenAsync(ada.Page.Url);

        await ada.Allow.ClickAsync();
        var first = await client.ResponseAsync();
        await twin.Allow.ClickAsync();
        var second = await client.ResponseAsync();
        Assert.Equal(first["code"], second["code"]);

        await Tokens.OfAsync(await client.RedeemAsync(first["code"]!));
        await late.Allow.ClickAsync();
        await late.Page.Locator("main[data-lk-finished]").WaitForAsync();
        Assert.Equal(2, client.ResponseCount);
    }

    [Fact]
    public async Task Deny_in_a_second_tab_after_allow_changes_nothing()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await using var twin = new BrowserUser(await ada.Page.Context.NewPageAsync());
        await twin.OpenAsync(ada.Page.Url);

        await ada.Allow.ClickAsync();
        var tokens = await client.TokensAsync();
        await twin.Deny.ClickAsync();
        await twin.Page.Locator("main[data-lk-finished]").WaitForAsync();
        Assert.Equal(1, client.ResponseCount);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task A_reloaded_consent_page_still_works()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Page.ReloadAsync();
        Assert.Equal("Inspector", await ada.ReadOneAsync("client"));
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task Back_from_the_client_returns_the_same_code_until_it_is_redeemed()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Allow.ClickAsync();
        var first = await client.ResponseAsync();
        await ada.Page.Locator("#landed").WaitForAsync();

        await ada.Page.GoBackAsync();
        var second = await client.ResponseAsync();
        Assert.Equal(first["code"], second["code"]);

        await Tokens.OfAsync(await client.RedeemAsync(first["code"]!));
    }

    [Fact]
    public async Task Back_from_the_client_after_the_code_was_redeemed_shows_that_the_sign_in_is_complete()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
        await ada.Page.Locator("#landed").WaitForAsync();

        await ada.Page.GoBackAsync();
        Assert.Equal("You are connected", await ada.TextAsync("h1"));
        Assert.Equal(1, client.ResponseCount);
    }

    [Fact]
    public async Task Back_to_the_login_page_leads_to_the_same_consent_page_again()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);

        await ada.Page.GoBackAsync();
        await ada.Continue.ClickAsync();
        await ada.WaitForConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task The_callback_opened_again_in_the_same_browser_leads_to_the_current_page()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        var callback = "";
        ada.Page.Request += (_, request) =>
            callback = request.Url.Contains("/partner:callback?", StringComparison.Ordinal) ? request.Url : callback;
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var consent = ada.Page.Url;

        await ada.OpenAsync(callback);
        Assert.Equal(consent, ada.Page.Url);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();

        await ada.OpenAsync(callback);
        await ada.Page.Locator("main[data-lk-finished]").WaitForAsync();
        Assert.Equal(1, client.ResponseCount);
    }

    private static async Task PressAsync(BrowserUser person, int clickCount)
    {
        await person.Page.Mouse.DownAsync(new() { ClickCount = clickCount });
        await person.Page.Mouse.UpAsync(new() { ClickCount = clickCount });
    }
}
