using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// A web page can make the browsers of its visitors request any URL, as an image or by a script. Such requests must not use up the
/// allowances of the visitors' networks.
/// </summary>
public sealed class Requests_that_are_not_navigations(WithRateLimits host) : IClassFixture<WithRateLimits>
{
    [Theory]
    [InlineData("image", "no-cors", "not_a_navigation")]
    [InlineData("script", "no-cors", "not_a_navigation")]
    [InlineData("empty", "no-cors", "not_a_navigation")]
    [InlineData("empty", "cors", "not_a_navigation")]
    [InlineData("", "no-cors", "not_a_navigation")]
    [InlineData("document", "no-cors", "not_a_navigation")]
    [InlineData("iframe", "navigate", "framed")]
    [InlineData("object", "navigate", "framed")]
    public async Task Authorization_requests_of_a_foreign_page_are_refused_and_not_counted(string destination, string mode, string code)
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        for (var i = 0; i < 5 * WithRateLimits.Authorizations; i++)
        {
            await Expect.PageAsync(await LoadAsync(network, client.Authorize(), destination, mode), 403, code);
        }

        for (var i = 0; i < WithRateLimits.Authorizations; i++)
        {
            using var started = await LoadAsync(network, client.Authorize(), "document", "navigate");
            Assert.Equal(302, (int)started.StatusCode);
        }
    }

    [Theory]
    [InlineData("/consent/lri_0000000000000000000000")]
    [InlineData("/sso/v1/connections/conn_0000000000000000000000/partner:callback?state=x")]
    public async Task Callback_and_consent_page_are_only_opened_by_navigations(string path)
    {
        var network = NetworkClient.New(host);
        var reference = await Expect.PageAsync(await LoadAsync(network, path, "image", "no-cors"), 403, "not_a_navigation");
        Assert.Equal([path[1] == 'c' ? "consent.refused" : "callback.refused"], await host.SignInEventsAsync(reference));
    }

    [Fact]
    public async Task A_browser_without_fetch_metadata_is_let_through()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var started = await NetworkClient.New(host).GetAsync(client.Authorize());
        Assert.Equal(302, (int)started.StatusCode);
    }

    private static Task<HttpResponseMessage> LoadAsync(NetworkClient network, string path, string destination, string mode) =>
        network.SendAsync(
            HttpMethod.Get, path, content: null, authorization: null, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", mode),
            ("Sec-Fetch-Dest", destination));
}
