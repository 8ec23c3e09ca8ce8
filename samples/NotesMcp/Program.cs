using Microsoft.AspNetCore.Authentication;
using ModelContextProtocol.Protocol;
using NotesMcp;
using NotesMcp.Auth;
using NotesMcp.Notes;

// An MCP server whose tools work on the notes of the signed-in user. Latchkey issues the tokens; this program validates them:
// 1. without a valid token: 401 with the URL of the protected-resource metadata (RFC 9728 §5.1);
// 2. a tool whose scope the token lacks: 403 insufficient_scope before the tool runs, so that the client can ask for it (RFC 6750 §3.1);
// 3. otherwise the tool runs for the token's user (connection_id, sub).
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
var settings = NotesSettings.From(builder.Configuration);
builder.WebHost.UseUrls(settings.ListenUrl);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 1024 * 1024);

builder.Services.AddSingleton(settings);
builder.Services.AddSingleton<NoteStore>();
builder.Services.AddLatchkeyTokens(settings);
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .AllowAnyOrigin()
    .AllowAnyHeader()
    .WithMethods("GET", "POST", "DELETE")
    .WithExposedHeaders("WWW-Authenticate", "Mcp-Session-Id")));
builder.Services
    .AddMcpServer(server => server.ServerInfo = new Implementation { Name = "notes", Title = "Acme Notes", Version = "1.0.0" })
    .WithHttpTransport()
    .WithTools<NoteTools>();

var app = builder.Build();
app.UseRouting();
app.UseCors();
app.UseAuthentication();

// Clients probe with GET or HEAD before they have a token, and look for the challenge. It comes before 405 Method Not Allowed.
app.Use(async (context, next) =>
{
    if (context.Request.Path == settings.McpPath && context.User.Identity?.IsAuthenticated != true)
    {
        await context.ChallengeAsync();
        return;
    }

    await next(context);
});
app.UseAuthorization();
app.UseMiddleware<ToolScopeMiddleware>();

app.MapMcp(settings.McpPath).RequireAuthorization();
app.MapResourceMetadata(settings);
app.MapGet("/healthz", () => "NotesMcp");
app.MapGet("/", () => $"An MCP server. Add {settings.ResourceUri} to an MCP client.");
app.Run();
