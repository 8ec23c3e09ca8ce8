using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Server.Http;

/// <summary>
/// Reads an id in a path as it was sent: a client id that is a URL, or the id of an organization. It is percent-encoded as one segment. The
/// server decodes all but <c>%2F</c>, after which text that was encoded once and text that was encoded twice look the same.
/// </summary>
internal static class RawPathSegment
{
    public static string Client(HttpRequest request, string routed) => After("clients", request, routed);

    public static string Organization(HttpRequest request, string routed) => After("organizations", request, routed);

    /// <param name="routed">The value that routing decoded.</param>
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
