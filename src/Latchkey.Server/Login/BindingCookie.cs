using Latchkey.Server.Authorize;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Login;

/// <summary>
/// One cookie per login request ties it to the browser that began. Its name carries the id's random part, so two flows in two tabs both finish.
/// On https <c>__Host-</c> keeps sibling domains from planting one; without TLS (loopback only) the name has no prefix, because browsers would refuse it.
/// </summary>
internal sealed class BindingCookie(Settings settings, LoginSecrets secrets)
{
    public const int MaxPerBrowser = 10;

    private string Prefix => settings.IsHttps ? "__Host-lk-" : "lk-";

    /// <summary>By its exact name: the framework's own look-up takes <c>__host-</c> for <c>__Host-</c>, and not every browser guards that spelling.</summary>
    public string? Read(HttpRequest request, LoginRequestId id) => request.Cookies.FirstOrDefault(c => c.Key == Prefix + id.Random).Value;

    public void Set(HttpResponse response, LoginVisit visit, TimeSpan lifetime) =>
        response.Cookies.Append(Prefix + visit.Id.Random, secrets.Binding(visit), Options(lifetime));

    public void Delete(HttpResponse response, LoginRequestId id) => response.Cookies.Append(Prefix + id.Random, "", Options(TimeSpan.Zero));

    /// <summary>The login requests this browser holds a cookie of; whether the values are right is not asked here.</summary>
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
