using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The exact answers that refusals have.</summary>
internal static partial class Expect
{
    /// <summary>JSON error of an OAuth endpoint: status, code, never cached.</summary>
    public static async Task ErrorAsync(HttpResponseMessage answer, int status, string error)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
            Assert.Equal(error, JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error").GetString());
            Assert.True(answer.Headers.CacheControl?.NoStore, "the answer may be cached");
        }
    }

    /// <summary>Problem details of the management API.</summary>
    /// <param name="member">The member that <c>errors</c> must name.</param>
    public static async Task ProblemAsync(HttpResponseMessage answer, int status, string code, string? member = null)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
            var problem = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal(code, problem.GetProperty("code").GetString());
            if (member is not null)
            {
                Assert.True(problem.GetProperty("errors").TryGetProperty(member, out _), text);
            }
        }
    }

    /// <summary>A page of ours, with no way on but a link.</summary>
    /// <returns>The page's reference.</returns>
    public static async Task<string> PageAsync(HttpResponseMessage answer, int status, string code)
    {
        using (answer)
        {
            var html = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {answer.Headers.Location} {html}");
            var page = ErrorPage().Match(html);
            Assert.True(page.Success, html);
            Assert.Equal(code, page.Groups["code"].Value);
            Assert.Null(answer.Headers.Location);
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            return page.Groups["reference"].Value;
        }
    }

    /// <summary>An error that goes back to the client, with state byte for byte and the issuer of the entry.</summary>
    public static void Redirect(HttpResponseMessage answer, string redirectUri, string error, string issuer)
    {
        using (answer)
        {
            Assert.True(answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.SeeOther, answer.StatusCode.ToString());
            Assert.StartsWith(redirectUri + "?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
            var query = Browser.QueryOf(answer.Headers.Location);
            Assert.Equal(error, query["error"]);
            Assert.Equal("a b+c&d=é", query["state"]);
            Assert.Equal(issuer, query["iss"]);
        }
    }

    [GeneratedRegex("<main data-lk-error=\"(?<code>[^\"]+)\" data-lk-reference=\"(?<reference>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorPage();
}
