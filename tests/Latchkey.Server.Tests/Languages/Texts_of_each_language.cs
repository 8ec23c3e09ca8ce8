using System.Text.RegularExpressions;
using Latchkey.Server.Languages;

namespace Latchkey.Server.Tests.Languages;

/// <summary>Each text exists in each language (the compiler asks for it), is translated, and has the same names in it.</summary>
public sealed partial class Texts_of_each_language
{
    /// <summary>Words that are the same in several languages.</summary>
    private static readonly string[] SameWords =
        ["Texts.ListSeparator()", "Texts.SentenceSeparator()", "Texts.Version()", "AccountTexts.Organization()"];

    public static TheoryData<string> All => [.. Language.All.Select(language => language.Tag)];

    public static TheoryData<string> Others => [.. Language.All.Select(language => language.Tag).Where(tag => tag != "en")];

    [Theory]
    [MemberData(nameof(Others))]
    public void No_text_is_that_of_English(string tag)
    {
        var english = LanguageText.Of(Language.English).ToDictionary(text => text.Name, text => text.Text, StringComparer.Ordinal);
        var texts = LanguageText.Of(Find(tag));

        Assert.InRange(texts.Count, 250, int.MaxValue);
        Assert.Equal(english.Keys, texts.Select(text => text.Name));
        Assert.Empty(texts.Where(text => text.Text == english[text.Name] && !SameWords.Contains(text.Name)).Select(text => text.Name));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Each_text_has_the_names_that_the_English_one_has(string tag)
    {
        var english = LanguageText.Of(Language.English).ToDictionary(text => text.Name, text => text.Text, StringComparer.Ordinal);

        Assert.All(LanguageText.Of(Find(tag)), text => Assert.Equal(SlotsOf(english[text.Name]), SlotsOf(text.Text)));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void No_English_words_are_left(string tag) => Assert.All(
        LanguageText.Of(Find(tag)),
        text =>
        {
            var words = Slots().Replace(text.Text, "");
            Assert.DoesNotMatch(EnglishWords(), words);
            if (tag is "ja" or "he" && words.Length > 2)
            {
                Assert.Matches(tag == "ja" ? Kana() : HebrewLetters(), words);
                Assert.DoesNotMatch(LatinWords(), Names().Replace(words, ""));
            }
        });

    [Theory]
    [MemberData(nameof(All))]
    public void Sentences_begin_and_end_like_sentences(string tag) => Assert.All(
        LanguageText.Of(Find(tag)).Where(text => text.IsOfError && !text.Name.EndsWith(" title", StringComparison.Ordinal)),
        text =>
        {
            Assert.Matches(tag == "ja" ? "。$" : @"[.]$", text.Text);
            Assert.DoesNotMatch(@"\s{2}|\s$|^\s|[{}]", text.Text);
        });

    /// <summary>Plain words and short sentences (console.md has the rule for English): no term of the protocol, at most 18 words.</summary>
    [Theory]
    [InlineData("en", 18, "token|scope|client|resource|grant(ed)?|consent|authori[sz]e|oauth|redirect|callback|login request")]
    [InlineData("de", 22, "token|scope|client|ressource|grant|autorisier\\w*|oauth|redirect|umleitung|callback")]
    [InlineData("fr", 24, "jeton|token|portée|scope|client|ressource|consentement|oauth|redirection|callback")]
    [InlineData("es", 24, "token|ámbito|scope|cliente|recurso|consentimiento|oauth|redirección|callback")]
    [InlineData("pt", 24, "token|escopo|scope|cliente|recurso|consentimento|oauth|redirecionamento|callback")]
    [InlineData("he", 22, "אסימון|לקוח|משאב|הסכמה|oauth|הפניה מחדש|token|scope")]
    public void Error_pages_have_short_sentences_of_plain_words(string tag, int maxWords, string jargon) => Assert.All(
        LanguageText.Of(Find(tag)).Where(text => text.IsOfError),
        text =>
        {
            Assert.DoesNotMatch($@"(?i)(?<!\w)({jargon})(?!\w)", text.Text);
            Assert.All(text.Text.Split(". "), sentence => Assert.InRange(sentence.Split(' ').Length, 1, maxWords));
        });

    /// <summary>Japanese has no spaces between words, so the length is in characters.</summary>
    [Fact]
    public void Error_pages_in_Japanese_have_short_sentences_of_plain_words() => Assert.All(
        LanguageText.Of(Find("ja")).Where(text => text.IsOfError),
        text =>
        {
            Assert.DoesNotMatch("(?i)トークン|スコープ|クライアント|リソース|同意|認可|リダイレクト|コールバック|oauth", text.Text);
            Assert.All(text.Text.Split('。'), sentence => Assert.InRange(sentence.Length, 0, 70));
        });

    [Theory]
    [InlineData("en", "after one minute", "after 15 minutes", "after 2 days", "after 365 days")]
    [InlineData("de", "nach einer Minute", "nach 15 Minuten", "nach 2 Tagen", "nach 365 Tagen")]
    [InlineData("fr", "après une minute", "après 15 minutes", "après 2 jours", "après 365 jours")]
    [InlineData("es", "después de un minuto", "después de 15 minutos", "después de 2 días", "después de 365 días")]
    [InlineData("pt", "depois de um minuto", "depois de 15 minutos", "depois de 2 dias", "depois de 365 dias")]
    [InlineData("ja", "1 分後", "15 分後", "2 日後", "365 日後")]
    [InlineData("he", "אחרי דקה אחת", "אחרי 15 דקות", "אחרי יומיים", "אחרי 365 יום")]
    public void Durations_follow_the_grammar_of_the_language(string tag, params string[] expected)
    {
        var times = new[] { 60, 900, 172_800, 31_536_000 };

        Assert.All(times.Zip(expected), pair => Assert.Contains(
            pair.Second, Find(tag).Texts.EndsByItself(TimeSpan.FromSeconds(pair.First)), StringComparison.Ordinal));
    }

    [Fact]
    public void Hebrew_alone_is_written_from_right_to_left() =>
        Assert.Equal(["he"], Language.All.Where(language => language.Direction == "rtl").Select(language => language.Tag));

    [Theory]
    [InlineData("pt-BR", "pt")]
    [InlineData("HE-il", "he")]
    [InlineData("iw", "he")]
    [InlineData("zh ja-JP de", "ja")]
    [InlineData("zh", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    public void The_first_language_that_the_pages_have_is_chosen(string wanted, string? expected) =>
        Assert.Equal(expected, Language.FirstOf(wanted.Split(' '))?.Tag);

    private static Language Find(string tag) => Language.Find(tag)!;

    private static IEnumerable<string> SlotsOf(string text) =>
        Slots().Matches(text).Select(match => match.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex("⟦[a-z]+⟧", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Slots();

    [GeneratedRegex(
        @"\b(the|is|are|you|your|this|that|and|with|from|it|of|program|sign-in|again|not)\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex EnglishWords();

    [GeneratedRegex("[ぁ-ヿ一-鿿]", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Kana();

    [GeneratedRegex("[א-ת]", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex HebrewLetters();

    [GeneratedRegex("[A-Za-z]", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex LatinWords();

    [GeneratedRegex("Latchkey|API|MCP", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Names();
}
