using System.Collections;

namespace Latchkey.Server.Resources;

/// <summary>Host names of an operator's list. <c>client.example</c> is that host, <c>*.client.example</c> is every host below it.</summary>
internal sealed class HostList(IReadOnlyList<string> patterns) : IReadOnlyCollection<string>
{
    public const int MaxEntries = 500;
    public const int MaxLength = 253;

    public static HostList Empty { get; } = new([]);

    public int Count => patterns.Count;

    public bool Includes(string host) => patterns.Any(pattern =>
        pattern.StartsWith("*.", StringComparison.Ordinal) ? host.EndsWith(pattern[1..], StringComparison.Ordinal) : host == pattern);

    /// <summary>Returns why a text cannot be an entry, or null.</summary>
    public static string? ValidateEntry(string text)
    {
        var host = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return text.Length <= MaxLength && Uri.CheckHostName(host) == UriHostNameType.Dns && host.Contains('.', StringComparison.Ordinal)
            && !host.Any(c => char.IsAsciiLetterUpper(c) || !char.IsAscii(c))
                ? null
                : "must be a lower-case host name such as client.example (other letters in xn-- form), "
                    + "or *.client.example for every host below it";
    }

    public IEnumerator<string> GetEnumerator() => patterns.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
