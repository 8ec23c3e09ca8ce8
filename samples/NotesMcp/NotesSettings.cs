namespace NotesMcp;

/// <summary>The URL of this server and the issuer of its tokens.</summary>
/// <param name="ResourceUri">The URL of this MCP server as registered with Latchkey; tokens must have it as audience.</param>
/// <param name="Issuer">The issuer of the tokens: <c>{base}/resources/{res}</c>.</param>
internal sealed record NotesSettings(Uri ResourceUri, string Issuer)
{
    public string ListenUrl => ResourceUri.GetLeftPart(UriPartial.Authority);

    public string McpPath => ResourceUri.AbsolutePath;

    /// <summary>RFC 9728 §3.1: the well-known part is inserted between host and path.</summary>
    public string MetadataPath => "/.well-known/oauth-protected-resource" + McpPath;

    public Uri MetadataUrl => new(ResourceUri, MetadataPath);

    /// <summary>Reads <c>Notes:ResourceUri</c>, <c>Latchkey:BaseUrl</c> and <c>Latchkey:ResourceId</c>.</summary>
    public static NotesSettings From(IConfiguration configuration)
    {
        var resourceUri = new Uri(configuration["Notes:ResourceUri"] ?? "http://localhost:5482/mcp");
        var baseUrl = (configuration["Latchkey:BaseUrl"] ?? "http://localhost:5480").TrimEnd('/');
        var resourceId = configuration["Latchkey:ResourceId"]
            ?? throw new InvalidOperationException("Set Latchkey__ResourceId to the id (res_…) of this MCP server at Latchkey.");
        return new NotesSettings(resourceUri, $"{baseUrl}/resources/{resourceId}");
    }
}
