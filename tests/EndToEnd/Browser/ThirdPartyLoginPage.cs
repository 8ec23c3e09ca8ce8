using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EndToEnd.Programs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace EndToEnd.Browser;

/// <summary>
/// A company's application with a login page written for another server: it takes <c>login_request_id</c> and <c>state</c>, reports the
/// user by REST, and redirects to the callback with <c>state</c> and nothing else. It has its own resource.
/// </summary>
internal sealed class ThirdPartyLoginPage : IAsyncDisposable
{
    private readonly HttpClient backend = new();
    private readonly RunningDemo demo;
    private readonly object user;
    private readonly bool returnsProof;
    private LoopbackSite? site;
    private string clientId = "";
    private string clientSecret = "";

    private ThirdPartyLoginPage(RunningDemo demo, object user, bool returnsProof) =>
        (this.demo, this.user, this.returnsProof) = (demo, user, returnsProof);

    /// <summary>The resource that this login page belongs to.</summary>
    public Resource Resource { get; private set; } = null!;

    /// <param name="verification"><c>state_only</c>, or <c>required</c>, where the callback is refused unless it has the proof.</param>
    /// <param name="resource">Members of the resource besides its URI.</param>
    /// <param name="user">The reported user; null stands for one with the required members only.</param>
    /// <param name="returnsProof">The page redirects to the <c>redirect_uri</c> of the report, as a page written for this server.</param>
    public static async Task<ThirdPartyLoginPage> StartAsync(
        RunningDemo demo, string verification, Dictionary<string, object> resource, object? user = null, bool returnsProof = false)
    {
        var page = new ThirdPartyLoginPage(demo, user ?? new { sub = "1234567890", email = "alice@example.com" }, returnsProof);
        page.site = await LoopbackSite.StartAsync("127.0.0.1", page.ResponseAsync);
        page.Resource = await demo.Operator.CreateResourceAsync(
            new(resource, StringComparer.Ordinal) { ["resource_uri"] = page.site.Origin + "/mcp" },
            new { login_url = page.site.Origin + "/login", callback_verification = verification });
        var created = await demo.Operator.SendAsync(
            HttpMethod.Post,
            "/api/v1/clients",
            new { name = "backend", role = "login", connection_ids = new[] { page.Resource.ConnectionId } });
        page.clientId = created.GetProperty("client").GetProperty("client_id").GetString()!;
        page.clientSecret = created.GetProperty("plain_secret").GetString()!;
        return page;
    }

    public ValueTask DisposeAsync()
    {
        backend.Dispose();
        return site!.DisposeAsync();
    }

    private async Task ResponseAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await LoopbackSite.HtmlAsync(
                context.Response,
                $"<form id=literal method=post action='{context.Request.Path}{context.Request.QueryString}'><button>Log "
                + "in</button></form>");
            return;
        }

        var redirectUri = await ReportAsync(query["login_request_id"]!);
        context.Response.Redirect(returnsProof ? redirectUri : QueryHelpers.AddQueryString(
            $"{demo.BaseUrl}/sso/v1/connections/{Resource.ConnectionId}/partner:callback", "state", query["state"]!));
    }

    private async Task<string> ReportAsync(string loginRequestId)
    {
        using var form = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret)]);
        using var signedIn = await backend.PostAsync($"{demo.BaseUrl}/oauth/token", form);
        var token = (await signedIn.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        using var report = new HttpRequestMessage(
            HttpMethod.Post, $"{demo.BaseUrl}/api/v1/connections/{Resource.ConnectionId}/auth-requests/{loginRequestId}/user")
        {
            Content = JsonContent.Create(user)
        };
        report.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await backend.SendAsync(report);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("redirect_uri").GetString()!;
    }
}
