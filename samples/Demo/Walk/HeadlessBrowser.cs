using System.Net;
using System.Net.Security;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Demo.Walk;

/// <summary>
/// A headless browser without JavaScript: keeps cookies, follows redirects one by one, and submits forms.
/// It sends the headers that a browser adds:
/// <c>Origin</c> with a form, and the <c>Sec-Fetch-…</c> headers of a navigation.
/// </summary>
/// <param name="log">Receives every request, or null.</param>
/// <param name="tls">The TLS options, or null for the machine's trust store.</param>
public sealed class HeadlessBrowser(WalkLog? log = null, SslClientAuthenticationOptions? tls = null) : IDisposable
{
    private const int MostRedirects = 20;
    private const string Sender = "browser";
    private readonly HttpClient http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer(), SslOptions = tls ?? new() })
        {
            Timeout = TimeSpan.FromSeconds(100)
        };
    private readonly HtmlParser parser = new();

    /// <summary>Opens a URL as if it had been typed or a program had opened it.</summary>
    /// <param name="address">The URL to open.</param>
    /// <param name="landing">A URL at which to stop without opening it, compared without its query:
    /// the redirect URI of an OAuth client. Or null.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page after the redirects.</returns>
    public Task<BrowserPage> OpenAsync(Uri address, Uri? landing, CancellationToken cancellationToken) =>
        NavigateAsync(HttpMethod.Get, address, fields: null, from: null, landing, cancellationToken);

    /// <summary>Submits a form of a page with its hidden inputs, its ticked boxes, the given inputs and the clicked button.</summary>
    /// <param name="page">The page with the form.</param>
    /// <param name="formId">The form's id.</param>
    /// <param name="typed">Values of inputs by name; they replace the values in the page.</param>
    /// <param name="untick">The values of checkboxes to untick, or null.</param>
    /// <param name="button">The value of the button to click; null stands for the form's first button.</param>
    /// <param name="landing">As in <see cref="OpenAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page after the redirects.</returns>
    /// <exception cref="InvalidOperationException">The page has no such form or button.</exception>
    public Task<BrowserPage> SubmitAsync(
        BrowserPage page,
        string formId,
        IReadOnlyDictionary<string, string>? typed,
        IReadOnlyCollection<string>? untick,
        string? button,
        Uri? landing,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        var form = page.Document.QuerySelector($"form#{formId}")
            ?? throw new InvalidOperationException($"{Redaction.Address(page.Url)} has no form#{formId}.");
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var input in form.QuerySelectorAll("input[name]"))
        {
            var name = input.GetAttribute("name")!;
            var value = input.GetAttribute("value");
            var isBox = input.GetAttribute("type") is "checkbox" or "radio";
            if (isBox ? input.HasAttribute("checked") && untick?.Contains(value ?? "on") != true : typed?.ContainsKey(name) != true)
            {
                fields.Add(new(name, value ?? (isBox ? "on" : "")));
            }
        }

        fields.AddRange(typed ?? new Dictionary<string, string>(StringComparer.Ordinal));
        if (PressedButton(page, form, button) is { } pressed)
        {
            fields.Add(pressed);
        }

        var action = new Uri(page.Url, form.GetAttribute("action") is { Length: > 0 } given ? given : page.Url.PathAndQuery);
        return NavigateAsync(HttpMethod.Post, action, fields, page.Url, landing, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose() => http.Dispose();

    private static KeyValuePair<string, string>? PressedButton(BrowserPage page, IElement form, string? value)
    {
        // A button can be outside of its form and refer to it by id.
        var buttons = form.QuerySelectorAll("button").Concat(page.Document.QuerySelectorAll($"button[form='{form.Id}']"));
        var pressed = value is null
            ? buttons.FirstOrDefault()
            : buttons.FirstOrDefault(button => string.Equals(button.GetAttribute("value"), value, StringComparison.Ordinal));
        if (pressed is null && value is not null)
        {
            throw new InvalidOperationException($"{Redaction.Address(page.Url)} has no button '{value}' in form#{form.Id}.");
        }

        return pressed?.GetAttribute("name") is { Length: > 0 } name ? new(name, pressed.GetAttribute("value") ?? "") : null;
    }

    private async Task<BrowserPage> NavigateAsync(
        HttpMethod method, Uri address, IReadOnlyList<KeyValuePair<string, string>>? fields, Uri? from, Uri? landing,
        CancellationToken cancellationToken)
    {
        var site = from is null ? "none" : SiteOf(from, address);
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            using var request =
                new HttpRequestMessage(method, address) { Content = fields is null ? null : new FormUrlEncodedContent(fields) };
            AddHeaders(request, site, from);
            using var response = await http.SendAsync(request, cancellationToken);
            var sent = $"{method} {Redaction.Address(address)}{(fields is null ? "" : " " + Redaction.Form(fields))}";
            if (response.Headers.Location is not { } location || (int)response.StatusCode is < 300 or > 399)
            {
                var document = await parser.ParseDocumentAsync(
                    await response.Content.ReadAsStringAsync(cancellationToken), cancellationToken);
                var page = new BrowserPage(address, response.StatusCode, document, HasLanded: false);
                log?.Step(Sender, sent, $"{(int)response.StatusCode} {Describe(page)}");
                return page;
            }

            var next = new Uri(address, location);
            log?.Step(Sender, sent, $"{(int)response.StatusCode} to {Redaction.Address(next)}");
            if (landing is not null
                && next.GetLeftPart(UriPartial.Path).Equals(landing.GetLeftPart(UriPartial.Path), StringComparison.Ordinal))
            {
                return new BrowserPage(next, Status: null, await parser.ParseDocumentAsync("", cancellationToken), HasLanded: true);
            }

            if (response.StatusCode is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                (method, fields) = (HttpMethod.Get, null);
            }

            // A chain of redirects that has been cross-site once stays cross-site (Fetch Metadata, "Sec-Fetch-Site").
            site = site is "none" or "cross-site" ? site : SiteOf(address, next);
            from = address;
            address = next;
        }

        throw new InvalidOperationException($"More than {MostRedirects} redirects, the last to {Redaction.Address(address)}.");
    }

    private static void AddHeaders(HttpRequestMessage request, string site, Uri? from)
    {
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml");
        request.Headers.TryAddWithoutValidation("Accept-Language", "en");
        request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        request.Headers.TryAddWithoutValidation("Sec-Fetch-Mode", "navigate");
        request.Headers.TryAddWithoutValidation("Sec-Fetch-Dest", "document");
        request.Headers.TryAddWithoutValidation("Sec-Fetch-User", "?1");
        if (request.Method == HttpMethod.Post && from is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", from.GetLeftPart(UriPartial.Authority));
        }
    }

    private static string SiteOf(Uri from, Uri to) =>
        from.GetLeftPart(UriPartial.Authority).Equals(to.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase)
            ? "same-origin"
        : from.Host.Equals(to.Host, StringComparison.OrdinalIgnoreCase) && from.Scheme.Equals(to.Scheme, StringComparison.OrdinalIgnoreCase)
            ? "same-site"
        : "cross-site";

    private static string Describe(BrowserPage page)
    {
        string[] marked = [.. new[] { "client", "client-host", "user", "organization", "resource", "scope" }
            .Select(name => (Name: name, Texts: page.Read(name)))
            .Where(read => read.Texts.Count > 0)
            .Select(read => $"{read.Name}: {string.Join(" / ", read.Texts)}")];
        var error = page.ErrorCode is { } code ? $" (error {code})" : "";
        return $"“{page.Heading}”{error}{(marked.Length == 0 ? "" : "  " + string.Join(", ", marked))}";
    }
}
