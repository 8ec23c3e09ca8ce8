using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// The pages that a person sees, in every language on a phone, each saved as a screenshot: consent, an error, connected programs and the
/// question before one is disconnected. The language is chosen with the links of the pages.
/// </summary>
[Collection<SecondDemoOnSqlite>]
public sealed class Pages_in_seven_languages(SecondDemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private static readonly string[] Tags = ["en", "de", "fr", "es", "pt", "ja", "he"];

    [Fact]
    public async Task Consent_errors_and_connected_programs()
    {
        var ada = await NewUserAsync();
        var client = await ClientAsync("Summaries", "summaries.example");
        await ada.OpenConsentAsync(client.Authorize("notes:read notes:write"), DemoUser.Ada);
        foreach (var tag in Tags)
        {
            await ChooseAsync(ada, tag);
            await Assertions.Expect(ada.Allow).ToBeEnabledAsync();
            await CheckAsync(ada, $"consent-{tag}", tag);
        }

        await ChooseAsync(ada, "en");
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
        await ErrorsAsync(ada);
        await ConnectedProgramsAsync(ada);
    }

    /// <summary>An error page has its text in the other languages, folded; the link of a page before it chose its own language.</summary>
    private async Task ErrorsAsync(BrowserUser ada)
    {
        foreach (var tag in Tags)
        {
            await ada.OpenAsync($"{Demo.BaseUrl}/");
            await ChooseAsync(ada, tag);
            await ada.OpenAsync($"{Demo.BaseUrl}/oauth/authorize");
            await ada.WaitForErrorAsync("missing_client");
            await CheckAsync(ada, $"error-{tag}", tag);
        }

        await ada.Page.Locator("details[lang=de] summary").ClickAsync();
        await CheckAsync(ada, "error-he-unfolded-de", "he");
    }

    private async Task ConnectedProgramsAsync(BrowserUser ada)
    {
        await ada.OpenAsync($"{Demo.BaseUrl}/account/sign-in?server={Demo.Notes.Id}");
        await ada.Continue.ClickAsync();
        await ada.Page.Locator("main[data-lk-account]").WaitForAsync();
        foreach (var tag in Tags)
        {
            await ChooseAsync(ada, tag);
            await CheckAsync(ada, $"account-{tag}", tag);
        }

        var grant = ada.Page.Locator("[data-lk=program]").First;
        await grant.Locator("a[href$='/change']").ClickAsync();
        await CheckAsync(ada, "account-change-he", "he");
        await ada.Page.GoBackAsync();
        await grant.Locator("a[href$='/disconnect']").ClickAsync();
        await CheckAsync(ada, "account-disconnect-he", "he");
        await ada.Page.Locator("form button").ClickAsync();
        await ada.Page.Locator("main[data-lk-disconnected]").WaitForAsync();
        await CheckAsync(ada, "account-disconnected-he", "he");
    }

    /// <summary>Follows the link to the language, unless the page is in it.</summary>
    private static async Task ChooseAsync(BrowserUser ada, string tag)
    {
        if (await ada.Page.GetAttributeAsync("html", "lang") != tag)
        {
            await ada.Page.Locator($"nav.languages a[hreflang={tag}]").ClickAsync();
        }
    }

    private static async Task CheckAsync(BrowserUser ada, string name, string tag)
    {
        Assert.Equal(tag, await ada.Page.GetAttributeAsync("html", "lang"));
        Assert.Equal(tag == "he" ? "rtl" : "ltr", await ada.Page.GetAttributeAsync("html", "dir"));
        await PageChecks.CheckNarrowAsync(ada, $"language-{name}");
    }
}
