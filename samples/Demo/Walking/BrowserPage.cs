using System.Net;
using AngleSharp.Dom;

namespace Demo.Walking;

/// <summary>Where the browser stands after its redirects.</summary>
/// <param name="Url">The address.</param>
/// <param name="Status">HTTP status of the page; null when the address was not opened (<see cref="HasLanded"/>).</param>
/// <param name="Document">The page; empty when the address was not opened.</param>
/// <param name="HasLanded">The redirects led to the address that was waited for. It is not opened: its parameters are the answer.</param>
public sealed record BrowserPage(Uri Url, HttpStatusCode? Status, IDocument Document, bool HasLanded)
{
    /// <summary>Parameters of <see cref="Url"/>, decoded; a name that stands twice keeps its first value.</summary>
    public IReadOnlyDictionary<string, string> Query =>
        Discreet.Query(Url).GroupBy(parameter => parameter.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Value, StringComparer.Ordinal);

    /// <summary>What a person reads in the elements marked <c>data-lk="…"</c>, one text for each.</summary>
    /// <param name="name">For example <c>client</c>, <c>user</c>, <c>scope</c>.</param>
    /// <returns>The texts, white space folded; empty when there is no such element.</returns>
    public IReadOnlyList<string> Read(string name) => [.. Document.QuerySelectorAll($"[data-lk='{name}']").Select(element => TextOf(element))];

    /// <summary>Code of a Latchkey error page, or null: this is none.</summary>
    public string? ErrorCode => Document.QuerySelector("main[data-lk-error]")?.GetAttribute("data-lk-error");

    /// <summary>The heading, or the title, or the address.</summary>
    public string Heading => Document.QuerySelector("h1") is { } heading ? TextOf(heading) : Discreet.Short(Document.Title ?? Url.AbsolutePath);

    /// <summary>Whether a form of that id stands on the page.</summary>
    /// <param name="id">The form's id, for example <c>consent</c>.</param>
    /// <returns>True when it does.</returns>
    public bool HasForm(string id) => Document.QuerySelector($"form#{id}") is not null;

    /// <summary>What is read as two words on the page stays two words, whether or not white space stands between the elements.</summary>
    private static string TextOf(IElement element) => Discreet.Short(string.Join(' ', element.Descendants<IText>().Select(text => text.Data)));
}
