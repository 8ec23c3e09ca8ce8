using System.Collections.Frozen;
using System.Net;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Network;

/// <summary>
/// The setting <c>Cimd:HostMap</c>: <c>host[:port]=ip:port;…</c>, connected to instead of asking DNS, for tests and closed networks. Mapped
/// addresses are exempt from the address check.
/// </summary>
internal sealed class HostMap
{
    private readonly FrozenDictionary<string, IPEndPoint> mapped;

    private HostMap(FrozenDictionary<string, IPEndPoint> mapped) => this.mapped = mapped;

    /// <exception cref="UnusableSetting">An entry is not <c>host[:port]=ip:port</c>.</exception>
    public static HostMap Parse(string? setting)
    {
        var entries = new Dictionary<string, IPEndPoint>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in (setting ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = entry.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0 || !IPEndPoint.TryParse(parts[1], out var target) || target.Port == 0)
            {
                throw new UnusableSetting(
                    $"Cimd:HostMap holds '{entry}'; an entry is host[:port]=ip:port, for example client.example=127.0.0.1:8443.");
            }

            entries[parts[0].Contains(':', StringComparison.Ordinal) ? parts[0] : parts[0] + ":443"] = target;
        }

        return new(entries.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    public IPEndPoint? Find(string host, int port) => mapped.GetValueOrDefault($"{host}:{port}");
}
