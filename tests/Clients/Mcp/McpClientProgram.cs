using System.Net;
using System.Text.Json;
using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

/// <summary>A process of <c>mcp-client.mjs</c>, its stored state, and the browser of its user.</summary>
internal sealed class McpClientProgram : IAsyncDisposable
{
    public static readonly Uri RedirectUri = new("http://127.0.0.1:33418/callback");

    private readonly string storeFile;
    private readonly NodeProgram node;

    private McpClientProgram(string storeFile, NodeProgram node) => (this.storeFile, this.node) = (storeFile, node);

    /// <summary>The state that the process stores for its next start.</summary>
    public JsonElement Kept => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(storeFile));

    public string ClientId => Kept.GetProperty("client").GetProperty("client_id").GetString()!;

    public string Scope => Kept.GetProperty("tokens").GetProperty("scope").GetString()!;

    public string AccessToken => Kept.GetProperty("tokens").GetProperty("access_token").GetString()!;

    public string RefreshToken => Kept.GetProperty("tokens").GetProperty("refresh_token").GetString()!;

    /// <param name="kept">The state of another process; null for a new client.</param>
    /// <param name="metadataUrl">The URL of its client ID metadata document; null for a client that registers.</param>
    public static McpClientProgram Start(string serverUrl, JsonElement? kept = null, string? metadataUrl = null)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("lkmcp").FullName, "store.json");
        if (kept is { } former)
        {
            File.WriteAllText(file, former.GetRawText());
        }

        return new(
            file, NodeProgram.Start("mcp-client", [serverUrl, file], metadataUrl is null ? [] : [("CLIENT_METADATA_URL", metadataUrl)]));
    }

    /// <summary>Connects for the first time: opens the browser, waits for the consent, connects again.</summary>
    /// <param name="untick">The scopes that the user does not allow.</param>
    public static async Task<McpClientProgram> ConnectedAsync(RunningDemo demo, DemoUser person, params string[] untick)
    {
        var client = Start(demo.NotesUrl);
        var refused = await client.RunAsync("connect");
        await client.SucceedAsync("finish", new { redirect = await AllowAsync(person, refused.AuthorizationUrl, untick) });
        await client.SucceedAsync("connect");
        return client;
    }

    /// <summary>Signs in and gives consent in the browser that the client opened.</summary>
    /// <returns>The redirect URI with the authorization response.</returns>
    public static async Task<Uri> AllowAsync(DemoUser person, Uri asked, params string[] untick)
    {
        using var browser = new HeadlessBrowser();
        return (await new BrowserSignIn(browser, person).AllowAsync(asked, RedirectUri, untick, CancellationToken.None)).Url;
    }

    public Task<StepResult> RunAsync(string step, object? arguments = null) => node.RunAsync(step, arguments);

    public Task<StepResult> SucceedAsync(string step, object? arguments = null) => node.SucceedAsync(step, arguments);

    public Task<StepResult> CallAsync(string tool, object? arguments = null) =>
        node.RunAsync("call", new { tool, arguments = arguments ?? new { } });

    /// <summary>Revokes the grant, as a client does when its user signs out (RFC 7009).</summary>
    public async Task RevokeAsync(RunningDemo demo)
    {
        using var http = new HttpClient();
        using var response = await http.PostAsync(
            $"{demo.Issuer}/oauth/revoke", new FormUrlEncodedContent([new("token", RefreshToken), new("client_id", ClientId)]));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Waits until NotesMcp no longer accepts the access token, including its clock skew.</summary>
    public async Task WaitForExpiryAsync()
    {
        var refusedFrom = DateTimeOffset.FromUnixTimeSeconds(Jwt.Claims(AccessToken).GetProperty("exp").GetInt64())
            + RunningDemo.NotesClockSkew + TimeSpan.FromSeconds(1);
        var wait = refusedFrom - TimeProvider.System.GetUtcNow();
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        await node.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(storeFile)!, recursive: true);
    }
}
