using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EndToEnd.Browser;

/// <summary>A web server beside Latchkey: for a client's redirect URI, a login page, or an attacker's page.</summary>
internal sealed class LoopbackSite : IAsyncDisposable
{
    private static readonly Lazy<X509Certificate2> Certificate = new(NewCertificate);
    private readonly WebApplication app;

    private LoopbackSite(WebApplication app, string origin) => (this.app, Origin) = (app, origin);

    public string Origin { get; }

    /// <param name="host">The host in its URL: <c>localhost</c> is the same site as Latchkey, <c>127.0.0.1</c> another site, names below
    /// <c>example</c> use https.</param>
    public static async Task<LoopbackSite> StartAsync(string host, RequestDelegate response)
    {
        var isHttps = host.EndsWith(".example", StringComparison.Ordinal);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (isHttps)
            {
                listen.UseHttps(Certificate.Value);
            }
        }));
        var server = builder.Build();
        server.Run(response);
        await server.StartAsync();
        return new LoopbackSite(server, $"{(isHttps ? "https" : "http")}://{host}:{new Uri(server.Urls.Single()).Port}");
    }

    public static Task HtmlAsync(HttpResponse response, string html)
    {
        response.ContentType = "text/html; charset=utf-8";
        return response.WriteAsync("<!doctype html><html lang=en><title>Another site</title>" + html);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=example", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
