using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;


/// <summary>References in the answers to refused requests.</summary>
internal static partial class References
{
    /// <summary>The reference at the end of the <c>error_description</c> of a JSON error.</summary>
    public static async Task<string> OfErrorAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode >= 400, text);
        return In(JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error_description").GetString()!);
    }

    /// <summary>The reference at the end of the detail of a problem.</summary>
    public static async Task<string> OfProblemAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode >= 400, text);
        return In(JsonSerializer.Deserialize<JsonElement>(text).GetProperty("detail").GetString()!);
    }

    /// <summary>The reference on an error page, or in the error that is sent to the client.</summary>
    public static async Task<string> OfPageAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request;
        if (response.Headers.Location is { } location)
        {
            return In(Browser.QueryOf(location)["error_description"]);
        }

        var html = await response.Content.ReadAsStringAsync();
        Assert.Matches(OnPage(), html);
        return OnPage().Match(html).Groups["reference"].Value;
    }

    /// <summary>The answer without its reference, to compare answers.</summary>
    public static string Without(string text) => Anywhere().Replace(text, "");

    private static string In(string text)
    {
        var found = AtEnd().Match(text);
        Assert.True(found.Success, text);
        return found.Groups["reference"].Value;
    }

    [GeneratedRegex(
        @"\. Reference (?<reference>[0-9A-Z]{4}-[0-9A-Z]{4})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex AtEnd();

    [GeneratedRegex(" Reference [0-9A-Z]{4}-[0-9A-Z]{4}", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Anywhere();

    [GeneratedRegex(
        "data-lk-reference=\"(?<reference>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex OnPage();
}
