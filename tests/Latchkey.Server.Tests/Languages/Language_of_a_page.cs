using System.Net;
using System.Reflection;
using Latchkey.Server.Languages;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.Languages;

/// <summary>
/// A person gets each page in a language that they read: chosen with a link, asked for by the client (<c>ui_locales</c>, OpenID Connect
/// Core §3.1.2.1), by the browser, or the operator's default.
/// </summary>
public sealed class Language_of_a_page(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string AcceptLanguage = "Accept-Language";

    public static TheoryData<string> Tags => [.. Language.All.Select(language => language.Tag)];

    [Theory]
    [MemberData(nameof(Tags))]
    public async Task The_pages_of_a_sign_in_are_in_the_language_of_the_browser(string tag)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var consent = await HtmlAsync(login.Browser, login.Consent!.Path, (AcceptLanguage, tag));
        ExpectLanguage(consent, tag);
        Assert.Contains($">{Texts(tag).Allow}</button>", consent, StringComparison.Ordinal);
        await login.ContinueAsync();
        var finished = await HtmlAsync(login.Browser, login.Consent.Path, (AcceptLanguage, tag));
        ExpectLanguage(finished, tag);
        Assert.Contains($"<h1>{Texts(tag).FinishedTitle}</h1>", finished, StringComparison.Ordinal);
        ExpectLanguage(await HtmlAsync(login.Browser, "/", (AcceptLanguage, tag)), tag);
    }

    /// <summary>Renders every error that is declared, and the ones that are made of arguments.</summary>
    [Theory]
    [MemberData(nameof(Tags))]
    public async Task Every_error_page_is_in_the_language_of_the_browser(string tag)
    {
        var pages = typeof(ErrorPage).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.FieldType == typeof(ErrorPage))
            .Select(field => (ErrorPage)field.GetValue(null)!)
            .ToList();

        Assert.InRange(pages.Count, 35, 200);
        foreach (var page in pages)
        {
            var html = await RenderAsync(page.For(AuthorizationId.New()), tag);
            ExpectLanguage(html, tag);
            var text = page.Text(Texts(tag).Refusals);
            Assert.Contains($"<h1>{text.Title}</h1>", html, StringComparison.Ordinal);
            Assert.Contains($"<p>{text.Explanation}</p>", html, StringComparison.Ordinal);
            Assert.Contains($"<p>{text.Advice}</p>", html, StringComparison.Ordinal);
            Assert.Contains(Texts(tag).TellReference, html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Ui_locales_of_the_client_come_before_the_language_of_the_browser()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("ui_locales", "zh pt-BR en")));
        var report = await company.ReportAsync(redirect.LoginRequestId);
        var consent = await browser.ComeBackAsync(report.CallbackPath);

        ExpectLanguage(await HtmlAsync(browser, consent.Path, (AcceptLanguage, "de")), "pt");
        ExpectLanguage(
            await HtmlAsync(browser, client.Authorize(("ui_locales", "ja"), ("redirect_uri", "http://127.0.0.1/other"))), "ja");
    }

    [Theory]
    [InlineData("zh;q=1, he-IL;q=0.8, de;q=0.9", "de")]
    [InlineData("de;q=0, fr;q=0.1", "fr")]
    [InlineData("*", "en")]
    [InlineData("zh", "en")]
    [InlineData("iw", "he")]
    [InlineData("de;q=x,,;;q", "en")]
    public async Task Accept_Language_is_read_by_its_weights(string header, string expected)
    {
        using var browser = new Browser(host);

        ExpectLanguage(await HtmlAsync(browser, "/", (AcceptLanguage, header)), expected);
    }

    /// <summary>A link to another language changes nothing else: the same form token decides afterwards.</summary>
    [Fact]
    public async Task A_chosen_language_is_kept_for_the_sign_in_and_changes_nothing_else()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var events = await login.SignInEventsAsync();
        var path = login.Consent!.Path;
        Assert.Contains($"href=\"{path}?lang=he\" hreflang=\"he\" lang=\"he\" dir=\"rtl\"", login.Consent.Html, StringComparison.Ordinal);
        using (var chosen = await login.Browser.GetAsync($"{path}?lang=he", (AcceptLanguage, "de")))
        {
            ExpectLanguage(await chosen.Content.ReadAsStringAsync(), "he");
            var cookie = Assert.Single(chosen.Headers.GetValues("Set-Cookie"));
            Assert.StartsWith("lk-lang=he; max-age=", cookie, StringComparison.Ordinal);
            Assert.EndsWith("; path=/; samesite=lax; httponly", cookie, StringComparison.Ordinal);
        }

        ExpectLanguage(await HtmlAsync(login.Browser, path, (AcceptLanguage, "de")), "he");
        ExpectLanguage(await HtmlAsync(login.Browser, "/sso/v1/connections/x/partner:callback", (AcceptLanguage, "de")), "he");
        Assert.Equal(events, await login.SignInEventsAsync());
        await login.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData("he", "Sec-Fetch-Site", "cross-site")]
    [InlineData("he", "Sec-Fetch-Site", "same-site")]
    [InlineData("xx", "Sec-Fetch-Site", "same-origin")]
    [InlineData("he%00", "Sec-Fetch-Site", "same-origin")]
    public async Task A_link_of_another_site_and_an_unknown_language_choose_nothing(string lang, string header, string value)
    {
        using var browser = new Browser(host);
        using var response = await browser.GetAsync($"/?lang={lang}", (header, value), (AcceptLanguage, "de"));

        ExpectLanguage(await response.Content.ReadAsStringAsync(), "de");
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    /// <summary>A link would repeat the refused request, so an error page has the other languages in it.</summary>
    [Fact]
    public async Task An_error_page_has_its_text_in_every_language_without_a_link_to_the_refused_request()
    {
        using var browser = new Browser(host);
        var html = await HtmlAsync(browser, "/oauth/authorize", (AcceptLanguage, "fr"));

        Assert.DoesNotContain("?lang=", html, StringComparison.Ordinal);
        foreach (var other in Language.All.Where(language => language.Tag != "fr"))
        {
            var text = other.Texts.Refusals.MissingClient;
            Assert.Contains(
                $"<details name=\"language\" lang=\"{other.Tag}\" dir=\"{other.Direction}\">", html, StringComparison.Ordinal);
            Assert.Contains($"<h2>{text.Title}</h2>", html, StringComparison.Ordinal);
        }
    }

    /// <summary>Names, hosts and addresses are isolated, so that they cannot change the order of the words around them (bidi).</summary>
    [Fact]
    public async Task Names_of_the_person_and_the_client_are_escaped_and_isolated_in_a_page_from_right_to_left()
    {
        const string Name = "Ada \u202E<script>";
        var company = await host.NewCompanyAsync(resource: new { name = "Notes \u05D0 & Co" });
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("ui_locales", "he")));
        var report = await company.ReportAsync(redirect.LoginRequestId, new { sub = "b", email = "b@acme.example", name = Name });
        var consent = await browser.ComeBackAsync(report.CallbackPath);

        ExpectLanguage(consent.Html, "he");
        Assert.DoesNotContain("<script>", consent.Html.Replace("<script nonce", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(
            "<bdi data-lk=\"client\"", consent.Html.Replace(" class=\"claimed\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("<strong data-lk=\"user\"><bdi>", consent.Html, StringComparison.Ordinal);
        Assert.Contains("<bdi dir=\"ltr\">b@acme.example</bdi>", consent.Html, StringComparison.Ordinal);
        Assert.Contains($"<bdi dir=\"ltr\">{company.ResourceUri}</bdi>", consent.Html, StringComparison.Ordinal);
    }

    private async Task<string> RenderAsync(PageResponse page, string tag)
    {
        var http = new DefaultHttpContext { RequestServices = host.Services };
        http.Request.Headers.AcceptLanguage = tag;
        http.Request.Method = HttpMethods.Get;
        using var body = new MemoryStream();
        http.Response.Body = body;
        await page.ExecuteAsync(http);
        return WebUtility.HtmlDecode(System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }

    private static async Task<string> HtmlAsync(Browser browser, string path, params (string Name, string Value)[] headers)
    {
        using var response = await browser.GetAsync(path, headers);
        return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync());
    }

    private static void ExpectLanguage(string html, string tag) =>
        Assert.Contains($"<html lang=\"{tag}\" dir=\"{Language.Find(tag)!.Direction}\">", html, StringComparison.Ordinal);

    private static Texts Texts(string tag) => Language.Find(tag)!.Texts;
}

/// <summary>The operator's default counts where neither the client nor the browser asks for a language of the pages.</summary>
public sealed class Default_language_of_the_pages(WithHebrewAsDefault host) : IClassFixture<WithHebrewAsDefault>
{
    [Theory]
    [InlineData("", "he")]
    [InlineData("zh", "he")]
    [InlineData("fr", "fr")]
    public async Task The_setting_names_the_language_when_no_other_fits(string header, string expected)
    {
        using var browser = new Browser(host);
        using var response = await browser.GetAsync("/", ("Accept-Language", header));

        Assert.Contains($"<html lang=\"{expected}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

public sealed class WithHebrewAsDefault : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { DefaultLanguage = "he" });
}
