using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Network;

/// <summary>
/// The setting <c>Cimd:HostMap</c>: <c>host[:port]=ip:port;…</c>, connected to instead of asking DNS, for tests and closed networks. Mapped
/// addresses are exempt from the address check.
/// </summary>
internal sealed class HostMap
{
    public const ushort HttpsPort = 443;

    private readonly FrozenDictionary<string, IPEndPoint> mapped;

    private HostMap(FrozenDictionary<string, IPEndPoint> mapped) => this.mapped = mapped;

    /// <exception cref="UnusableSetting">An entry is not <c>host[:port]=ip:port</c>.</exception>
    public static HostMap Parse(string? setting)
    {
        var entries = new Dictionary<string, IPEndPoint>(StringComparer.Ordinal);
        foreach (var entry in (setting ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = entry.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0 || !IPEndPoint.TryParse(parts[1], out var target) || target.Port == 0)
            {
                throw new UnusableSetting(
                    $"Cimd:HostMap holds '{entry}'; an entry is host[:port]=ip:port, for example client.example=127.0.0.1:8443.");
            }

            entries[KeyOf(parts[0]) ?? throw new UnusableSetting(
                $"Cimd:HostMap holds '{parts[0]}', which is not a host or host:port; write other letters than ASCII in xn-- form.")] =
                    target;
        }

        return new(entries.ToFrozenDictionary(StringComparer.Ordinal));
    }

    public IPEndPoint? Find(string host, int port) =>
        HostName.Canonical(host) is { } canonical ? mapped.GetValueOrDefault($"{canonical}:{port}") : null;

    private static string? KeyOf(string text)
    {
        var colon = text.LastIndexOf(':') is var last && last > text.LastIndexOf(']') ? last : -1;
        var port = HttpsPort;
        return (colon < 0 || ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            && HostName.Canonical(colon < 0 ? text : text[..colon]) is { } host
                ? $"{host}:{port}"
                : null;
    }
}
