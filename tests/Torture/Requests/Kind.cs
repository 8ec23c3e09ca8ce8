using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Torture.Requests;

/// <summary>Whose words an endpoint answers in when it refuses.</summary>
internal enum Family
{
    /// <summary>JSON with <c>error</c> (RFC 6749 §5.2).</summary>
    OAuth,

    /// <summary>Problem details with <c>code</c> (RFC 9457).</summary>
    Management,

    /// <summary>A page of ours.</summary>
    Page,

    /// <summary>A challenge and no body (RFC 6750 §3).</summary>
    Bearer,

    /// <summary>For programs that watch and for browsers that fetch what a page needs: a status is all.</summary>
    Plain,

    Grpc,
}

/// <summary>One kind of valid request.</summary>
/// <param name="Route">Method and pattern, as they are mapped.</param>
/// <param name="Statuses">What it is answered when nothing was changed and its material is fresh.</param>
internal sealed record Kind(string Name, string Route, Family Family, Func<Material, Draft> Valid, params int[] Statuses)
{
    public override string ToString() => Name;

    /// <summary>The kinds written down, and one for each route that none of them takes, so that a new endpoint is under fire from its first day.</summary>
    public static IReadOnlyList<Kind> All(HostUnderFire host)
    {
        IReadOnlyList<Kind> written = [.. OAuthKinds.All, .. LoginKinds.All, .. GrpcKinds.All, .. ManagementKinds.All];
        var taken = written.Select(k => k.Route).ToHashSet(StringComparer.Ordinal);
        return [.. written, .. Routes(host).Where(route => !taken.Contains(route)).Select(Unwritten)];
    }

    /// <summary>Every route of the server, once for each of its methods.</summary>
    public static IReadOnlyList<string> Routes(HostUnderFire host) =>
    [
        .. host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}") ?? [])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>The route with ids in its places; what its body should be nobody has said yet.</summary>
    private static Kind Unwritten(string route)
    {
        var (method, pattern) = route.Split(' ', 2) is [var m, var p] ? (m, p) : ("GET", route);
        var family = pattern.StartsWith("/api/", StringComparison.Ordinal) ? Family.Management : Family.Plain;
        return new($"unwritten: {route}", route, family, material =>
        {
            var path = pattern
                .Replace("{resource}", material.SpareResource, StringComparison.Ordinal)
                .Replace("{connection}", material.SpareConnection, StringComparison.Ordinal)
                .Replace("{client}", material.SpareClient, StringComparison.Ordinal)
                .Replace("{token}", material.DoomedInitialToken, StringComparison.Ordinal)
                .Replace("{id}", material.ToLogIn[0].LoginRequestId, StringComparison.Ordinal);
            var draft = method is "GET" or "HEAD" or "DELETE" ? new Draft(method, path) : Draft.OfJson(method, path, new { });
            return family == Family.Management ? draft.With("Authorization", $"Bearer {material.OperatorToken}") : draft;
        });
    }
}
