using System.Text.RegularExpressions;
using Latchkey.Server.Languages;
using Latchkey.Server.Tests.Languages;

namespace Latchkey.Server.Tests.Consent;

/// <summary>
/// What people read on the pages of sign-in and consent has short sentences and no words of OAuth. The text "for developers" of an error
/// page is not for them.
/// </summary>
public sealed partial class Plain_language_of_pages
{
    private const int MostWords = 18;

    private static readonly string[] Verbs = ["Allow", "Deny", "Switch", "Go", "Start", "Continue"];

    public static TheoryData<string> Sentences
    {
        get
        {
            var sentences = new TheoryData<string>();
            foreach (var sentence in Everything().SelectMany(text => Ends().Split(text)).Distinct(StringComparer.Ordinal))
            {
                sentences.Add(sentence);
            }

            return sentences;
        }
    }

    [Theory]
    [MemberData(nameof(Sentences))]
    public void A_sentence_is_short_and_without_words_of_OAuth(string sentence)
    {
        var words = sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(words.Length <= MostWords, $"{words.Length} words: {sentence}");
        Assert.DoesNotMatch(Banned(), sentence);
    }

    [Fact]
    public void A_button_begins_with_a_verb()
    {
        var texts = Language.English.Texts;

        Assert.All(
            [texts.Allow, texts.Deny, texts.NotYou, texts.GoBack, texts.StartAgain, texts.Continue],
            button => Assert.Contains(button.Split(' ')[0], Verbs));
    }

    /// <summary>The test finds the texts: a rename must not empty it.</summary>
    [Fact]
    public void The_texts_of_pages_are_found()
    {
        Assert.Contains(Language.English.Texts.DeviceWarning, Everything(), StringComparer.Ordinal);
        Assert.Contains(Language.English.Texts.Refusals.ForeignBrowser.Advice, Everything(), StringComparer.Ordinal);
    }

    private static IEnumerable<string> Everything() =>
        LanguageText.Of(Language.English).Select(text => LanguageText.WithoutSlots(text.Text));

    [GeneratedRegex(
        @"\b(tokens?|scopes?|clients?|resources?|grants?|consents?|authori[sz]e[ds]?|OAuth|redirects?|callbacks?|login requests?)\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Banned();

    [GeneratedRegex(@"(?<=[.!?])\s+", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Ends();
}
