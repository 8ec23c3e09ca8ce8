using System.Globalization;
using System.Text;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Makes facts storable: only allow-listed names (<see cref="FactNames"/>, and those of <see cref="EventSentences"/>), values of at most
/// 512 characters, at most 4 KiB together. Control characters and characters that change the direction of text are escaped. Addresses are
/// recorded as far as <c>SignIns:Addresses</c> says.
/// </summary>
internal static class RecordedFacts
{
    /// <summary>A sentence that is stored as it stands.</summary>
    public const string Detail = "detail";
    private const int MaxLength = 512;
    private const int MaxLengthOfDetail = 1_000;
    private const int MaxTotal = 4_096;

    /// <summary>The facts that are an address or a network, or name one.</summary>
    private static readonly string[] OfAddresses = ["address", FactNames.Network, FactNames.FormerNetwork, "difference"];

    public static IReadOnlyList<Fact> Of(IReadOnlyList<Fact> facts, RecordedAddresses addresses)
    {
        if (facts.Count == 0)
        {
            return facts;
        }

        var kept = new List<Fact>(facts.Count);
        var left = MaxTotal;
        foreach (var fact in facts)
        {
            if (fact.Name != Detail && !FactNames.All.Contains(fact.Name) && !EventSentences.FactNames.Contains(fact.Name))
            {
                continue;
            }

            var text = OfAddresses.Contains(fact.Name, StringComparer.Ordinal) ? RecordedAddress.Of(fact.Value, addresses) : fact.Value;
            if (text is null)
            {
                continue;
            }

            var value = Text(text, Math.Min(left, fact.Name == Detail ? MaxLengthOfDetail : MaxLength));
            left -= fact.Name.Length + value.Length;
            kept.Add(fact with { Value = value });
            if (left <= 0)
            {
                break;
            }
        }

        return kept;
    }

    /// <summary>Shortens a text at a character boundary and escapes what must not reach a terminal, a page or the database.</summary>
    public static string Text(string text, int maxLength = MaxLength)
    {
        var cut = text.Length <= maxLength ? text.Length
            : maxLength > 0 && char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1
            : maxLength;
        var kept = text[..cut];
        if (kept.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
        {
            return kept;
        }

        var escaped = new StringBuilder(kept.Length + 16);
        foreach (var rune in kept.EnumerateRunes())
        {
            if (rune.IsBmp && (Rune.IsControl(rune) || IsInvisible((char)rune.Value)))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            }
            else
            {
                escaped.Append(rune);
            }
        }

        return escaped.ToString();
    }

    /// <summary>Characters that hide text or change its direction, line and paragraph separators, and the byte order mark.</summary>
    private static bool IsInvisible(char c) =>
        c is '\u061c' or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff';
}
