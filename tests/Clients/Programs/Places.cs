using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Clients.Programs;

/// <summary>Where the programs under test lie, and where they may listen.</summary>
internal static class Places
{
    /// <summary>As written into this assembly when it was built: <c>Demo</c>, <c>Latchkey</c>, <c>Node</c>, <c>Conformance</c>, <c>Page</c>, <c>Logs</c>.</summary>
    public static string Of(string name) =>
        typeof(Places).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key.Equals(name, StringComparison.Ordinal)).Value!;

    /// <summary>Node as npm brought it, or the one of this machine.</summary>
    /// <exception cref="InvalidOperationException">The packages are not installed.</exception>
    public static string NodeExecutable()
    {
        var packages = Path.Combine(Of("Node"), "node_modules");
        if (!Directory.Exists(Path.Combine(packages, "@modelcontextprotocol")))
        {
            throw new InvalidOperationException("These tests need the npm packages of tests/Clients/node; ./dev check installs them (npm ci in that folder).");
        }

        return Directory.EnumerateDirectories(packages, "node-*").Select(package => Path.Combine(package, "bin", "node")).FirstOrDefault(File.Exists) ?? "node";
    }

    /// <summary>Ports that were free a moment ago, all different.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
