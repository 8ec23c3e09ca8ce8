namespace Latchkey.Server.Http;

/// <summary>The bearer tokens of a request (RFC 6750 §2.1).</summary>
internal static class BearerTokens
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// Reads every bearer token of the Authorization header, which may be sent several times, or joined with commas by an intermediary.
    /// No token contains a comma.
    /// </summary>
    public static IReadOnlyList<string> Of(HttpRequest request) =>
    [
        .. request.Headers.Authorization.OfType<string>().SelectMany(h => h.Split(',', StringSplitOptions.TrimEntries))
            .Where(h => h.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            .Select(h => h[Scheme.Length..].Trim()),
    ];
}
