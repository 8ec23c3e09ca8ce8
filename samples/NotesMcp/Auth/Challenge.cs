using NotesMcp.Notes;

namespace NotesMcp.Auth;

/// <summary>
/// The <c>WWW-Authenticate</c> header of a refused request. Quoted strings contain no comma,
/// because some clients split the header at commas.
/// </summary>
internal static class Challenge
{
    /// <summary>401 with the metadata URL (RFC 9728 §5.1) and the scopes (RFC 6750 §3).
    /// A request without a token gets no error code.</summary>
    public static void Unauthorized(HttpResponse response, NotesSettings settings, bool tokenWasRefused)
    {
        var error = tokenWasRefused ? """error="invalid_token", """ : "";
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate =
            $"""Bearer {error}resource_metadata="{settings.MetadataUrl}", scope="{string.Join(' ', NoteScopes.All)}" """.TrimEnd();
    }

    /// <summary>RFC 6750 §3.1: the token is valid but lacks a scope. The challenge names every scope of the next token,
    /// including the granted ones.</summary>
    public static void InsufficientScope(HttpResponse response, NotesSettings settings, IEnumerable<string> scopes)
    {
        response.StatusCode = StatusCodes.Status403Forbidden;
        var scope = string.Join(' ', scopes);
        response.Headers.WWWAuthenticate =
            $"""Bearer error="insufficient_scope", scope="{scope}", resource_metadata="{settings.MetadataUrl}" """.TrimEnd();
    }
}
