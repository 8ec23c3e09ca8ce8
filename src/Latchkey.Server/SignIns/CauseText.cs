using System.Text;

namespace Latchkey.Server.SignIns;

/// <summary>A value that was sent and the nearest one that was expected.</summary>
/// <param name="Where">How they differ, in words. Null when nothing was expected or sent.</param>
internal sealed record Difference(string Name, string? Sent, string? Expected, string? Where);

/// <summary>Makes the words of a cause from its facts.</summary>
internal static class CauseText
{
    /// <summary>Stands for a fact that was not recorded.</summary>
    public const string Unknown = "(unknown)";

    /// <summary>
    /// Replaces each <c>{name}</c> by the fact of that name: what was sent, otherwise what was seen, otherwise what was expected.
    /// </summary>
    public static string Render(string text, IReadOnlyList<Fact> facts)
    {
        var written = new StringBuilder(text.Length + 64);
        var rest = text.AsSpan();
        while (rest.IndexOf('{') is var open and >= 0 && rest[open..].IndexOf('}') is var length and > 0)
        {
            written.Append(rest[..open]).Append(ValueOf(rest[(open + 1)..(open + length)].ToString(), facts) ?? Unknown);
            rest = rest[(open + length + 1)..];
        }

        return written.Append(rest).ToString();
    }

    /// <summary>The names between braces.</summary>
    public static IEnumerable<string> Placeholders(string text) =>
        text.Split('{').Skip(1).Select(part => part.Split('}')[0]);

    /// <summary>The values that were sent beside the nearest expected ones, in the order of the facts.</summary>
    public static IReadOnlyList<Difference> Differences(IReadOnlyList<Fact> facts) =>
    [
        .. facts.Where(fact => fact.Kind != FactKind.Seen).Select(fact => fact.Name).Distinct(StringComparer.Ordinal).Select(name =>
        {
            var sent = Of(facts, FactKind.Sent, name);
            var expected = sent is null
                ? Of(facts, FactKind.Expected, name)
                : facts.Where(fact => fact.Kind == FactKind.Expected && fact.Name == name).Select(fact => fact.Value)
                    .MinBy(value => Distance(sent, value));
            return new Difference(name, sent, expected, sent is null || expected is null ? null : Where(sent, expected));
        }),
    ];

    /// <summary>
    /// The two values that the cause compares: those of the first declared pair that differs. Null when the cause compares none, or the
    /// event does not have both.
    /// </summary>
    public static Difference? Compare(Cause cause, IReadOnlyList<Fact> facts)
    {
        if (cause.Compared is not Compared.Values { Pairs: var pairs })
        {
            return null;
        }

        var complete = pairs.Select(pair => Between(pair, facts)).OfType<Difference>().ToList();
        return complete.Find(difference => difference.Sent != difference.Expected) ?? complete.FirstOrDefault();
    }

    private static Difference? Between(FactPair pair, IReadOnlyList<Fact> facts)
    {
        if (pair.Sent == pair.Expected && Of(facts, FactKind.Sent, pair.Sent) is not null)
        {
            return Differences(facts).First(difference => difference.Name == pair.Sent) is { Expected: not null } found ? found : null;
        }

        var sent = Of(facts, FactKind.Sent, pair.Sent) ?? Of(facts, FactKind.Seen, pair.Sent);
        var expected = Of(facts, FactKind.Expected, pair.Expected)
            ?? (pair.Sent == pair.Expected ? null : Of(facts, FactKind.Seen, pair.Expected));
        return sent is null || expected is null ? null : new(pair.Sent, sent, expected, Where: null);
    }

    /// <summary>Orders values by their likeness to <paramref name="sent"/>, the most similar one first.</summary>
    public static IEnumerable<string> NearestFirst(IEnumerable<string> values, string? sent) =>
        sent is null ? values : values.OrderBy(value => Distance(sent, value));

    /// <summary>The number of characters that lie between the common beginning and the common end.</summary>
    private static int Distance(string a, string b)
    {
        var (start, end) = Common(a, b);
        return Math.Max(a.Length, b.Length) - start - end;
    }

    private static string Where(string sent, string expected)
    {
        var (start, end) = Common(sent, expected);
        if (start + end < Math.Min(sent.Length, expected.Length) / 2)
        {
            return $"differs: {sent} instead of {expected}";
        }

        var (more, less) = (sent[start..^end], expected[start..^end]);
        var place = start == 0 && end == 0 ? "" : end == 0 ? " at the end" : start == 0 ? " at the beginning" : "";
        return (more.Length, less.Length) switch
        {
            (0, 0) => "is the same",
            (_, 0) => $"has more{place}: {more}",
            (0, _) => $"lacks{place}: {less}",
            _ => $"differs{place}: {more} instead of {less}",
        };
    }

    /// <summary>The lengths of the common beginning and of the common end behind it.</summary>
    public static (int Start, int End) Common(string a, string b)
    {
        var shorter = Math.Min(a.Length, b.Length);
        var start = 0;
        while (start < shorter && a[start] == b[start])
        {
            start++;
        }

        var end = 0;
        while (end < shorter - start && a[^(end + 1)] == b[^(end + 1)])
        {
            end++;
        }

        return (start, end);
    }

    private static string? ValueOf(string name, IReadOnlyList<Fact> facts) =>
        Of(facts, FactKind.Sent, name) ?? Of(facts, FactKind.Seen, name) ?? Of(facts, FactKind.Expected, name);

    private static string? Of(IReadOnlyList<Fact> facts, FactKind kind, string name) =>
        facts.FirstOrDefault(fact => fact.Kind == kind && fact.Name == name)?.Value;
}
