using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A browser with cookies of its own that follows no redirect by itself.</summary>
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

    /// <summary>Returns a browser with a copy of the cookies, for requests that are all sent before the first response arrives.</summary>
    public Browser Snapshot()
    {
        var snapshot = new Browser(Host);
        snapshot.Cookies.Add(Cookies.GetAllCookies());
        return snapshot;
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, form: null, headers);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, IEnumerable<KeyValuePair<string, string>>? form, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = form is null ? null : new FormUrlEncodedContent(form) };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request);
    }

    /// <summary>Opens the authorize URL of the client and expects the redirect to the login page.</summary>
    public async Task<LoginRedirect> StartAsync(string authorizePath)
    {
        using var response = await GetAsync(authorizePath);
        Assert.True(
            response.StatusCode == HttpStatusCode.Redirect, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        var query = QueryOf(response.Headers.Location!);
        return new(query["login_request_id"], query["state"], response.Headers.Location!);
    }

    /// <summary>Opens the callback after the login page and expects the consent page.</summary>
    public async Task<ConsentForm> ComeBackAsync(string callbackPath)
    {
        using var response = await GetAsync(callbackPath);
        Assert.True(
            response.StatusCode == HttpStatusCode.SeeOther, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        var path = response.Headers.Location!.ToString();
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

    public static Dictionary<string, string> QueryOf(Uri location) =>
        location.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]), StringComparer.Ordinal);

    public void Dispose() => http.Dispose();

    [GeneratedRegex("name=\"form_token\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex FormToken();
}

/// <summary>The redirect to the login page and its parameters.</summary>
internal sealed record LoginRedirect(string LoginRequestId, string State, Uri LoginUrl);

internal sealed record ConsentForm(string Path, string Html, string Token);
