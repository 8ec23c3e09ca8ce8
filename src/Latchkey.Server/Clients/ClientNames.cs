using System.Globalization;
using System.Text;

namespace Latchkey.Server.Clients;

/// <summary>
/// The rule for names that strangers chose: letters of at most one script besides Latin, digits and common punctuation. It is a list of
/// what is allowed, so that invisible, mathematical, combining and look-alike characters need no list of their own. A name that breaks the
/// rule is not shown; the client's host is shown in its place.
/// </summary>
internal static class ClientNames
{
    private const int MaxMarks = 2;
    private const string Punctuation =
        " !\"#&'()+,-./:;?@[]_\u00b7\u2018\u2019\u201c\u201d\u2013\u2014\u3001\u3002\u300c\u300d\u30fb";

    /// <summary>Letters of living languages that NFKC leaves as they are; no phonetic and no small capital letters.</summary>
    private static readonly Alphabet Latin = new(
        (0x41, 0x5a), (0x61, 0x7a), (0xc0, 0xd6), (0xd8, 0xf6), (0xf8, 0x131), (0x134, 0x13e), (0x141, 0x148), (0x14a, 0x17e),
        (0x181, 0x181), (0x186, 0x186), (0x18a, 0x18a), (0x18f, 0x190), (0x198, 0x199), (0x1a0, 0x1a1), (0x1af, 0x1b0), (0x1cd, 0x1dc),
        (0x218, 0x21b), (0x253, 0x254), (0x257, 0x257), (0x259, 0x259), (0x25b, 0x25b), (0x1e00, 0x1e99), (0x1e9e, 0x1e9e),
        (0x1ea0, 0x1ef9));

    /// <summary>Greek, Cyrillic and Armenian letters do not stand beside Latin letters, because many of them look alike.</summary>
    private static readonly Alphabet[] LikeLatin =
    [
        new((0x386, 0x3ce)), new((0x400, 0x481), (0x48a, 0x52f)), new((0x531, 0x556), (0x561, 0x586)),
    ];

    /// <summary>
    /// Words of these scripts may stand beside Latin words: Arabic, Hebrew, Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu,
    /// Kannada, Malayalam, Sinhala, Thai, Lao, Tibetan, Myanmar, Georgian, Ethiopic, Khmer.
    /// </summary>
    private static readonly Alphabet[] BesideLatin =
    [
        new((0x620, 0x63f), (0x641, 0x652), (0x660, 0x669), (0x66e, 0x6d3), (0x6ee, 0x6fc)), new((0x5b0, 0x5bc), (0x5d0, 0x5ea)),
        new((0x900, 0x97f)), new((0x980, 0x9fc)), new((0xa01, 0xa75)), new((0xa81, 0xaef)), new((0xb01, 0xb6f)), new((0xb82, 0xbef)),
        new((0xc00, 0xc6f)), new((0xc80, 0xcef)), new((0xd00, 0xd7f)), new((0xd81, 0xdf3)), new((0xe01, 0xe59)), new((0xe81, 0xedf)),
        new((0xf00, 0xfbc)), new((0x1000, 0x109d)), new((0x10d0, 0x10fa)), new((0x1200, 0x135a)), new((0x1780, 0x17b3), (0x17b6, 0x17e9)),
    ];

    /// <summary>
    /// Han with kana, and Han with hangul syllables, are one script each, the Japanese and the Korean (Unicode TR39 §5.1). They are written
    /// without spaces, and stand beside Latin letters even within a word, which TR39 §5.2 calls highly restrictive.
    /// </summary>
    private static readonly Alphabet[] EastAsian =
    [
        new((0x3005, 0x3007), (0x3041, 0x3096), (0x30a1, 0x30fa), (0x30fc, 0x30fc), (0x3400, 0x4dbf), (0x4e00, 0x9fff)),
        new((0x3005, 0x3007), (0x3400, 0x4dbf), (0x4e00, 0x9fff), (0xac00, 0xd7a3)),
    ];

    private static readonly Alphabet[] Scripts = [.. EastAsian, .. BesideLatin, .. LikeLatin];

    public static bool CanBeShown(string name)
    {
        var runes = name.EnumerateRunes().ToList();
        var others = runes.FindAll(r => !IsPunctuation(r) && !IsDigit(r) && !Latin.Has(r));
        return runes.Exists(r => !IsPunctuation(r) && !IsMark(r))
            && !HasLooseMark(runes)
            && !HasMarkThatLooksLikeALetter(runes)
            && (others is [] || (ScriptOf(others) is { } script && MayStandBesideLatin(runes, script)));
    }

    private static bool MayStandBesideLatin(List<Rune> runes, Alphabet script) =>
        EastAsian.Contains(script)
        || (LikeLatin.Contains(script)
            ? !runes.Exists(Latin.Has)
            : Words(runes).All(word => !(word.Exists(Latin.Has) && word.Exists(script.Has))));

    private static List<List<Rune>> Words(List<Rune> runes)
    {
        var words = new List<List<Rune>> { new() };
        foreach (var rune in runes)
        {
            if (IsPunctuation(rune))
            {
                words.Add([]);
            }
            else
            {
                words[^1].Add(rune);
            }
        }

        return words;
    }

    /// <summary>Marks belong to a letter before them; a run of them would cover the text around it.</summary>
    private static bool HasLooseMark(List<Rune> runes)
    {
        var marks = 0;
        for (var i = 0; i < runes.Count; i++)
        {
            marks = IsMark(runes[i]) ? marks + 1 : 0;
            if (marks > MaxMarks || (marks == 1 && (i == 0 || ScriptOf([runes[i - 1]]) is null)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An exclamation mark within a word looks like an l.</summary>
    private static bool HasMarkThatLooksLikeALetter(List<Rune> runes) =>
        runes.Zip(runes.Skip(1)).Any(pair => pair.First.Value == '!' && !IsPunctuation(pair.Second));

    /// <summary>The script that all of these belong to. Null when there is none.</summary>
    private static Alphabet? ScriptOf(List<Rune> runes) => Array.Find(Scripts, script => runes.TrueForAll(script.Has));

    private static bool IsPunctuation(Rune rune) => rune.IsBmp && Punctuation.Contains((char)rune.Value, StringComparison.Ordinal);

    private static bool IsDigit(Rune rune) => rune.Value is >= '0' and <= '9';

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>The letters, marks and digits within ranges of code points.</summary>
    private sealed class Alphabet(params (int First, int Last)[] ranges)
    {
        public bool Has(Rune rune) =>
            Array.Exists(ranges, range => rune.Value >= range.First && rune.Value <= range.Last)
            && Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.LetterNumber
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;
    }
}
