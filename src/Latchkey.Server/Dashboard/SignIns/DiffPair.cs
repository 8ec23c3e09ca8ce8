using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>One value of a comparison: the part that differs stands between the common ones.</summary>
/// <param name="Kind"><c>sent</c> or <c>expected</c>.</param>
public sealed record DiffValue(string Label, string Kind, string Before, string Differs, string After);

/// <summary>What was sent beside what was expected, for <c>Diff</c>.</summary>
/// <param name="Spoken">How they differ, for screen readers. Null when there is only one value.</param>
public sealed record DiffPair(IReadOnlyList<DiffValue> Values, string? Spoken)
{
    /// <summary>Values with less in common are marked as a whole.</summary>
    private const int MinInCommon = 3;

    /// <summary>
    /// The comparison that the cause rests on, then the other values that have a counterpart. The event shows all that was sent.
    /// </summary>
    internal static IReadOnlyList<DiffPair> Of(Cause cause, IReadOnlyList<Fact> facts)
    {
        var compared = CauseText.Compare(cause, facts);
        var others = CauseText.Differences([.. facts.Where(f => f.Name != RecordedFacts.Detail)])
            .Where(d => d.Name != compared?.Name && d is { Sent: not null, Expected: not null });
        return [.. others.Prepend(compared).OfType<Difference>().Select(Of)];
    }

    private static DiffPair Of(Difference difference)
    {
        var label = difference.Name;
        if (difference is not { Sent: { } sent, Expected: { } expected })
        {
            return new(
                [difference.Sent is { } only
                    ? new($"{label} sent", "sent", only, "", "")
                    : new($"{label} expected", "expected", difference.Expected ?? "", "", "")],
                Spoken: null);
        }

        var (start, end) = sent == expected ? (sent.Length, 0) : Common(sent, expected);
        return new(
            [
                new($"{label} sent", "sent", sent[..start], sent[start..^end], sent[^end..]),
                new($"{label} expected", "expected", expected[..start], expected[start..^end], expected[^end..]),
            ],
            difference.Where is { } where ? $"{label} {where}." : null);
    }

    private static (int Start, int End) Common(string a, string b)
    {
        var (start, end) = CauseText.Common(a, b);

        // Never between the halves of a character.
        start -= start > 0 && char.IsHighSurrogate(a[start - 1]) ? 1 : 0;
        end -= end > 0 && char.IsLowSurrogate(a[^end]) ? 1 : 0;
        return start + end < MinInCommon ? (0, 0) : (start, end);
    }
}
