using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// A client registers a redirect URI at the server itself. What the response carries (code, state, issuer) must start nothing there, also
/// as a form of the server's own origin, which passes the checks against CSRF. (The callback ends the login request of a state that comes
/// without the proof, as it does for a link of any page that knows the state.)
/// </summary>
public sealed partial class Redirects_to_the_server_itself(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("/oauth/token")]
    [InlineData("/oauth/revoke")]
    [InlineData("/oauth/par")]
    [InlineData("/oauth/register")]
    [InlineData("/oauth/authorize")]
    [InlineData("/consent/{other}")]
    [InlineData("/userinfo")]
    public async Task A_response_to_an_endpoint_of_the_server_has_no_effect(string path)
    {
        using var other = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var company = other.Company;
        var redirectUri = new Uri(host.BaseUrl) + path[1..].Replace("{other}", other.Redirect.LoginRequestId, StringComparison.Ordinal);
        var client = await McpClient.RegisterAsync(company, redirectUri);
        foreach (var mode in new[] { "query", "form_post" })
        {
            var login = await other.Browser.StartAsync(client.Authorize(("response_mode", mode), ("state", other.Redirect.State)));
            var consent = await other.Browser.ComeBackAsync((await company.ReportAsync(login.LoginRequestId)).CallbackPath);
            using var allowed = await other.Browser.DecideAsync(consent, "allow", "notes:read");
            using var landed = mode == "query"
                ? await other.Browser.GetAsync(allowed.Headers.Location!.PathAndQuery)
                : await other.Browser.SendAsync(
                    HttpMethod.Post, redirectUri,
                    Field().Matches(await allowed.Content.ReadAsStringAsync())
                        .Select(f => KeyValuePair.Create(f.Groups["name"].Value, WebUtility.HtmlDecode(f.Groups["value"].Value))),
                    ("Origin", host.BaseUrl), ("Sec-Fetch-Site", "same-origin"));

            // The other login is only asked again: the person sees the page, and its answer is still open.
            Assert.True(landed.StatusCode >= HttpStatusCode.BadRequest || landed.Headers.Location is null, $"{landed.StatusCode} {mode}");
        }

        await other.ContinueAsync();
    }

    [GeneratedRegex(
        "<input type=\"hidden\" name=\"(?<name>[^\"]*)\" value=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Field();
}
