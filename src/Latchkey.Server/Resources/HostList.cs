using System.Collections;

namespace Latchkey.Server.Resources;

/// <summary>
/// Host names of an operator's list. <c>client.example</c> is that host, <c>*.client.example</c> is every host below it. Entries and hosts
/// are compared in their canonical form (<see cref="HostName"/>).
/// </summary>
internal sealed class HostList(IReadOnlyList<string> patterns) : IReadOnlyCollection<string>
{
    private const string Wildcard = "*.";

    public const int MaxEntries = 500;
    public const int MaxLength = HostName.MaxLength;

    public static HostList Empty { get; } = new([]);

    public int Count => patterns.Count;

    /// <summary>Entries that were stored before they had to be in canonical form are normalized too.</summary>
    private readonly string[] canonical = [.. patterns.Select(Canonical)];

    public bool Includes(string host)
    {
        var name = HostName.Canonical(host) ?? host;
        return Array.Exists(canonical, pattern =>
            pattern.StartsWith(Wildcard, StringComparison.Ordinal)
                ? name.EndsWith(pattern[1..], StringComparison.Ordinal)
                : name == pattern);
    }

    /// <summary>Returns why a text cannot be an entry, or null.</summary>
    public static string? ValidateEntry(string text) =>
        text.Length <= MaxLength && HostName.IsCanonicalName(text.StartsWith(Wildcard, StringComparison.Ordinal) ? text[2..] : text)
            ? null
            : "must be a lower-case host name such as client.example (other letters in xn-- form, without a dot at the end), "
                + "or *.client.example for every host below it";

    public IEnumerator<string> GetEnumerator() => patterns.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Canonical(string pattern) => pattern.StartsWith(Wildcard, StringComparison.Ordinal)
        ? Wildcard + (HostName.Canonical(pattern[2..]) ?? pattern[2..])
        : HostName.Canonical(pattern) ?? pattern;
}
