using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Assertions on the exact form of error responses.</summary>
internal static partial class Expect
{
    /// <summary>
    /// A JSON error of an OAuth endpoint (RFC 6749 §5.2): status, code, a printable description, no caching, no redirect.
    /// </summary>
    public static async Task ErrorAsync(HttpResponseMessage response, int status, string error)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {text}");
            Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
            var json = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal(error, json.GetProperty("error").GetString());
            Assert.Matches(Description(), json.GetProperty("error_description").GetString()!);
            Assert.Equal(["error", "error_description"], json.EnumerateObject().Select(m => m.Name));
            Assert.True(response.Headers.CacheControl?.NoStore, "the response may be cached");
            Assert.Null(response.Headers.Location);
        }
    }

    /// <summary>A missing or wrong bearer token (RFC 6750 §3): the same error in the body and in the challenge.</summary>
    public static Task BearerRefusedAsync(HttpResponseMessage response)
    {
        Assert.Equal("Bearer error=\"invalid_token\"", Assert.Single(response.Headers.WwwAuthenticate).ToString());
        return ErrorAsync(response, 401, "invalid_token");
    }

    /// <summary>Problem details of the management API (RFC 9457).</summary>
    /// <param name="member">A member that <c>errors</c> must contain.</param>
    /// <returns>The detail of the problem.</returns>
    public static async Task<string> ProblemAsync(HttpResponseMessage response, int status, string code, string? member = null)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {text}");
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.True(response.Headers.CacheControl?.NoStore, "the response may be cached");
            var problem = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            if (member is not null)
            {
                Assert.True(problem.TryGetProperty("errors", out var errors) && errors.TryGetProperty(member, out _), text);
            }

            if (status == 401)
            {
                Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
            }

            return problem.GetProperty("detail").GetString()!;
        }
    }

    /// <summary>An error page without a redirect.</summary>
    /// <returns>The reference that the page shows.</returns>
    public static async Task<string> PageAsync(HttpResponseMessage response, int status, string code)
    {
        using (response)
        {
            var html = await response.Content.ReadAsStringAsync();
            Assert.True(
                (int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {response.Headers.Location} {html}");
            Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
            var page = ErrorPage().Match(html);
            Assert.True(page.Success, html);
            Assert.Equal(code, page.Groups["code"].Value);
            Assert.Null(response.Headers.Location);
            Assert.Contains(
                "frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(response.Headers.CacheControl?.NoStore, "the page may be cached");
            return page.Groups["reference"].Value;
        }
    }

    /// <summary>An error redirect to the client, with the state byte for byte and the issuer of the entry.</summary>
    public static void Redirect(HttpResponseMessage response, string redirectUri, string error, string issuer)
    {
        using (response)
        {
            Assert.True(response.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.SeeOther, response.StatusCode.ToString());
            var location = response.Headers.Location!.OriginalString;
            Assert.StartsWith($"{redirectUri}?error={error}&error_description=", location, StringComparison.Ordinal);
            Assert.EndsWith($"&state={McpClient.StateOnTheWire}&iss={Uri.EscapeDataString(issuer)}", location, StringComparison.Ordinal);
            Assert.True(response.Headers.CacheControl?.NoStore, "the redirect may be cached");
        }
    }

    /// <summary>405 with the allowed methods of the path (RFC 9110 §15.5.6).</summary>
    public static void MethodRefused(HttpResponseMessage response, params string[] allowed)
    {
        using (response)
        {
            Assert.Equal(405, (int)response.StatusCode);
            Assert.Equal(allowed.Order(StringComparer.Ordinal), response.Content.Headers.Allow.Order(StringComparer.Ordinal));
            Assert.Null(response.Headers.Location);
        }
    }

    [GeneratedRegex(
        "<main data-lk-error=\"(?<code>[^\"]+)\" data-lk-reference=\"(?<reference>[^\"]+)\"", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ErrorPage();

    // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
    [GeneratedRegex(@"^[\x20\x21\x23-\x5B\x5D-\x7E]+$", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Description();
}
