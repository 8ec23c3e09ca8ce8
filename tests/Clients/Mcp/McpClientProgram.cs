using System.Net;
using System.Text.Json;
using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

/// <summary>One process of <c>mcp-client.mjs</c>, what it keeps, and the person whose browser it opens.</summary>
internal sealed class McpClientProgram : IAsyncDisposable
{
    public static readonly Uri RedirectUri = new("http://127.0.0.1:33418/callback");

    private readonly string storeFile;
    private readonly NodeProgram node;

    private McpClientProgram(string storeFile, NodeProgram node) => (this.storeFile, this.node) = (storeFile, node);

    /// <summary>What it keeps for its next start.</summary>
    public JsonElement Kept => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(storeFile));

    public string ClientId => Kept.GetProperty("client").GetProperty("client_id").GetString()!;

    public string Scope => Kept.GetProperty("tokens").GetProperty("scope").GetString()!;

    public string AccessToken => Kept.GetProperty("tokens").GetProperty("access_token").GetString()!;

    public string RefreshToken => Kept.GetProperty("tokens").GetProperty("refresh_token").GetString()!;

    /// <param name="kept">What another process left; null: this program was never here.</param>
    /// <param name="metadataUrl">Where its client ID metadata document is; null: it registers.</param>
    public static McpClientProgram Start(string serverUrl, JsonElement? kept = null, string? metadataUrl = null)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("lkmcp").FullName, "store.json");
        if (kept is { } former)
        {
            File.WriteAllText(file, former.GetRawText());
        }

        return new(file, NodeProgram.Start("mcp-client", [serverUrl, file], metadataUrl is null ? [] : [("CLIENT_METADATA_URL", metadataUrl)]));
    }

    /// <summary>Connects for the first time: opens the browser, waits for the person's answer, connects again.</summary>
    /// <param name="untick">What the person does not allow.</param>
    public static async Task<McpClientProgram> ConnectedAsync(DemoTrio demo, DemoUser person, params string[] untick)
    {
        var client = Start(demo.NotesUrl);
        var refused = await client.AskAsync("connect");
        await client.MustAsync("finish", new { redirect = await AllowAsync(person, refused.Asked, untick) });
        await client.MustAsync("connect");
        return client;
    }

    /// <summary>What the person does in the browser that the client opened.</summary>
    /// <returns>The redirect URI with the answer.</returns>
    public static async Task<Uri> AllowAsync(DemoUser person, Uri asked, params string[] untick)
    {
        using var browser = new HeadlessBrowser();
        return (await new BrowserSignIn(browser, person).AllowAsync(asked, RedirectUri, untick, CancellationToken.None)).Url;
    }

    public Task<Step> AskAsync(string step, object? given = null) => node.AskAsync(step, given);

    public Task<Step> MustAsync(string step, object? given = null) => node.MustAsync(step, given);

    public Task<Step> CallAsync(string tool, object? arguments = null) => node.AskAsync("call", new { tool, arguments = arguments ?? new { } });

    /// <summary>Ends the grant, as a program does when its person signs out (RFC 7009).</summary>
    public async Task RevokeAsync(DemoTrio demo)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync($"{demo.Issuer}/oauth/revoke", new FormUrlEncodedContent([new("token", RefreshToken), new("client_id", ClientId)]));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Waits until NotesMcp no longer takes the access token, its tolerance for clocks included.</summary>
    public async Task OutliveAccessTokenAsync()
    {
        var refusedFrom = DateTimeOffset.FromUnixTimeSeconds(Jwt.Claims(AccessToken).GetProperty("exp").GetInt64()) + DemoTrio.NotesClockSkew + TimeSpan.FromSeconds(1);
        var wait = refusedFrom - TimeProvider.System.GetUtcNow();
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        await node.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(storeFile)!, recursive: true);
    }
}
