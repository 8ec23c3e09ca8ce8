using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Server.Tests.ScalekitImport;

/// <summary>
/// Responds as Scalekit's management REST API does: in protobuf's JSON, where an int64 is a string and unset fields may be absent.
/// </summary>
internal sealed class FakeScalekit : IAsyncDisposable
{
    public const string ClientId = "skc_58271936450723841";
    public const string ClientSecret = "test_a-secret-as-Scalekit-would-give-one";

    private const string Clients =
        """
        { "clients": [
            { "client_id": "m2m_1001", "name": "Nightly report", "description": "Runs at night", "scopes": ["notes:read"],
              "audience": ["https://mcp.acme.example"], "expiry": "172800",
              "custom_claims": [{ "key": "team", "value": "reports: nightly" }],
              "secrets": [{ "id": "sec_1", "secret_suffix": "abcd", "status": "ACTIVE" }], "resource_id": "res_1" },
            { "client_id": "m2m_1002", "name": "Desktop", "redirect_uris": ["http://127.0.0.1/callback"],
              "scopes": [], "custom_claims": [], "expiry": "0" },
            { "client_id": "m2m_1003", "name": "Registered", "redirect_uris": ["http://127.0.0.1/callback"], "is_dcr": true },
            { "client_id": "https://client.example/oauth.json", "name": "Described", "is_cimd": true,
              "metadata_uri": "https://client.example/oauth.json" } ],
          "total_dcr_clients": 2, "total_static_clients": 2 }
        """;

    private static readonly string[] Resources =
    [
        """
        { "id": "res_1", "name": "Notes", "resource_uri": "https://mcp.acme.example/mcp", "description": "Acme: notes",
          "resource_type": "MCP_SERVER", "disable_dynamic_client_registration": true,
          "access_token_expiry": "172800", "refresh_token_expiry": "1209600", "enable_cimd": true,
          "intersect_scopes_user_permission": true, "create_time": "2026-01-02T03:04:05Z",
          "scopes": [{ "id": "scp_1", "name": "notes:read", "description": "Read your notes", "enabled": true },
            { "id": "scp_2", "name": "notes:write", "enabled": false }, { "name": "openid", "enabled": true }],
          "connection_details": { "id": "conn_1", "type": "CUSTOM", "status": "COMPLETED", "enabled": true,
            "settings": { "authorize_uri": "https://app.acme.example/login" } } }
        """,
        """
        { "id": "res_2", "name": "Files", "resource_uri": "https://files.acme.example/mcp", "resource_type": "MCP_SERVER",
          "connection_details": { "id": "conn_1", "type": "CUSTOM", "enabled": true, "settings": {} } }
        """,
        """{ "id": "res_3", "name": "The website", "resource_uri": "https://www.acme.example", "resource_type": "WEB" }""",
        """{ "id": "res_4", "name": "Unfinished", "resource_uri": "", "resource_type": "MCP_SERVER", "scopes": null }""",
        """
        { "id": "res_5", "name": "Search: #1", "resource_uri": "https://search.acme.example/mcp", "resource_type": "MCP_SERVER",
          "enable_cimd": null, "provider": "acme" }
        """,
    ];

    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> requests = new();

    private FakeScalekit(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    /// <summary>An error that a test injects: the path and its response.</summary>
    public (string Path, RequestDelegate Answer)? Fault { get; set; }

    /// <summary>Every request, in order.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    public static async Task<FakeScalekit> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var fake = new FakeScalekit(builder.Build());
        fake.app.Run(fake.AnswerAsync);
        await fake.app.StartAsync();
        return fake;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var (request, path) = (http.Request, http.Request.Path.Value!);
        requests.Enqueue($"{request.Method} {path}{request.QueryString}");
        if (Fault is { } fault && fault.Path == path)
        {
            await fault.Answer(http);
            return;
        }

        if (path == "/oauth/token")
        {
            var form = await request.ReadFormAsync();
            var isRight = form["grant_type"] == "client_credentials" && form["client_id"] == ClientId
                && form["client_secret"] == ClientSecret;
            await WriteAsync(http, isRight ? 200 : 401, isRight
                ? """{ "access_token": "eyToken", "token_type": "Bearer", "expires_in": 86399 }"""
                : """{ "error": "invalid_client" }""");
        }
        else if (request.Headers.Authorization != "Bearer eyToken")
        {
            await WriteAsync(http, 401, """{ "code": 16, "message": "unauthenticated" }""");
        }
        else if (path == "/api/v1/resources")
        {
            // Two per page, so that there are several pages.
            var start = request.Query["page_token"] is [{ Length: > 0 } token] ? int.Parse(token[1..]) : 0;
            var next = start + 2 < Resources.Length ? $"p{start + 2}" : "";
            var page = string.Join(',', Resources.Skip(start).Take(2));
            await WriteAsync(
                http,
                200,
                $$"""{ "total_size": {{Resources.Length}}, "next_page_token": "{{next}}", "resources": [{{page}}],"""
                + """ "prev_page_token": "" }""");
        }
        else if (path == "/api/v1/scopes")
        {
            await WriteAsync(
                http,
                200,
                """{ "scopes": [{ "id": "scp_2", "name": "notes:write", "description": "Change your notes", "enabled": true }] }""");
        }
        else
        {
            await WriteAsync(http, 200, path == "/api/v1/resources/res_1/clients" ? Clients : "{}");
        }
    }

    private static async Task WriteAsync(HttpContext http, int status, string json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(json);
    }
}
