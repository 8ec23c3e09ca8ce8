using System.Text.Json;
using Clients.Programs;
using Demo.Walk;

namespace Clients.Scalekit;

/// <summary>A company whose application speaks to Latchkey through Scalekit's SDK, and an MCP client that wants in.</summary>
internal sealed class ScalekitApp : IAsyncDisposable
{
    private static readonly Uri RedirectUri = new("http://127.0.0.1:33418/callback");

    private readonly LatchkeyServer server;
    private readonly NodeProgram app;
    private readonly string folder = Directory.CreateTempSubdirectory("lksk").FullName;
    private readonly List<NodeProgram> clients = [];

    private ScalekitApp(LatchkeyServer server, NodeProgram app, string resourceId, string resourceUri, string connectionId)
    {
        (this.server, this.app) = (server, app);
        (ResourceId, ResourceUri, ConnectionId) = (resourceId, resourceUri, connectionId);
        Browser = new HeadlessBrowser(log: null, server.NewHandler().SslOptions);
    }

    public string ResourceId { get; }

    public string ResourceUri { get; }

    public string ConnectionId { get; }

    public string Issuer => $"{server.BaseUrl}/resources/{ResourceId}";

    /// <summary>The person's.</summary>
    public HeadlessBrowser Browser { get; }

    /// <param name="server">Where it is registered.</param>
    /// <param name="verification"><c>required</c>: the application appends <c>auth_request_id</c>; <c>state_only</c>: it does not know of it.</param>
    /// <param name="algorithm">That signs the resource's tokens.</param>
    /// <param name="secret">What the application believes its secret to be; null: what it is.</param>
    /// <param name="role">Of its credential.</param>
    public static async Task<ScalekitApp> StartAsync(LatchkeyServer server, string verification = "required", string algorithm = "RS256", string? secret = null, string role = "login")
    {
        var ports = Places.FreePorts(2);
        var resourceUri = $"http://localhost:{ports[0]}/mcp";
        var resource = await server.Operator.SendAsync(
            HttpMethod.Post, "/api/v1/resources", new { name = "Notes", resource_uri = resourceUri, scopes = new[] { "notes:read", "notes:write" }, signing_algorithm = algorithm });
        var resourceId = resource.GetProperty("resource").GetProperty("id").GetString()!;
        var connection = await server.Operator.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{resourceId}/connections", new { login_url = $"http://127.0.0.1:{ports[1]}/login", callback_verification = verification });
        var connectionId = connection.GetProperty("connection").GetProperty("id").GetString()!;
        var credential = await server.Operator.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "App", role, connection_ids = role == "login" ? new[] { connectionId } : [] });

        string[] arguments = [server.BaseUrl, credential.GetProperty("client").GetProperty("client_id").GetString()!, connectionId, $"{ports[1]}"];
        var started = NodeProgram.Start(
            "scalekit-app",
            verification == "required" ? [.. arguments, "proof"] : arguments,
            [("CLIENT_SECRET", secret ?? credential.GetProperty("plain_secret").GetString()!), .. server.Trust]);
        await started.HearAsync();
        return new(server, started, resourceId, resourceUri, connectionId);
    }

    /// <summary>The SDK threw this exception, for this answer.</summary>
    public static void Refused(Step step, string exception, int grpcStatus, int httpStatus, string errorCode) =>
        Assert.Equal((exception, grpcStatus, httpStatus, errorCode), (step.Error?.Name, step.Error?.GrpcStatus, step.Error?.HttpStatus, step.Error?.ErrorCode));

    public Task<Step> AskAsync(string step, object? given = null) => app.AskAsync(step, given);

    public Task<Step> MustAsync(string step, object? given = null) => app.MustAsync(step, given);

    /// <summary>An MCP client asks to be let in.</summary>
    public async Task<Visitor> AskedAsync()
    {
        var store = Path.Combine(folder, $"{clients.Count}.json");
        var client = NodeProgram.Start("mcp-client", [ResourceUri, store, $"{server.BaseUrl}/.well-known/oauth-protected-resource/{ResourceId}"], server.Trust);
        clients.Add(client);
        return new(client, store, (await client.MustAsync("authorize", new { scope = "notes:read notes:write" })).Asked);
    }

    /// <summary>A sign-in that has come as far as the application's login page.</summary>
    /// <returns>The page, and the login request it is about.</returns>
    public async Task<(BrowserPage Page, string LoginRequest, string State)> ArriveAsync(Uri asked)
    {
        var page = await Browser.OpenAsync(asked, landing: null, CancellationToken.None);
        Assert.True(page.HasForm("continue"), $"{page.Url} {page.Heading} {page.ErrorCode}");
        return (page, page.Query["login_request_id"], page.Query["state"]);
    }

    /// <summary>The click at the login page, with which the application reports and sends the browser back.</summary>
    /// <returns>The consent page.</returns>
    public async Task<BrowserPage> ContinueAsync(BrowserPage loginPage)
    {
        var page = await Browser.SubmitAsync(loginPage, "continue", typed: null, untick: null, button: null, landing: null, CancellationToken.None);
        Assert.True(page.HasForm("consent"), $"{page.Url} {page.Heading} {page.ErrorCode}");
        return page;
    }

    /// <summary>The click on Allow.</summary>
    /// <returns>Where it led: the client's redirect URI.</returns>
    public async Task<BrowserPage> DecideAsync(BrowserPage consent)
    {
        var landed = await Browser.SubmitAsync(consent, "consent", typed: null, untick: null, "allow", RedirectUri, CancellationToken.None);
        Assert.True(landed.HasLanded, $"{landed.Url} {landed.Heading} {landed.ErrorCode}");
        return landed;
    }

    /// <summary>The click on Allow, and what the client makes of it.</summary>
    /// <returns>The access token.</returns>
    public async Task<string> AllowAsync(BrowserPage consent, Visitor visitor)
    {
        await visitor.Client.MustAsync("finish", new { redirect = (await DecideAsync(consent)).Url });
        return JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(visitor.Store)).GetProperty("tokens").GetProperty("access_token").GetString()!;
    }

    /// <summary>The whole way.</summary>
    public async Task<string> TokenAsync()
    {
        var visitor = await AskedAsync();
        return await AllowAsync(await ContinueAsync((await ArriveAsync(visitor.Asked)).Page), visitor);
    }

    /// <summary>Opens an address that leads to the client, the error it carries included.</summary>
    public async Task<Step> LandAsync(Uri address, Visitor visitor)
    {
        var landed = await Browser.OpenAsync(address, RedirectUri, CancellationToken.None);
        Assert.True(landed.HasLanded, $"{landed.Url} {landed.Heading} {landed.ErrorCode}");
        return await visitor.Client.AskAsync("finish", new { redirect = landed.Url });
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await app.DisposeAsync();
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>An MCP client and the authorization request it made.</summary>
/// <param name="Store">The file in which it keeps its tokens.</param>
internal sealed record Visitor(NodeProgram Client, string Store, Uri Asked);
