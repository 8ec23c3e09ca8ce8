using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Tests.Actors;

/// <summary>One test of a login page, with its operator, and the values that the browser has received so far.</summary>
internal sealed partial class TestLogin : IDisposable
{
    private TestLogin(Company company, DashboardUser user, string id, LoginRedirect redirect) =>
        (Company, User, Id, Redirect) = (company, user, id, redirect);

    public Company Company { get; }

    public DashboardUser User { get; }

    public string Id { get; }

    public LoginRedirect Redirect { get; }

    public Report? Report { get; private set; }

    public string PagePath => PathOf(Company, Id);

    public string CallbackWithoutProof => $"{Company.CallbackPath}?state={Redirect.State}";

    public static string PathOf(Company company, string id) => $"/dashboard/login-pages/{company.ConnectionId}/test/{id}";

    /// <summary>Begins a test in a new session, and follows the link to the login page.</summary>
    public static async Task<TestLogin> BeginAsync(LatchkeyHost host, string verification = "required") =>
        await BeginAsync(await host.CompanyAsync(verification), await DashboardUser.SignInAsync(host, OperatorRole.Admin));

    public static async Task<TestLogin> BeginAsync(Company company, DashboardUser user)
    {
        var start = $"/dashboard/login-pages/{company.ConnectionId}/test";
        using var begun = await user.PostAsync(start, start);
        Assert.Equal(HttpStatusCode.SeeOther, begun.StatusCode);
        var id = begun.Headers.Location!.ToString()[(start.Length + 1)..];
        using var sent = await user.GetAsync($"{PathOf(company, id)}/go");
        Assert.True(sent.StatusCode == HttpStatusCode.Redirect, await sent.Content.ReadAsStringAsync());
        var query = Browser.QueryOf(sent.Headers.Location!);
        return new(company, user, id, new(query["login_request_id"], query["state"], sent.Headers.Location!));
    }

    public async Task<Report> ReportAsync(object? user = null) =>
        Report = await Company.ReportAsync(Redirect.LoginRequestId, user);

    /// <summary>Reports, and opens the callback.</summary>
    public async Task<HttpResponseMessage> ComeBackAsync()
    {
        await ReportAsync();
        return await User.GetAsync(Report!.CallbackPath);
    }

    /// <summary>The lines of the page of the test: their states and texts.</summary>
    public async Task<IReadOnlyList<(string Kind, string Text, string Why)>> LinesAsync() =>
    [
        .. Line().Matches(await User.OpenAsync(PagePath)).Select(line => (
            line.Groups["kind"].Value, WebUtility.HtmlDecode(line.Groups["text"].Value), WebUtility.HtmlDecode(line.Groups["why"].Value))),
    ];

    /// <summary>The states of the five lines.</summary>
    public async Task<string> StatesAsync() => string.Join(' ', (await LinesAsync()).Select(line => line.Kind));

    public void Dispose() => User.Dispose();

    [GeneratedRegex(
        "<li class=\"(?<kind>[a-z]+)\">\\s*<span class=\"node\".*?<b><bdi>(?<text>[^<]*)</bdi></b>.*?"
        + "<p class=\"why\"[^>]*><bdi>(?<why>[^<]*)</bdi>",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
