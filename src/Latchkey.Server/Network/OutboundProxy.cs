using System.Net.Security;
using System.Text;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Network;

/// <summary>
/// The setting <c>Cimd:Proxy</c>: an HTTP proxy through which documents and key sets are fetched, by CONNECT (RFC 9110 §9.3.6). TLS runs
/// through the tunnel to the host itself, so the proxy sees neither the path nor the content.
/// </summary>
internal sealed class OutboundProxy
{
    private const int MaxResponseBytes = 8 * 1024;

    private readonly Uri address;

    private OutboundProxy(Uri address) => this.address = address;

    public string Host => address.Host;

    public int Port => address.Port;

    /// <summary>Returns null when no proxy is set. The value may contain a password, so no message repeats it.</summary>
    /// <exception cref="UnusableSetting">The setting is not the URL of a proxy.</exception>
    public static OutboundProxy? Parse(string? setting) =>
        setting is null ? null
        : Uri.TryCreate(setting, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0
            && uri.PathAndQuery is "/" or "" && uri.Fragment.Length == 0
            ? new OutboundProxy(uri)
            : throw new UnusableSetting(
                "Cimd:Proxy must be the URL of an HTTP proxy without a path, for example http://proxy.example.com:3128.");

    /// <summary>Opens a tunnel through a connection to the proxy.</summary>
    /// <param name="target">An address or a host name, with its port.</param>
    /// <exception cref="ProxyRefused">The proxy did not open the tunnel.</exception>
    public async Task<Stream> OpenTunnelAsync(Stream toProxy, string target, CancellationToken cancellationToken)
    {
        var stream = toProxy;
        try
        {
            if (address.Scheme == "https")
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost }, cancellationToken);
            }

            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo)));
            var authorization = credentials.Length > 0 ? $"Proxy-Authorization: Basic {credentials}\r\n" : "";
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n"), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            var status = StatusOf(await ReadHeadAsync(stream, cancellationToken));
            return status is >= 200 and < 300 ? stream : throw new ProxyRefused(status);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads byte by byte, because what follows the empty line belongs to the tunnel.</summary>
    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[MaxResponseBytes];
        for (var length = 0; length < head.Length; length++)
        {
            await stream.ReadExactlyAsync(head.AsMemory(length, 1), cancellationToken);
            if (head.AsSpan(0, length + 1).EndsWith("\r\n\r\n"u8))
            {
                return Encoding.ASCII.GetString(head, 0, length);
            }
        }

        throw new ProxyRefused(status: null);
    }

    private static int? StatusOf(string head) =>
        head.Split(' ') is ["HTTP/1.0" or "HTTP/1.1", var status, ..] && int.TryParse(status, out var code) ? code : null;
}

/// <summary>The proxy answered with another status than success, or not in HTTP.</summary>
internal sealed class ProxyRefused(int? status) : IOException("The proxy did not open a tunnel.")
{
    public int? Status => status;
}
