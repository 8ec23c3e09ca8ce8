namespace Latchkey.Server.Languages;

/// <summary>What an error page tells the person.</summary>
/// <param name="Title">One short line.</param>
/// <param name="Explanation">What happened.</param>
/// <param name="Advice">What the person can do.</param>
public sealed record RefusalText(string Title, Phrase Explanation, string Advice)
{
    internal RefusalText(string title, string explanation, string advice)
        : this(title, new Phrase(explanation), advice) { }
}
