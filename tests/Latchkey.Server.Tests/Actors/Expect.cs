using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The exact answers that refusals have.</summary>
internal static partial class Expect
{
    /// <summary>JSON error of an OAuth endpoint (RFC 6749 §5.2): status, code, a printable sentence, never cached, nowhere to go.</summary>
    public static async Task ErrorAsync(HttpResponseMessage answer, int status, string error)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
            Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
            var json = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal(error, json.GetProperty("error").GetString());
            Assert.Matches(Description(), json.GetProperty("error_description").GetString()!);
            Assert.Equal(["error", "error_description"], json.EnumerateObject().Select(m => m.Name));
            Assert.True(answer.Headers.CacheControl?.NoStore, "the answer may be cached");
            Assert.Null(answer.Headers.Location);
        }
    }

    /// <summary>A bearer that is missing or wrong (RFC 6750 §3): the error in the body, and a challenge that says the same.</summary>
    public static Task BearerRefusedAsync(HttpResponseMessage answer)
    {
        Assert.Equal("Bearer error=\"invalid_token\"", Assert.Single(answer.Headers.WwwAuthenticate).ToString());
        return ErrorAsync(answer, 401, "invalid_token");
    }

    /// <summary>Problem details of the management API (RFC 9457).</summary>
    /// <param name="member">The member that <c>errors</c> must name.</param>
    /// <returns>The sentence that says how to fix it.</returns>
    public static async Task<string> ProblemAsync(HttpResponseMessage answer, int status, string code, string? member = null)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.True(answer.Headers.CacheControl?.NoStore, "the answer may be cached");
            var problem = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            if (member is not null)
            {
                Assert.True(problem.TryGetProperty("errors", out var errors) && errors.TryGetProperty(member, out _), text);
            }

            if (status == 401)
            {
                Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
            }

            return problem.GetProperty("detail").GetString()!;
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
            Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
            var page = ErrorPage().Match(html);
            Assert.True(page.Success, html);
            Assert.Equal(code, page.Groups["code"].Value);
            Assert.Null(answer.Headers.Location);
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(answer.Headers.CacheControl?.NoStore, "the page may be cached");
            return page.Groups["reference"].Value;
        }
    }

    /// <summary>An error that goes back to the client, with state byte for byte and the issuer of the entry.</summary>
    public static void Redirect(HttpResponseMessage answer, string redirectUri, string error, string issuer)
    {
        using (answer)
        {
            Assert.True(answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.SeeOther, answer.StatusCode.ToString());
            var location = answer.Headers.Location!.OriginalString;
            Assert.StartsWith($"{redirectUri}?error={error}&error_description=", location, StringComparison.Ordinal);
            Assert.EndsWith($"&state={McpClient.StateOnTheWire}&iss={Uri.EscapeDataString(issuer)}", location, StringComparison.Ordinal);
            Assert.True(answer.Headers.CacheControl?.NoStore, "the redirect may be cached");
        }
    }

    /// <summary>The stop sign of a method: 405 that names those the address has (RFC 9110 §15.5.6).</summary>
    public static void MethodRefused(HttpResponseMessage answer, params string[] allowed)
    {
        using (answer)
        {
            Assert.Equal(405, (int)answer.StatusCode);
            Assert.Equal(allowed.Order(StringComparer.Ordinal), answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
            Assert.Null(answer.Headers.Location);
        }
    }

    [GeneratedRegex("<main data-lk-error=\"(?<code>[^\"]+)\" data-lk-reference=\"(?<reference>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorPage();

    // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
    [GeneratedRegex(@"^[\x20\x21\x23-\x5B\x5D-\x7E]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Description();
}
