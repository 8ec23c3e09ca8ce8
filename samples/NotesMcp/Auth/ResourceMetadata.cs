using System.Text.Json.Serialization;
using NotesMcp.Notes;

namespace NotesMcp.Auth;

/// <summary>Protected-resource metadata (RFC 9728 §2): tells MCP clients which authorization server to use.</summary>
internal sealed record ResourceMetadata(
    [property: JsonPropertyName("resource")] string Resource,
    [property: JsonPropertyName("resource_name")] string ResourceName,
    [property: JsonPropertyName("authorization_servers")] IReadOnlyList<string> AuthorizationServers,
    [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> ScopesSupported,
    [property: JsonPropertyName("bearer_methods_supported")] IReadOnlyList<string> BearerMethodsSupported);

internal static class ResourceMetadataEndpoint
{
    /// <summary>Serves the metadata at the URL of RFC 9728 and at the root, which clients use before their first 401.</summary>
    public static void MapResourceMetadata(this IEndpointRouteBuilder routes, NotesSettings settings)
    {
        var metadata = new ResourceMetadata(
            settings.ResourceUri.OriginalString, "Acme Notes", [settings.Issuer], NoteScopes.All, ["header"]);
        routes.MapGet(settings.MetadataPath, () => metadata);
        routes.MapGet("/.well-known/oauth-protected-resource", () => metadata);
    }
}
