using NotesMcp.Notes;

namespace NotesMcp.Guard;

/// <summary>
/// What an MCP client is told when its request is refused. No comma stands inside a quoted string: some clients split the header on commas.
/// </summary>
internal static class Challenge
{
    /// <summary>RFC 9728 §5.1 and RFC 6750 §3: where to learn whom to ask, and for what. Without a token no error code is given.</summary>
    public static void Unauthorized(HttpResponse response, NotesSettings settings, bool tokenWasRefused)
    {
        var error = tokenWasRefused ? """error="invalid_token", """ : "";
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = $"""Bearer {error}resource_metadata="{settings.MetadataUrl}", scope="{string.Join(' ', NoteScopes.All)}" """.TrimEnd();
    }

    /// <summary>RFC 6750 §3.1: the token is good and does not reach far enough. Names every scope the next token needs, those already granted included.</summary>
    public static void InsufficientScope(HttpResponse response, NotesSettings settings, IEnumerable<string> scopes)
    {
        response.StatusCode = StatusCodes.Status403Forbidden;
        response.Headers.WWWAuthenticate = $"""Bearer error="insufficient_scope", scope="{string.Join(' ', scopes)}", resource_metadata="{settings.MetadataUrl}" """.TrimEnd();
    }
}
