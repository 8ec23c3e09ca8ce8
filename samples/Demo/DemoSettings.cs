using System.Collections;
using System.Globalization;

namespace Demo;

/// <summary>Where the three programs listen and where their state is. Read from the environment once.</summary>
/// <param name="LatchkeyPort">Port of Latchkey.</param>
/// <param name="AcmePort">Port of AcmeApp.</param>
/// <param name="NotesPort">Port of NotesMcp.</param>
/// <param name="StateDirectory">Holds everything that a second start finds again; absolute.</param>
/// <param name="Storage">The value of <c>Latchkey__Storage</c>, or null: SQLite in the state directory.</param>
/// <param name="HasKeyEncryptionKey">Whether <c>Latchkey__KeyEncryptionKey</c> is set; it is handed through as it is.</param>
public sealed record DemoSettings(int LatchkeyPort, int AcmePort, int NotesPort, string StateDirectory, string? Storage, bool HasKeyEncryptionKey)
{
    /// <summary>Latchkey's base URL.</summary>
    public string LatchkeyUrl => $"http://localhost:{LatchkeyPort}";

    /// <summary>AcmeApp. 127.0.0.1 and not localhost: another site for the browser, so that cross-site rules are real.</summary>
    public string AcmeUrl => $"http://127.0.0.1:{AcmePort}";

    /// <summary>The MCP server: the resource URI.</summary>
    public string NotesUrl => $"http://localhost:{NotesPort}/mcp";

    /// <summary>PostgreSQL keeps nothing in the state directory, so the key that seals what it holds must come from outside.</summary>
    public bool NeedsKeyEncryptionKey => Storage?.StartsWith("postgres:", StringComparison.OrdinalIgnoreCase) == true && !HasKeyEncryptionKey;

    /// <summary>Reads <c>LATCHKEY_DEMO_PORTS</c>, <c>LATCHKEY_DEMO_STATE</c>, <c>Latchkey__Storage</c>, <c>Latchkey__KeyEncryptionKey</c>.</summary>
    /// <returns>The settings; ports 5480 to 5482 and <c>.latchkey</c> in the working directory where nothing is said.</returns>
    /// <exception cref="DemoStopped">The ports are not three different numbers.</exception>
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

        int[] ports = [.. text.Split(',').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)];
        return ports.Length == 3 && ports.Distinct().Count() == 3 && ports.All(port => port is > 0 and < 65536)
            ? ports
            : throw new DemoStopped($"LATCHKEY_DEMO_PORTS is '{text}'; it must be three different ports, for example 5480,5481,5482.");
    }
}
