using System.Collections;
using System.Globalization;

namespace Demo;

/// <summary>The ports and the state directory of the three programs, read from the environment.</summary>
/// <param name="LatchkeyPort">The port of Latchkey.</param>
/// <param name="AcmePort">The port of AcmeApp.</param>
/// <param name="NotesPort">The port of NotesMcp.</param>
/// <param name="StateDirectory">The absolute path of the directory that keeps the state between runs.</param>
/// <param name="Storage">The value of <c>Latchkey__Storage</c>; null stands for SQLite in the state directory.</param>
/// <param name="HasKeyEncryptionKey">Whether <c>Latchkey__KeyEncryptionKey</c> is set; it is passed on unchanged.</param>
public sealed record DemoSettings(
    int LatchkeyPort, int AcmePort, int NotesPort, string StateDirectory, string? Storage, bool HasKeyEncryptionKey)
{
    /// <summary>Latchkey's base URL.</summary>
    public string LatchkeyUrl => $"http://localhost:{LatchkeyPort}";

    /// <summary>The URL of AcmeApp. 127.0.0.1 is another site than localhost for the browser,
    /// so that the rules for cross-site requests apply.</summary>
    public string AcmeUrl => $"http://127.0.0.1:{AcmePort}";

    /// <summary>The URL of the MCP server, which is its resource URI.</summary>
    public string NotesUrl => $"http://localhost:{NotesPort}/mcp";

    /// <summary>Whether the demo must create the key encryption key: with PostgreSQL,
    /// Latchkey does not keep one in the state directory.</summary>
    public bool NeedsKeyEncryptionKey =>
        Storage?.StartsWith("postgres:", StringComparison.OrdinalIgnoreCase) == true && !HasKeyEncryptionKey;

    /// <summary>Reads <c>LATCHKEY_DEMO_PORTS</c>, <c>LATCHKEY_DEMO_STATE</c>, <c>Latchkey__Storage</c>,
    /// <c>Latchkey__KeyEncryptionKey</c>.</summary>
    /// <returns>The settings. The defaults are the ports 5480 to 5482 and <c>.latchkey</c> in the working directory.</returns>
    /// <exception cref="DemoException">The ports are not three different numbers.</exception>
    public static DemoSettings FromEnvironment()
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => entry.Value as string, StringComparer.OrdinalIgnoreCase);
        var ports = Ports(environment.GetValueOrDefault("LATCHKEY_DEMO_PORTS"));
        return new DemoSettings(
            ports[0],
            ports[1],
            ports[2],
            Path.GetFullPath(environment.GetValueOrDefault("LATCHKEY_DEMO_STATE") is { Length: > 0 } directory ? directory : ".latchkey"),
            environment.GetValueOrDefault("Latchkey__Storage") is { Length: > 0 } storage ? storage : null,
            environment.GetValueOrDefault("Latchkey__KeyEncryptionKey") is { Length: > 0 });
    }

    private static int[] Ports(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return [5480, 5481, 5482];
        }

        int[] ports = [.. text.Split(',')
            .Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)];
        return ports.Length == 3 && ports.Distinct().Count() == 3 && ports.All(port => port is > 0 and < 65536)
            ? ports
            : throw new DemoException($"LATCHKEY_DEMO_PORTS is '{text}'; it must be three different ports, for example 5480,5481,5482.");
    }
}
