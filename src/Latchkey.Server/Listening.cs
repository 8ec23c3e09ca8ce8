using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Server.Keys;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Latchkey.Server;

/// <summary>Where the server listens, and the limits every connection has.</summary>
internal static class Listening
{
    private const int MaxRequestLineBytes = 32 * 1024;
    private const int MaxHeadersBytes = 64 * 1024;
    private const long MaxBodyBytes = 256 * 1024;

    public static void Configure(KestrelServerOptions kestrel, Settings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeadersBytes;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        var certificate = settings is { TlsCertificateFile: { } certificateFile, TlsKeyFile: { } keyFile } ? X509Certificate2.CreateFromPemFile(certificateFile, keyFile) : null;
        foreach (var url in Urls(settings))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new UnusableSetting($"Listen holds '{url}'; it must be http://address:port or https://address:port, several separated by ';'.");
            }

            Action<ListenOptions> tls = uri.Scheme == "https"
                ? options => options.UseHttps(certificate ?? throw new UnusableSetting($"Listen holds '{url}', so Tls:CertificateFile and Tls:KeyFile are needed."))
                : static options => options.Protocols = HttpProtocols.Http1;
            if (uri.Host is "localhost")
            {
                kestrel.ListenLocalhost(uri.Port, tls);
            }
            else
            {
                kestrel.Listen(AddressOf(uri, url), uri.Port, tls);
            }
        }
    }

    private static IPAddress AddressOf(Uri uri, string url) => IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address)
        ? address
        : throw new UnusableSetting($"Listen holds '{url}'; give an IP address of this machine, or 0.0.0.0 for all of them.");

    /// <summary>127.0.0.1 and [::1] at the base URL's port unless told otherwise. Behind a proxy the base URL's port is not ours: then Listen is set.</summary>
    private static IReadOnlyList<string> Urls(Settings settings) =>
        settings.Listen.Count > 0 ? settings.Listen : [$"{new Uri(settings.BaseUrl).Scheme}://localhost:{new Uri(settings.BaseUrl).Port}"];
}
