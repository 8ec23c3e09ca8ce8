using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A person at the page of connected programs, in a browser of its own.</summary>
internal sealed partial class AccountUser : IDisposable
{
    private AccountUser(Company company, Browser browser) => (Company, Browser) = (company, browser);

    public Company Company { get; }

    public Browser Browser { get; }

    /// <summary>Begins to sign in at the server of the company, and expects the redirect to its login page.</summary>
    public static async Task<LoginRedirect> BeginAsync(Browser browser, Company company)
    {
        using var sent = await browser.GetAsync($"/account/sign-in?server={company.ResourceId}");
        Assert.True(sent.StatusCode == HttpStatusCode.Redirect, await sent.Content.ReadAsStringAsync());
        var query = Browser.QueryOf(sent.Headers.Location!);
        return new(query["login_request_id"], query["state"], sent.Headers.Location!);
    }

    public static async Task<AccountUser> SignInAsync(Company company, object? user = null)
    {
        var browser = new Browser(company.Host);
        var redirect = await BeginAsync(browser, company);
        var report = await company.ReportAsync(redirect.LoginRequestId, user);
        using var back = await browser.GetAsync(report.CallbackPath);
        Assert.True(back.StatusCode == HttpStatusCode.SeeOther, await back.Content.ReadAsStringAsync());
        Assert.Equal($"/account/sign-in/{redirect.LoginRequestId}", back.Headers.Location!.ToString());
        using var arrived = await browser.GetAsync(back.Headers.Location.ToString());
        Assert.Equal("/account", arrived.Headers.Location?.ToString());
        return new(company, browser);
    }

    /// <summary>Opens a page and expects that it is shown.</summary>
    public async Task<string> OpenAsync(string path = "/account")
    {
        using var response = await Browser.GetAsync(path);
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, html);
        return WebUtility.HtmlDecode(html);
    }

    /// <summary>The grants of the list.</summary>
    public async Task<IReadOnlyList<string>> GrantsAsync() =>
        [.. Grant().Matches(await OpenAsync()).Select(match => match.Groups["id"].Value)];

    /// <summary>Opens the page with the form, and posts it.</summary>
    public async Task<HttpResponseMessage> PressAsync(string path, string? page = null, params string[] scopes)
    {
        return await PostAsync(path, await TokenAsync(path, page ?? path), scopes);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? token, params string[] scopes) => Browser.SendAsync(
        HttpMethod.Post,
        path,
        [
            .. token is null ? [] : new[] { KeyValuePair.Create("form_token", token) },
            .. scopes.Select(scope => KeyValuePair.Create("scope", scope)),
        ],
        ("Origin", Company.Host.BaseUrl));

    /// <summary>The token of the form of this path, as the page has it.</summary>
    public async Task<string> TokenAsync(string path, string page) =>
        Form().Matches(await OpenAsync(page)).Single(match => match.Groups["path"].Value == path).Groups["token"].Value;

    public void Dispose() => Browser.Dispose();

    [GeneratedRegex("data-lk-grant=\"(?<id>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Grant();

    [GeneratedRegex(
        "<form[^>]* action=\"(?<path>[^\"]+)\"[^>]*>\\s*<input type=\"hidden\" name=\"form_token\" value=\"(?<token>[^\"]+)\"",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Form();
}
