using System.Text.Json;
using Clients.Programs;
using Demo.Walk;

namespace Clients.Scalekit;

/// <summary>A company's application that uses Latchkey through Scalekit's SDK, and the MCP clients that ask for access.</summary>
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

    /// <summary>The user's browser.</summary>
    public HeadlessBrowser Browser { get; }

    /// <param name="server">The server at which the application is registered.</param>
    /// <param name="verification"><c>required</c>, where the application appends <c>auth_request_id</c> to the callback; or
    /// <c>state_only</c>, where it does not.</param>
    /// <param name="algorithm">The signing algorithm of the resource's tokens.</param>
    /// <param name="secret">The secret that the application sends; null stands for the right one.</param>
    /// <param name="role">The role of its credential.</param>
    public static async Task<ScalekitApp> StartAsync(
        LatchkeyServer server, string verification = "required", string algorithm = "RS256", string? secret = null, string role = "login")
    {
        var ports = TestEnvironment.FreePorts(2);
        var resourceUri = $"http://localhost:{ports[0]}/mcp";
        var resource = await server.Operator.SendAsync(
            HttpMethod.Post, "/api/v1/resources",
            new
            {
                name = "Notes",
                resource_uri = resourceUri,
                scopes = new[] { "notes:read", "notes:write" },
                default_scopes = new[] { "notes:read", "notes:write" },
                signing_algorithm = algorithm
            });
        var resourceId = resource.GetProperty("resource").GetProperty("id").GetString()!;
        var connection = await server.Operator.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{resourceId}/connections",
            new { login_url = $"http://127.0.0.1:{ports[1]}/login", callback_verification = verification });
        var connectionId = connection.GetProperty("connection").GetProperty("id").GetString()!;
        var credential = await server.Operator.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "App", role, connection_ids = role == "login" ? new[] { connectionId } : [] });

        string[] arguments =
            [server.BaseUrl, credential.GetProperty("client").GetProperty("client_id").GetString()!, connectionId, $"{ports[1]}"];
        var started = NodeProgram.Start(
            "scalekit-app",
            verification == "required" ? [.. arguments, "proof"] : arguments,
            [("CLIENT_SECRET", secret ?? credential.GetProperty("plain_secret").GetString()!), .. server.Trust]);
        await started.ReadResultAsync();
        return new(server, started, resourceId, resourceUri, connectionId);
    }

    /// <summary>Checks the SDK's exception and the server's error in it.</summary>
    public static void ExpectError(StepResult step, string exception, int grpcStatus, int httpStatus, string errorCode) =>
        Assert.Equal(
            (exception, grpcStatus, httpStatus, errorCode),
            (step.Error?.Name, step.Error?.GrpcStatus, step.Error?.HttpStatus, step.Error?.ErrorCode));

    public Task<StepResult> RunAsync(string step, object? arguments = null) => app.RunAsync(step, arguments);

    public Task<StepResult> SucceedAsync(string step, object? arguments = null) => app.SucceedAsync(step, arguments);

    /// <summary>Starts an MCP client that makes an authorization request.</summary>
    public async Task<PendingAuthorization> RequestAuthorizationAsync()
    {
        var store = Path.Combine(folder, $"{clients.Count}.json");
        var client = NodeProgram.Start(
            "mcp-client", [ResourceUri, store, $"{server.BaseUrl}/.well-known/oauth-protected-resource/{ResourceId}"], server.Trust);
        clients.Add(client);
        return new(client, store, (await client.SucceedAsync("authorize", new { scope = "notes:read notes:write" })).AuthorizationUrl);
    }

    /// <summary>Opens an authorization request up to the application's login page.</summary>
    /// <returns>The page and its login request.</returns>
    public async Task<(BrowserPage Page, string LoginRequest, string State)> OpenLoginPageAsync(Uri asked)
    {
        var page = await Browser.OpenAsync(asked, landing: null, CancellationToken.None);
        Assert.True(page.HasForm("continue"), $"{page.Url} {page.Heading} {page.ErrorCode}");
        return (page, page.Query["login_request_id"], page.Query["state"]);
    }

    /// <summary>Clicks Continue on the login page; the application reports the login and redirects the browser.</summary>
    /// <returns>The consent page.</returns>
    public async Task<BrowserPage> ContinueAsync(BrowserPage loginPage)
    {
        var page = await Browser.SubmitAsync(
            loginPage, "continue", typed: null, untick: null, button: null, landing: null, CancellationToken.None);
        Assert.True(page.HasForm("consent"), $"{page.Url} {page.Heading} {page.ErrorCode}");
        return page;
    }

    /// <summary>Clicks Allow.</summary>
    /// <returns>The page at the client's redirect URI.</returns>
    public async Task<BrowserPage> DecideAsync(BrowserPage consent)
    {
        var landed = await Browser.SubmitAsync(consent, "consent", typed: null, untick: null, "allow", RedirectUri, CancellationToken.None);
        Assert.True(landed.HasLanded, $"{landed.Url} {landed.Heading} {landed.ErrorCode}");
        return landed;
    }

    /// <summary>Clicks Allow and lets the client redeem the code.</summary>
    /// <returns>The access token.</returns>
    public async Task<string> AllowAsync(BrowserPage consent, PendingAuthorization pending)
    {
        await pending.Client.SucceedAsync("finish", new { redirect = (await DecideAsync(consent)).Url });
        return JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(pending.Store)).GetProperty("tokens")
            .GetProperty("access_token").GetString()!;
    }

    /// <summary>Completes a whole login and returns the access token.</summary>
    public async Task<string> TokenAsync()
    {
        var pending = await RequestAuthorizationAsync();
        return await AllowAsync(await ContinueAsync((await OpenLoginPageAsync(pending.AuthorizationUrl)).Page), pending);
    }

    /// <summary>Opens a URL that redirects to the client, and passes the response to the client.</summary>
    public async Task<StepResult> OpenForClientAsync(Uri address, PendingAuthorization pending)
    {
        var landed = await Browser.OpenAsync(address, RedirectUri, CancellationToken.None);
        Assert.True(landed.HasLanded, $"{landed.Url} {landed.Heading} {landed.ErrorCode}");
        return await pending.Client.RunAsync("finish", new { redirect = landed.Url });
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
/// <param name="Store">The file in which the client keeps its tokens.</param>
internal sealed record PendingAuthorization(NodeProgram Client, string Store, Uri AuthorizationUrl);
