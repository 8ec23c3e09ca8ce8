using System.Security.Claims;
using System.Text.Json;
using NotesMcp.Notes;

namespace NotesMcp.Auth;

/// <summary>
/// Reads the tools that a request calls, and responds with 403 before a tool runs if the token lacks one of their scopes. This gives the
/// client a challenge that it understands; the tools themselves check the scope again.
/// </summary>
internal sealed class ToolScopeMiddleware(RequestDelegate next, NotesSettings settings)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.Path == settings.McpPath
            && context.User.Identity?.IsAuthenticated == true)
        {
            var granted = ScopesOf(context.User);
            var needed = await NeededScopesAsync(context.Request, context.RequestAborted);
            if (!needed.IsSubsetOf(granted))
            {
                Challenge.InsufficientScope(
                    context.Response, settings, NoteScopes.All.Where(scope => granted.Contains(scope) || needed.Contains(scope)));
                return;
            }
        }

        await next(context);
    }

    public static HashSet<string> ScopesOf(ClaimsPrincipal user) =>
        new((user.FindFirstValue("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    private static async Task<HashSet<string>> NeededScopesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        request.EnableBuffering();
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: cancellationToken);

            // An array is a batch (MCP 2025-03-26): it gets one 403, because a response has one status.
            var messages =
                body.RootElement.ValueKind == JsonValueKind.Array ? body.RootElement.EnumerateArray().ToArray() : [body.RootElement];
            foreach (var message in messages)
            {
                if (ToolOf(message) is { } tool && NoteScopes.OfTool(tool) is { } scope)
                {
                    needed.Add(scope);
                }
            }
        }
        catch (JsonException)
        {
            // Not valid JSON: the MCP endpoint reports the error.
        }

        request.Body.Position = 0;
        return needed;
    }

    private static string? ToolOf(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object
        && message.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String && method.ValueEquals("tools/call")
        && message.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;
}
