namespace Latchkey.Server.LoginRequests;

/// <summary>
/// One cookie per login request binds it to the browser that started it (login CSRF). Its name carries the id's random part, so that two
/// tabs can sign in at once. <c>__Host-</c> keeps sibling domains from setting it; over plain HTTP (loopback) browsers refuse that prefix.
/// </summary>
internal sealed class BindingCookie(Settings settings, LoginSecrets secrets)
{
    public const int MaxPerBrowser = 10;

    /// <summary>From the authorization request to the decision on the consent page, when each step takes its whole time.</summary>
    private TimeSpan Lifetime => settings.LoginRequestLifetime + settings.ReportLifetime + settings.ConsentLifetime;

    private string Prefix => settings.IsHttps ? "__Host-lk-" : "lk-";

    /// <summary>Compares the exact name: the framework ignores case, and not every browser protects <c>__host-</c>.</summary>
    public string? Read(HttpRequest request, LoginRequestId id) => request.Cookies.FirstOrDefault(c => c.Key == Prefix + id.Random).Value;

    public void Set(HttpResponse response, LoginRequest request) =>
        response.Cookies.Append(Prefix + request.Details.Id.Random, secrets.Binding(request), Options(Lifetime));

    public void Delete(HttpResponse response, LoginRequestId id) => response.Cookies.Append(Prefix + id.Random, "", Options(TimeSpan.Zero));

    /// <summary>The login requests for which this browser has a cookie; the cookies' values are not checked.</summary>
    public IReadOnlyList<LoginRequestId> Held(HttpRequest request) =>
    [
        .. request.Cookies.Keys
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => LoginRequestId.FromRandom(name.AsSpan(Prefix.Length)))
            .OfType<LoginRequestId>(),
    ];

    private CookieOptions Options(TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        Secure = settings.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
