using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A web host on which clients publish their metadata documents, over HTTPS with a certificate authority of its own.</summary>
public sealed class ClientHost : IAsyncDisposable
{
    private readonly X509Certificate2 authority;
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, RequestDelegate> pages = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> fetches = new(StringComparer.Ordinal);

    private ClientHost(bool isExpired)
    {
        authority = NewAuthority();
        var certificate = NewCertificate(authority, isExpired);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, o => o.UseHttps(certificate)));
        app = builder.Build();
        app.Run(http =>
        {
            var page = $"{http.Request.Host.Host}{http.Request.Path}";
            fetches.AddOrUpdate(page, 1, static (_, n) => n + 1);
            return pages.TryGetValue(page, out var response) ? response(http) : Status(http, 404);
        });
    }

    public int Port => new Uri(app.Urls.First()).Port;

    public string AuthorityPem => authority.ExportCertificatePem();

    /// <param name="isExpired">Whether the certificate expired an hour ago.</param>
    public static async Task<ClientHost> StartAsync(bool isExpired = false)
    {
        var host = new ClientHost(isExpired);
        await host.app.StartAsync();
        return host;
    }

    /// <summary>Sets the response of a URL. <paramref name="page"/> is host and path.</summary>
    public void Publish(string page, RequestDelegate response) => pages[page] = response;

    public void Publish(string page, object document, string? cacheControl = null) => Publish(page, http =>
    {
        http.Response.Headers.CacheControl = cacheControl;
        return http.Response.WriteAsJsonAsync(document);
    });

    public int FetchesOf(string page) => fetches.GetValueOrDefault(page);

    public static Task Status(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        authority.Dispose();
    }

    private static X509Certificate2 NewAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Clients of the tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 NewCertificate(X509Certificate2 authority, bool isExpired)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=client.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in new[] { "client.example", "other.example", "chatgpt.com", "claude.ai" })
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.Create(authority, now.AddHours(-2), now.AddHours(isExpired ? -1 : 20), [1, 2, 3, 4]);
        return signed.CopyWithPrivateKey(key);
    }
}
