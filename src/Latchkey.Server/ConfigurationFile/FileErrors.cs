using System.Globalization;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>Everything that is wrong with one file, so that one run tells all of it: a sentence each, with the line and the key.</summary>
internal sealed class FileErrors(string file)
{
    private readonly List<(int Line, string Key, string What)> found = [];

    /// <summary>Something was said about this key, or about something in it.</summary>
    public bool AreAt(string key) => found.Exists(e => e.Key == key || (e.Key.StartsWith(key, StringComparison.Ordinal) && e.Key[key.Length] is '.' or '['));

    public bool Any => found.Count > 0;

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<string> All => [.. found.OrderBy(e => e.Line).Select(e => e.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{file}, line {e.Line}: {e.What}") : $"{file}: {e.What}")];

    /// <param name="line">0: it is about no line.</param>
    /// <param name="key">The way to the member, such as <c>resources[0].scopes</c>; empty: the whole file.</param>
    /// <param name="what">What is wrong, without a full stop.</param>
    public void Add(int line, string key, string what) => found.Add((line, key, key.Length > 0 ? $"{key} {what}." : $"{what}."));
}
