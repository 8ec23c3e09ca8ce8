namespace Latchkey.Server.Dashboard;

/// <summary>
/// The cookie of a session. <c>__Host-</c> keeps sibling domains from setting it; over plain HTTP (loopback) browsers refuse that prefix.
/// </summary>
internal sealed class OperatorCookie(Settings settings)
{
    private const string PlainName = "lk-op";

    public string Name => settings.IsHttps ? "__Host-" + PlainName : PlainName;

    /// <summary>Compares the exact name: the framework ignores case, and not every browser protects <c>__host-</c>.</summary>
    public Secret? Read(HttpRequest request) =>
        request.Cookies.FirstOrDefault(c => c.Key == Name).Value is { Length: > 0 and < 100 } value ? new(value) : null;

    public void Set(HttpResponse response, Secret token) => response.Cookies.Append(Name, token.Value, Options(lifetime: null));

    public void Delete(HttpResponse response) => response.Cookies.Append(Name, "", Options(TimeSpan.Zero));

    private CookieOptions Options(TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        Secure = settings.IsHttps,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
