using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.OpenApi;

/// <summary>The API reference page shows the whole OpenAPI document and loads nothing from other hosts.</summary>
public sealed partial class API_reference_page(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Address = "/api/docs";

    [Fact]
    public async Task The_page_is_public_has_the_security_headers_and_is_304_when_it_is_unchanged()
    {
        using var answer = await host.Anonymous.GetAsync(Address);
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Assert.Equal(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.True(answer.Headers.CacheControl is { NoCache: true, NoStore: false });

        using var again = new HttpRequestMessage(HttpMethod.Get, Address);
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var unchanged = await host.Anonymous.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task The_page_shows_every_operation_with_its_members_and_errors()
    {
        var html = await host.Anonymous.GetStringAsync(Address);
        var articles = Article().Matches(html).ToDictionary(
            m => m.Groups["id"].Value, m => WebUtility.HtmlDecode(Tag().Replace(m.Groups["text"].Value, " ")), StringComparer.Ordinal);
        var calls = (await ApiDescription.OfAsync(host)).Calls;
        var missing =
            from call in calls
            let shown = articles.GetValueOrDefault(call.Id, "")
            from word in call.Codes.Select(c => c.Code).Concat(call.HasBody ? call.BodyMembers : []).Concat(call.Parameters("query"))
                .Concat(call.Parameters("header")).Append(call.Path).Append(call.Method)
            where !shown.Contains(word, StringComparison.Ordinal)
            select $"{call}: {word} is not on the page";

        Assert.Equal("", string.Join('\n', missing));
        Assert.Equal(calls.Select(c => c.Id).Order(StringComparer.Ordinal), articles.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_page_loads_nothing_from_other_hosts_runs_no_script_and_has_no_broken_link()
    {
        var html = await host.Anonymous.GetStringAsync(Address);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("sentinel", html, StringComparison.OrdinalIgnoreCase);

        var references = Reference().Matches(html).Select(m => m.Groups["to"].Value).Distinct(StringComparer.Ordinal).ToList();
        Assert.InRange(references.Count, 50, 500);
        foreach (var reference in references)
        {
            if (reference.StartsWith('#'))
            {
                Assert.Contains($"id=\"{reference[1..]}\"", html, StringComparison.Ordinal);
            }
            else if (reference != "data:,")
            {
                using var found = await host.Anonymous.GetAsync(new Uri(new Uri(host.Address + Address), reference));
                Assert.StartsWith(host.Address, found.RequestMessage!.RequestUri!.ToString(), StringComparison.Ordinal);
                Assert.Equal(HttpStatusCode.OK, found.StatusCode);
            }
        }
    }

    [GeneratedRegex(
        "<article id=\"(?<id>[^\"]+)\">(?<text>.*?)</article>", RegexOptions.ExplicitCapture | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Article();

    [GeneratedRegex("<[^>]*>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Tag();

    [GeneratedRegex("(?:href|src)=\"(?<to>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Reference();
}
