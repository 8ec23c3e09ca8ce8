using System.Text.RegularExpressions;
using Clients.Programs;
using Demo.Walk;

namespace Clients.LoginPages;

/// <summary>
/// What the sample login pages answer when the sign-in is too old, over, unknown or missing: an error of the browser's request with a page
/// that says what to do, and never a dead end.
/// </summary>
public sealed partial class Late_visits_of_sample_login_pages(ServerOverHttp server) : IClassFixture<ServerOverHttp>
{
    /// <summary>The runtime, the sample, and whether it asks Latchkey about the sign-in before it shows its page.</summary>
    public static TheoryData<string, string, bool> Samples => new()
    {
        { "node", "node/plain.mjs", true },
        { "node", "node/scalekit.mjs", false },
        { "python3", "python/plain.py", true },
        { "java", "java/LoginPage.java", true },
        { "go", "go/main.go", true },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_visit_too_late_again_or_with_an_unknown_sign_in_says_go_back_and_connect_again(
        string runtime, string sample, bool asks)
    {
        Assert.SkipUnless(SamplePage.IsInstalled(runtime), $"{runtime} is not installed");
        await using var page = await SamplePage.StartAsync(server, runtime, sample);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        // The first request after the start may be slow.
        await GoneAsync(http, HttpMethod.Get, page.Url, "the bare address");
        await GoneAsync(http, HttpMethod.Post, page.Url + "?login_request_id=lri_0000000000000000000000", "an unknown sign-in");

        using var browser = new HeadlessBrowser();
        var login = await browser.OpenAsync(page.Authorize, landing: null, CancellationToken.None);
        var consent = await browser.SubmitAsync(
            login, "continue", typed: null, untick: null, button: null, landing: null, CancellationToken.None);
        await browser.SubmitAsync(
            consent, "consent", typed: null, untick: null, "allow", SamplePage.RedirectUri, CancellationToken.None);
        await GoneAsync(http, HttpMethod.Post, login.Url.AbsoluteUri, "Back and Continue after the sign-in was finished");

        var late = await browser.OpenAsync(page.Authorize, landing: null, CancellationToken.None);
        await server.ExpireAsync(late.Query["login_request_id"]);
        await GoneAsync(http, HttpMethod.Post, late.Url.AbsoluteUri, "Continue too late");
        if (asks)
        {
            await GoneAsync(http, HttpMethod.Get, late.Url.AbsoluteUri, "opened too late");
        }
    }

    private static async Task GoneAsync(HttpClient http, HttpMethod method, string url, string what)
    {
        using var request = new HttpRequestMessage(method, url);
        using var answer = await http.SendAsync(request);
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode is 404 or 409 or 410, $"{what}: {(int)answer.StatusCode} {said}");
        Assert.Matches(WayOn(), said);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [GeneratedRegex("Go back to the program and connect again", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex WayOn();
}
