using System.Collections.Frozen;
using System.Text;

namespace Latchkey.Server.SignIns;

/// <summary>
/// The sentence of each event, made when it is shown: <c>{name}</c> stands for the value of a fact, and a part in brackets is left out when
/// one of its facts is missing.
/// </summary>
internal static class EventSentences
{
    private static readonly FrozenDictionary<string, string> Sentences = new Dictionary<string, string>(StringComparer.Ordinal)
    {
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names of the facts in these sentences.</summary>
    public static IReadOnlySet<string> FactNames { get; } = Sentences.Values.SelectMany(NamesIn).ToFrozenSet(StringComparer.Ordinal);

    public static string Of(SignInEvent happened) =>
        happened.Facts.FirstOrDefault(f => f.Name == RecordedFacts.Detail) is { } detail ? detail.Value
        : happened.CauseCode is { } code && Causes.All.FirstOrDefault(c => c.Code == code) is { } cause
            ? $"{code}: {Filled(cause.Title, happened.Facts)}"
        : Sentences.TryGetValue(happened.Name, out var sentence) ? Filled(sentence, happened.Facts)
        : happened.CauseCode ?? "";

    /// <summary>Puts the facts into a sentence.</summary>
    public static string Filled(string sentence, IReadOnlyList<Fact> facts)
    {
        var text = new StringBuilder(sentence.Length + 64);
        for (var at = 0; at < sentence.Length;)
        {
            var end = sentence[at] switch { '[' => sentence.IndexOf(']', at), '{' => sentence.IndexOf('}', at), _ => -1 };
            if (end < 0)
            {
                text.Append(sentence[at++]);
                continue;
            }

            var part = sentence[(at + 1)..end];
            if (sentence[at] == '{')
            {
                text.Append(ValueOf(part, facts) ?? "…");
            }
            else if (NamesIn(part).All(name => ValueOf(name, facts) is not null))
            {
                text.Append(Filled(part, facts));
            }

            at = end + 1;
        }

        return text.ToString();
    }

    private static string? ValueOf(string name, IReadOnlyList<Fact> facts) => facts.FirstOrDefault(f => f.Name == name)?.Value;

    private static IEnumerable<string> NamesIn(string sentence)
    {
        for (var open = sentence.IndexOf('{', StringComparison.Ordinal); open >= 0; open = sentence.IndexOf('{', open + 1))
        {
            yield return sentence[(open + 1)..sentence.IndexOf('}', open)];
        }
    }
}
