using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Server.Http;

/// <summary>
/// An id in a path that others chose: a client's that is a URL, an organisation's. It comes percent-encoded as one segment; the server's own reading leaves <c>%2F</c> as it
/// is, so that what was encoded once and what was encoded twice could not be told apart any more. This reads the segment as it was sent.
/// </summary>
internal static class RawPathSegment
{
    public static string Client(HttpRequest request, string routed) => After("clients", request, routed);

    public static string Organization(HttpRequest request, string routed) => After("organizations", request, routed);

    /// <param name="routed">What routing made of it.</param>
    private static string After(string collection, HttpRequest request, string routed)
    {
        if (!routed.Contains('%', StringComparison.Ordinal))
        {
            return routed;
        }

        var path = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0].Split('/');
        var at = Array.FindIndex(path, segment => segment.EndsWith(collection, StringComparison.OrdinalIgnoreCase)) + 1;
        return at > 0 && at < path.Length ? Uri.UnescapeDataString(path[at]) : routed;
    }
}
