using Demo;
using EndToEnd.Stage;
using Microsoft.Playwright;

namespace EndToEnd;

[Collection<DemoOnSqlite>]
public sealed class A_person_who_presses_twice_or_goes_back(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    [Fact]
    public async Task Sends_one_decision_with_a_double_click()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        var decisions = 0;
        await ada.Page.RouteAsync("**/consent/*", async route =>
        {
            // The second click comes while the first decision is on its way.
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
        Assert.Equal(1, client.Answers);
    }

    [Fact]
    public async Task Who_allows_in_two_tabs_of_one_question_gets_one_code()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await using var twin = new Person(await ada.Page.Context.NewPageAsync());
        await using var late = new Person(await ada.Page.Context.NewPageAsync());
        await twin.OpenAsync(ada.Page.Url);
        await late.OpenAsync(ada.Page.Url);

        await ada.Allow.ClickAsync();
        var first = await client.AnswerAsync();
        await twin.Allow.ClickAsync();
        var second = await client.AnswerAsync();
        Assert.Equal(first["code"], second["code"]);

        await Tokens.OfAsync(await client.RedeemAsync(first["code"]!));
        await late.Allow.ClickAsync();
        await late.Page.Locator("main[data-lk-finished]").WaitForAsync();
        Assert.Equal(2, client.Answers);
    }

    [Fact]
    public async Task Who_denies_in_the_second_tab_after_allowing_in_the_first_has_allowed()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await using var twin = new Person(await ada.Page.Context.NewPageAsync());
        await twin.OpenAsync(ada.Page.Url);

        await ada.Allow.ClickAsync();
        var tokens = await client.TokensAsync();
        await twin.Deny.ClickAsync();
        await twin.Page.Locator("main[data-lk-finished]").WaitForAsync();
        Assert.Equal(1, client.Answers);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task Reload_asks_the_same_question_again()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.Page.ReloadAsync();
        Assert.Equal("Inspector", await ada.ReadOneAsync("client"));
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task Back_from_the_client_brings_the_same_code_until_it_is_redeemed()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.Allow.ClickAsync();
        var first = await client.AnswerAsync();
        await ada.Page.Locator("#landed").WaitForAsync();

        await ada.Page.GoBackAsync();
        var second = await client.AnswerAsync();
        Assert.Equal(first["code"], second["code"]);

        await Tokens.OfAsync(await client.RedeemAsync(first["code"]!));
    }

    [Fact]
    public async Task Back_from_a_client_that_has_its_tokens_says_that_it_is_done()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
        await ada.Page.Locator("#landed").WaitForAsync();

        await ada.Page.GoBackAsync();
        Assert.Equal("You are connected", await ada.SeeAsync("h1"));
        Assert.Equal(1, client.Answers);
    }

    [Fact]
    public async Task Back_to_the_companys_page_says_that_it_is_done_and_forward_the_question_still_stands()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);

        await ada.Page.GoBackAsync();
        Assert.Equal("This sign-in is finished already", await ada.Page.InnerTextAsync("#trouble"));
        await ada.Page.GoForwardAsync();
        await ada.SeeConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task The_callback_opened_again_in_the_same_browser_leads_to_where_it_stands()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        var callback = "";
        ada.Page.Request += (_, request) => callback = request.Url.Contains("/partner:callback?", StringComparison.Ordinal) ? request.Url : callback;
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        var consent = ada.Page.Url;

        await ada.OpenAsync(callback);
        Assert.Equal(consent, ada.Page.Url);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();

        await ada.OpenAsync(callback);
        await ada.Page.Locator("main[data-lk-finished]").WaitForAsync();
        Assert.Equal(1, client.Answers);
    }

    private static async Task PressAsync(Person person, int clickCount)
    {
        await person.Page.Mouse.DownAsync(new() { ClickCount = clickCount });
        await person.Page.Mouse.UpAsync(new() { ClickCount = clickCount });
    }
}
