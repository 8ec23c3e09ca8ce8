using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Health;

/// <summary>What a person or a crawler that opens the server in a browser gets.</summary>
public sealed class Home_page_and_wrong_paths(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    [Fact]
    public async Task The_root_is_a_page_that_names_the_version_and_the_API_reference()
    {
        using var response = await host.Anonymous.GetAsync("/");
        var html = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("<main data-lk-home", html, StringComparison.Ordinal);
        Assert.Contains(Http.ProgramVersion.Text, html, StringComparison.Ordinal);
        Assert.Contains("href=\"/api/docs\"", html, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        foreach (var link in html.Split("href=\"").Skip(1).Select(part => part.Split('"')[0]))
        {
            using var there = await host.Anonymous.GetAsync(link);
            Assert.True(there.IsSuccessStatusCode, link);
        }
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/login")]
    [InlineData("/consent")]
    [InlineData("/sso/v1")]
    [InlineData("/assets/pages.css")]
    public async Task A_wrong_path_is_a_page_for_a_browser_whose_reference_is_found(string path)
    {
        using var response = await GetAsync(path, ("Accept", Html));
        var reference = await Expect.PageAsync(response, 404, "not_found");
        var found = await host.SignInEventsAsync(reference);
        Assert.Equal(["request.not_found"], found);
    }

    [Theory]
    [InlineData("/oauth/authorise")]
    [InlineData("/resources/notes")]
    [InlineData("/api/v1/nothing")]
    public async Task A_navigation_below_the_paths_of_programs_gets_a_page_too(string path)
    {
        using var response = await GetAsync(path, ("Accept", Html), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));
        await Expect.PageAsync(response, 404, "not_found");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("*/*")]
    [InlineData("image/avif,image/webp,*/*;q=0.8")]
    public async Task A_wrong_path_is_a_problem_for_a_program(string accept)
    {
        using var response = await GetAsync("/nothing", ("Accept", accept));
        await Expect.ProblemAsync(response, 404, "not_found");
    }

    [Fact]
    public async Task A_script_or_an_image_of_another_page_gets_no_page()
    {
        using var response = await GetAsync("/nothing", ("Accept", Html), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image"));
        await Expect.ProblemAsync(response, 404, "not_found");
    }

    [Theory]
    [InlineData("/%3Cscript%3Ealert(1)%3C/script%3E")]
    [InlineData("/line%0Abreak")]
    public async Task A_hostile_path_is_neither_shown_nor_recorded_unescaped(string path)
    {
        using var response = await GetAsync(path, ("Accept", Html));
        Assert.DoesNotContain("script>alert", await response.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        var reference = await Expect.PageAsync(response, 404, "not_found");
        var recorded = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{reference}")).ToString();
        Assert.Contains("%", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", recorded, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_icon_is_an_icon_and_crawlers_are_kept_out()
    {
        using var icon = await host.Anonymous.GetAsync("/favicon.ico");
        var bytes = await icon.Content.ReadAsByteArrayAsync();
        Assert.Equal("image/x-icon", icon.Content.Headers.ContentType?.MediaType);
        Assert.Equal([0, 0, 1, 0], bytes[..4]);

        Assert.Equal("User-agent: *\nDisallow: /\n", await host.Anonymous.GetStringAsync("/robots.txt"));
    }

    private async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await host.Anonymous.SendAsync(request);
    }
}
