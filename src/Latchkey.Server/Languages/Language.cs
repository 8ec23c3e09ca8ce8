namespace Latchkey.Server.Languages;

/// <summary>A language of the pages that a person sees.</summary>
/// <param name="Tag">The BCP 47 tag: the value of <c>lang</c>, and what requests and the setting name.</param>
/// <param name="Name">What the language calls itself.</param>
/// <param name="Direction">The value of <c>dir</c>: <c>ltr</c> or <c>rtl</c>.</param>
internal sealed record Language(string Tag, string Name, string Direction, Texts Texts)
{
    private const string LeftToRight = "ltr";
    private const string RightToLeft = "rtl";

    internal static readonly Language English = new("en", "English", LeftToRight, new Texts.English());

    /// <summary>Every language, in the order of the links to them.</summary>
    internal static readonly IReadOnlyList<Language> All =
    [
        English,
        new("de", "Deutsch", LeftToRight, new Texts.German()),
        new("fr", "Français", LeftToRight, new Texts.French()),
        new("es", "Español", LeftToRight, new Texts.Spanish()),
        new("pt", "Português", LeftToRight, new Texts.Portuguese()),
        new("ja", "日本語", LeftToRight, new Texts.Japanese()),
        new("he", "עברית", RightToLeft, new Texts.Hebrew()),
    ];

    internal static Language? Find(string? tag) => All.FirstOrDefault(l => l.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The first of the wanted languages that the pages have (RFC 4647 §3.4, lookup): <c>pt-BR</c> finds <c>pt</c>. <c>iw</c> is the former
    /// tag of Hebrew, which some programs still send.
    /// </summary>
    internal static Language? FirstOf(IEnumerable<string> tags) => tags
        .Select(tag => tag.Split('-', 2)[0])
        .Select(primary => Find(primary.Equals("iw", StringComparison.OrdinalIgnoreCase) ? "he" : primary))
        .FirstOrDefault(found => found is not null);
}
