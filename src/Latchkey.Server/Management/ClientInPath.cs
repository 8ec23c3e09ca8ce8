using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Server.Management;

/// <summary>
/// A client id in a path. One that is a URL comes percent-encoded as one segment; the server's own reading leaves <c>%2F</c> as it is, so that what was encoded
/// once and what was encoded twice could not be told apart any more. This reads the segment as it was sent.
/// </summary>
internal static class ClientInPath
{
    private const string Before = "clients";

    /// <param name="routed">What routing made of it.</param>
    public static string Of(HttpRequest request, string routed)
    {
        if (!routed.StartsWith("https:", StringComparison.Ordinal))
        {
            return routed;
        }

        var path = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0].Split('/');
        var at = Array.FindIndex(path, segment => segment.EndsWith(Before, StringComparison.OrdinalIgnoreCase)) + 1;
        return at > 0 && at < path.Length ? Uri.UnescapeDataString(path[at]) : routed;
    }
}
