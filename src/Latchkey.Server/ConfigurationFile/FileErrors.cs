using System.Globalization;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>All errors of one file, one sentence each, with line and key.</summary>
internal sealed class FileErrors(string file)
{
    private readonly List<(int Line, string Key, string What)> found = [];

    /// <summary>Returns true when there is an error at this key or below it.</summary>
    public bool AreAt(string key) =>
        found.Exists(e => e.Key == key || (e.Key.StartsWith(key, StringComparison.Ordinal) && e.Key[key.Length] is '.' or '['));

    public bool Any => found.Count > 0;

    /// <summary>The errors in the order of the file.</summary>
    public IReadOnlyList<string> All => [.. found.OrderBy(e => e.Line)
        .Select(e => e.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{file}, line {e.Line}: {e.What}") : $"{file}: {e.What}")];

    /// <param name="line">0 when the error has no line.</param>
    /// <param name="key">The path of the member, such as <c>resources[0].scopes</c>; empty for the whole file.</param>
    /// <param name="what">The error, without a full stop.</param>
    public void Add(int line, string key, string what) => found.Add((line, key, key.Length > 0 ? $"{key} {what}." : $"{what}."));
}
