using System.Security.Claims;
using System.Text.Json;
using NotesMcp.Notes;

namespace NotesMcp.Guard;

/// <summary>
/// Looks into a request for the tools it calls, and answers 403 before anything runs when the token lacks one of their scopes.
/// The tools check again by themselves: this gate is for the client's sake, theirs is the lock.
/// </summary>
internal sealed class ToolScopeGate(RequestDelegate next, NotesSettings settings)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.Path == settings.McpPath && context.User.Identity?.IsAuthenticated == true)
        {
            var granted = ScopesOf(context.User);
            var needed = await NeededScopesAsync(context.Request, context.RequestAborted);
            if (!needed.IsSubsetOf(granted))
            {
                Challenge.InsufficientScope(context.Response, settings, NoteScopes.All.Where(scope => granted.Contains(scope) || needed.Contains(scope)));
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

            // An array is a batch (MCP 2025-03-26): one 403 for all, as the answer's status can be only one.
            var messages = body.RootElement.ValueKind == JsonValueKind.Array ? body.RootElement.EnumerateArray().ToArray() : [body.RootElement];
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
            // Not for the gate to answer: the MCP endpoint says what is wrong with the message.
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
