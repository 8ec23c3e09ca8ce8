using System.Reflection;
using System.Text.RegularExpressions;
using Latchkey.Server.Pages;

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
    public void A_button_begins_with_a_verb() => Assert.All(
        [Texts.Allow, Texts.Deny, Texts.NotYou, Texts.GoBack, Texts.StartAgain, Texts.Continue],
        button => Assert.Contains(button.Split(' ')[0], Verbs));

    /// <summary>The test finds the texts: a rename must not empty it.</summary>
    [Fact]
    public void The_texts_of_pages_are_found()
    {
        Assert.Contains(Texts.DeviceWarning, Everything(), StringComparer.Ordinal);
        Assert.True(Errors().Count() > 30, $"{Errors().Count()} error pages");
    }

    private static IEnumerable<string> Everything() =>
        typeof(Texts).GetFields(BindingFlags.NonPublic | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)
            .Concat(Errors().SelectMany(error => new[] { error.Title, error.Explanation, error.Advice }))
            .Concat(
            [
                Texts.EndsByItself(TimeSpan.FromMinutes(15)), Texts.KeepsAccess(TimeSpan.FromDays(365), TimeSpan.FromDays(30)),
                Texts.UnvouchedWarning("program.example", isNamed: true), Texts.Finished("Claude", "Notes"), Texts.Identity("profile"),
                Texts.Identity("email"), Texts.Identity("openid"), Texts.Claim("custom_claims", canUntick: true),
            ]);

    /// <summary>The pages that are declared without values.</summary>
    private static IEnumerable<ErrorPage> Errors() =>
        typeof(ErrorPage).Assembly.GetTypes().Where(type => type.Name.EndsWith("Errors", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(ErrorPage))
            .Select(field => (ErrorPage)field.GetValue(null)!);

    [GeneratedRegex(
        @"\b(tokens?|scopes?|clients?|resources?|grants?|consents?|authori[sz]e[ds]?|OAuth|redirects?|callbacks?|login requests?)\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Banned();

    [GeneratedRegex(@"(?<=[.!?])\s+", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Ends();
}
