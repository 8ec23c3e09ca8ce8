using Clients.Programs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Clients.Browser;

/// <summary>The web server of a browser client: it serves static files.</summary>
internal sealed class PageSite : IAsyncDisposable
{
    private readonly WebApplication app;

    private PageSite(WebApplication app) => this.app = app;

    /// <summary>The origin is on 127.0.0.1 while Latchkey is on localhost: another site, not only another origin.</summary>
    public string Origin => app.Urls.Single();

    public static async Task<PageSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        var site = builder.Build();
        site.UseFileServer(new FileServerOptions { FileProvider = new PhysicalFileProvider(TestEnvironment.Of("Page")) });
        await site.StartAsync();
        return new PageSite(site);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
