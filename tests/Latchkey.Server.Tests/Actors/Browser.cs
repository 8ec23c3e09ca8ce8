using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A person's browser: its own cookies, one step at a time.</summary>
internal sealed partial class Browser : IDisposable
{
    private readonly HttpClient http;

    public Browser(LatchkeyHost host)
    {
        Host = host;
        var handler = host.NewHandler();
        (handler.UseCookies, handler.CookieContainer) = (true, Cookies);
        http = new HttpClient(host.ResponseAudit.Watch(handler)) { BaseAddress = new Uri(host.Address) };
    }

    public LatchkeyHost Host { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>The same browser's cookies as they are now: for requests that all leave before the first answer arrives.</summary>
    public Browser Snapshot()
    {
        var snapshot = new Browser(Host);
        snapshot.Cookies.Add(Cookies.GetAllCookies());
        return snapshot;
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, form: null, headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, IEnumerable<KeyValuePair<string, string>>? form, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = form is null ? null : new FormUrlEncodedContent(form) };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request);
    }

    /// <summary>Opens the client's authorize URL and lands at the company's login page.</summary>
    public async Task<Visit> StartAsync(string authorizePath)
    {
        using var answer = await GetAsync(authorizePath);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        var query = QueryOf(answer.Headers.Location!);
        return new(query["login_request_id"], query["state"], answer.Headers.Location!);
    }

    /// <summary>Comes back from the login page and lands at the consent page.</summary>
    public async Task<ConsentForm> ComeBackAsync(string callbackPath)
    {
        using var answer = await GetAsync(callbackPath);
        Assert.True(answer.StatusCode == HttpStatusCode.SeeOther, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        var path = answer.Headers.Location!.ToString();
        using var page = await GetAsync(path);
        var html = await page.Content.ReadAsStringAsync();
        Assert.True(page.StatusCode == HttpStatusCode.OK, html);
        return new(path, html, FormToken().Match(html).Groups["token"].Value);
    }

    public Task<HttpResponseMessage> DecideAsync(ConsentForm form, string decision, params string[] scopes) => SendAsync(
        HttpMethod.Post,
        form.Path,
        [new("form_token", form.Token), new("decision", decision), .. scopes.Select(s => new KeyValuePair<string, string>("scope", s))],
        ("Origin", Host.BaseUrl));

    public static Dictionary<string, string> QueryOf(Uri location) => location.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]), StringComparer.Ordinal);

    public void Dispose() => http.Dispose();

    [GeneratedRegex("name=\"form_token\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FormToken();
}

/// <summary>What the login page was given.</summary>
internal sealed record Visit(string LoginRequestId, string State, Uri LoginUrl);

internal sealed record ConsentForm(string Path, string Html, string Token);
