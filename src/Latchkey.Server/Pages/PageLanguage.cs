using Latchkey.Server.Languages;

namespace Latchkey.Server.Pages;

/// <summary>
/// The language in which a person gets a page. In this order: 1. what the person chose with a link of a page, kept in a cookie for the rest
/// of the sign-in; 2. <c>ui_locales</c> of the authorization request (OpenID Connect Core §3.1.2.1); 3. <c>Accept-Language</c> of the
/// browser; 4. the setting <c>DefaultLanguage</c>.
/// </summary>
internal sealed class PageLanguage(Settings settings)
{
    /// <summary>The parameter of a link that chooses a language. It changes nothing else.</summary>
    public const string Parameter = "lang";

    private const string UiLocales = "ui_locales";

    /// <summary>A header or parameter with more languages than this is read up to here.</summary>
    private const int MaxWanted = 16;

    private static readonly object Asked = new();
    private static readonly object Found = new();

    private string CookieName => settings.IsHttps ? "__Host-lk-lang" : "lk-lang";

    /// <summary>Notes the <c>ui_locales</c> of the authorization request to which the response of this request belongs.</summary>
    public static void Note(HttpContext http, string? uiLocales) => http.Items[Asked] = uiLocales;

    /// <summary>The language of the response. A choice in the URL is kept.</summary>
    public Language Of(HttpContext http)
    {
        if (http.Items[Found] is not Language language)
        {
            http.Items[Found] = language = Find(http);
        }

        return language;
    }

    private Language Find(HttpContext http)
    {
        if (Chosen(http.Request) is { } chosen)
        {
            http.Response.Cookies.Append(CookieName, chosen.Tag, Options());
            return chosen;
        }

        return Language.Find(http.Request.Cookies[CookieName])
            ?? Language.FirstOf(Words(http.Items[Asked] as string ?? http.Request.Query[UiLocales].ToString()))
            ?? Language.FirstOf(Accepted(http.Request))
            ?? Language.Find(settings.DefaultLanguage)
            ?? Language.English;
    }

    /// <summary>A link of another site chooses nothing: it could show its visitors a page in a language that they cannot read.</summary>
    private static Language? Chosen(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none"
            ? Language.Find(request.Query[Parameter])
            : null;

    private static IEnumerable<string> Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxWanted);

    private static IEnumerable<string> Accepted(HttpRequest request) => request.GetTypedHeaders().AcceptLanguage
        .Take(MaxWanted)
        .Where(language => language.Quality is not 0)
        .OrderByDescending(language => language.Quality ?? 1)
        .Select(language => language.Value.ToString());

    private CookieOptions Options() => new()
    {
        HttpOnly = true,
        Secure = settings.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = settings.LoginRequestLifetime + settings.ReportLifetime + settings.ConsentLifetime,
        IsEssential = true,
    };
}
