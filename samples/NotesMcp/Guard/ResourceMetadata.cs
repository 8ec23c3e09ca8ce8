using System.Text.Json.Serialization;
using NotesMcp.Notes;

namespace NotesMcp.Guard;

/// <summary>Protected-resource metadata (RFC 9728 §2): which authorization server an MCP client must ask.</summary>
internal sealed record ResourceMetadata(
    [property: JsonPropertyName("resource")] string Resource,
    [property: JsonPropertyName("resource_name")] string ResourceName,
    [property: JsonPropertyName("authorization_servers")] IReadOnlyList<string> AuthorizationServers,
    [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> ScopesSupported,
    [property: JsonPropertyName("bearer_methods_supported")] IReadOnlyList<string> BearerMethodsSupported);

internal static class ResourceMetadataEndpoint
{
    /// <summary>At the place the RFC names, and at the root, where clients look that have seen no 401 yet.</summary>
    public static void MapResourceMetadata(this IEndpointRouteBuilder routes, NotesSettings settings)
    {
        var metadata = new ResourceMetadata(settings.ResourceUri.OriginalString, "Acme Notes", [settings.Issuer], NoteScopes.All, ["header"]);
        routes.MapGet(settings.MetadataPath, () => metadata);
        routes.MapGet("/.well-known/oauth-protected-resource", () => metadata);
    }
}
