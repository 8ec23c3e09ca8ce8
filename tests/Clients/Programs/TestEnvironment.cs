using System.Reflection;

namespace Clients.Programs;

/// <summary>The paths of the programs under test, and free ports.</summary>
internal static class TestEnvironment
{
    /// <summary>Reads a path from the assembly's metadata (see Clients.csproj): <c>Demo</c>, <c>Latchkey</c>, <c>Node</c>,
    /// <c>Conformance</c>, <c>Page</c>, <c>Logs</c>.</summary>
    public static string Of(string name) =>
        typeof(TestEnvironment).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key.Equals(name, StringComparison.Ordinal)).Value!;

    /// <summary>The Node of the npm packages, or else the machine's.</summary>
    /// <exception cref="InvalidOperationException">The packages are not installed.</exception>
    public static string NodeExecutable()
    {
        var packages = Path.Combine(Of("Node"), "node_modules");
        if (!Directory.Exists(Path.Combine(packages, "@modelcontextprotocol")))
        {
            throw new InvalidOperationException(
                "These tests need the npm packages of tests/Clients/node; ./dev check installs them (npm ci in that folder).");
        }

        return Directory.EnumerateDirectories(packages, "node-*").Select(package => Path.Combine(package, "bin", "node"))
            .FirstOrDefault(File.Exists)
            ?? "node";
    }

    /// <summary>Returns distinct ports that are free at the moment and were not returned before. A port that the system gives out again
    /// would make a resource URI that another test has registered at the same server.</summary>
    public static int[] FreePorts(int count) => [.. Enumerable.Range(0, count).Select(_ => Latchkey.Testing.FreePorts.Next())];
}
