using System.Collections.Frozen;
using System.Text;

namespace Latchkey.Server.Clients;

/// <summary>
/// A name reduced to what the eye sees (a skeleton in Unicode TR39): equal for names that differ in case, spaces, accents and look-alike
/// letters. Tables, because the program runs without culture data (InvariantGlobalization) and cannot decompose characters.
/// </summary>
internal static class NameSkeleton
{
    private const int FirstOfLatin1 = 0xc0;
    private const int FirstOfAdditional = 0x1e00;

    /// <summary>The base letters of U+00C0 to U+021B, in order; a dot where there is none.</summary>
    private const string Latin1Bases =
        "aaaaaaaceeeelllldnooooo.ouuuuypbaaaaaaaceeeelllldnooooo.ouuuuypyaaaaaaccccccccddddeeeeeeeeeegggggggghhhhllllll"
        + "lllllljjkkkllllllllllnnnnnn.nnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzf.b....c..dd....ee.......kk.."
        + "....oo.............uu...................dddlllnnnaalloouuuuuuuuuu.aaaaaa..ggkkoooo..jdddgg..nnaaaaooaaaaeeeell"
        + "lloooorrrruuuusstt";

    /// <summary>The base letters of U+1E00 to U+1EF9, in order.</summary>
    private const string AdditionalBases =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhllllkkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrsssssssssstttt"
        + "ttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyas..b.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeelllloooooooooooooooo"
        + "oooooooouuuuuuuuuuuuuuyyyyyyyy";

    /// <summary>Capital letters that look like another Latin letter than their small form.</summary>
    private static readonly FrozenDictionary<char, char> Capitals = Pairs(
        ("\u0397", 'h'), ("\u039d", 'n'), ("\u03a5\u04ae", 'y'), ("\u0532", 'b'), ("\u054f", 's'), ("\u0530\u0553", 'p'));

    /// <summary>Digits and the letters of other scripts that look like Latin ones; i, l and 1 are one.</summary>
    private static readonly FrozenDictionary<char, char> Lookalikes = Pairs(
        ("i1", 'l'), ("0", 'o'), ("3", 'e'), ("5", 's'), ("@", 'a'),
        ("\u0259\u025b", 'e'), ("\u0253", 'b'), ("\u0254", 'c'), ("\u0257", 'd'), ("\u0261\u0581", 'g'), ("\u0251", 'a'),

        // Greek and Cyrillic.
        ("αа", 'a'), ("вβ", 'b'), ("сҫ", 'c'), ("ԁ", 'd'), ("еεєё", 'e'), ("ғ", 'f'), ("ԍ", 'g'), ("нһηњ", 'h'), ("іιӏї", 'l'),
        ("ј", 'j'), ("кκқ", 'k'), ("мμ", 'm'), ("п", 'n'), ("оοσө", 'o'), ("рρ", 'p'), ("ԛ", 'q'), ("ѕ", 's'), ("тτ", 't'), ("υ", 'u'),
        ("ѵν", 'v'), ("ѡωԝ", 'w'), ("хχҳ", 'x'), ("уγүұ", 'y'), ("ζ", 'z'),

        // Armenian.
        ("\u057d\u0574", 'u'), ("\u0578\u057c", 'n'), ("\u0585", 'o'), ("\u0570", 'h'), ("\u056c", 'l'), ("\u0575", 'j'),
        ("\u0566", 'q'), ("\u0561", 'w'), ("\u0565\u0567", 't'), ("\u0584\u0583", 'p'), ("\u057e", 'y'),

        // Han, kana and hangul that are drawn like Latin capitals.
        ("卂", 'a'), ("乃日", 'b'), ("匚", 'c'), ("巳乇", 'e'), ("千", 'f'), ("卄廾", 'h'), ("工丨亅乚ㄥ", 'l'), ("爪", 'm'), ("几刀", 'n'),
        ("〇口囗ロ", 'o'), ("卩尸", 'p'), ("尺", 'r'), ("丂", 's'), ("丅丁七", 't'), ("凵", 'u'), ("山", 'w'), ("乂メ", 'x'), ("丫", 'y'),
        ("乙", 'z'));

    public static string Of(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var letter in name.Select(Narrow).Where(c => char.IsLetterOrDigit(c) || c == '@'))
        {
            text.Append(Read(letter));
        }

        return text.Replace("rn", "m").Replace("vv", "w").Replace("cl", "d").ToString();
    }

    private static char Read(char letter)
    {
        if (Capitals.TryGetValue(letter, out var capital))
        {
            return capital;
        }

        var lower = char.ToLowerInvariant(letter);
        var bases = letter < FirstOfAdditional ? Latin1Bases : AdditionalBases;
        var index = letter - (letter < FirstOfAdditional ? FirstOfLatin1 : FirstOfAdditional);
        return index >= 0 && index < bases.Length && bases[index] != '.' ? bases[index]
            : Lookalikes.GetValueOrDefault(lower, lower);
    }

    /// <summary>The ASCII form of a full-width character.</summary>
    private static char Narrow(char letter) => letter is >= '\uff01' and <= '\uff5e' ? (char)(letter - 0xfee0) : letter;

    private static FrozenDictionary<char, char> Pairs(params (string Shown, char Read)[] pairs) =>
        pairs.SelectMany(pair => pair.Shown.Distinct().Select(shown => KeyValuePair.Create(shown, pair.Read)))
            .DistinctBy(pair => pair.Key).ToFrozenDictionary();
}
