using System.Net;
using AngleSharp.Dom;

namespace Demo.Walk;

/// <summary>The page that the browser has reached after the redirects.</summary>
/// <param name="Url">The URL of the page.</param>
/// <param name="Status">The HTTP status; null if the URL was not opened (<see cref="HasLanded"/>).</param>
/// <param name="Document">The parsed page; empty if the URL was not opened.</param>
/// <param name="HasLanded">Whether the redirects reached the expected redirect URI.
/// It is not opened: its parameters are the result.</param>
public sealed record BrowserPage(Uri Url, HttpStatusCode? Status, IDocument Document, bool HasLanded)
{
    /// <summary>The decoded parameters of <see cref="Url"/>. A repeated parameter keeps its first value.</summary>
    public IReadOnlyDictionary<string, string> Query =>
        Redaction.Query(Url).GroupBy(parameter => parameter.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Value, StringComparer.Ordinal);

    /// <summary>The texts of the elements marked <c>data-lk="…"</c>, one per element.</summary>
    /// <param name="name">For example <c>client</c>, <c>user</c>, <c>scope</c>.</param>
    /// <returns>The texts with collapsed white space; empty if there is no such element.</returns>
    public IReadOnlyList<string> Read(string name) =>
        [.. Document.QuerySelectorAll($"[data-lk='{name}']").Select(element => TextOf(element))];

    /// <summary>The code of a Latchkey error page, or null for another page.</summary>
    public string? ErrorCode => Document.QuerySelector("main[data-lk-error]")?.GetAttribute("data-lk-error");

    /// <summary>The heading, or else the title, or else the path.</summary>
    public string Heading =>
        Document.QuerySelector("h1") is { } heading ? TextOf(heading) : Redaction.Short(Document.Title ?? Url.AbsolutePath);

    /// <summary>Whether the page has a form with this id.</summary>
    /// <param name="id">The form's id, for example <c>consent</c>.</param>
    /// <returns>True if the page has the form.</returns>
    public bool HasForm(string id) => Document.QuerySelector($"form#{id}") is not null;

    /// <summary>Joins the texts of neighbouring elements with a space, because a reader sees them as separate words.</summary>
    private static string TextOf(IElement element) =>
        Redaction.Short(string.Join(' ', element.Descendants<IText>().Select(text => text.Data)));
}
