using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Fuzz.Requests;

/// <summary>Whose words an endpoint responses in when it refuses.</summary>
internal enum ErrorFormat
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

/// <summary>One template of valid request.</summary>
/// <param name="Route">Method and pattern, as they are mapped.</param>
/// <param name="Statuses">What it is answered when nothing was changed and its testData is fresh.</param>
internal sealed record RequestTemplate(string Name, string Route, ErrorFormat ErrorFormat, Func<TestData, RequestDraft> Valid, params int[] Statuses)
{
    public override string ToString() => Name;

    /// <summary>The templates written down, and one for each route that none of them takes, so that a new endpoint is under fire from its first day.</summary>
    public static IReadOnlyList<RequestTemplate> All(FuzzHost host)
    {
        IReadOnlyList<RequestTemplate> written = [.. OAuthTemplates.All, .. SignInTemplates.All, .. GrpcTemplates.All, .. ManagementTemplates.All];
        var taken = written.Select(k => k.Route).ToHashSet(StringComparer.Ordinal);
        return [.. written, .. Routes(host).Where(route => !taken.Contains(route)).Select(Unwritten)];
    }

    /// <summary>Every route of the server, once for each of its methods.</summary>
    public static IReadOnlyList<string> Routes(FuzzHost host) =>
    [
        .. host.Parts.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}") ?? [])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>The route with ids in its places; what its body should be nobody has said yet.</summary>
    private static RequestTemplate Unwritten(string route)
    {
        var (method, pattern) = route.Split(' ', 2) is [var m, var p] ? (m, p) : ("GET", route);
        var errorFormat = pattern.StartsWith("/api/", StringComparison.Ordinal) ? ErrorFormat.Management : ErrorFormat.Plain;
        return new($"unwritten: {route}", route, errorFormat, testData =>
        {
            var path = pattern
                .Replace("{resource}", testData.SpareResource, StringComparison.Ordinal)
                .Replace("{connection}", testData.SpareConnection, StringComparison.Ordinal)
                .Replace("{client}", testData.SpareClient, StringComparison.Ordinal)
                .Replace("{token}", testData.DoomedInitialToken, StringComparison.Ordinal)
                .Replace("{id}", testData.ToLogIn[0].LoginRequestId, StringComparison.Ordinal);
            var draft = method is "GET" or "HEAD" or "DELETE" ? new RequestDraft(method, path) : RequestDraft.OfJson(method, path, new { });
            return errorFormat == ErrorFormat.Management ? draft.With("Authorization", $"Bearer {testData.OperatorToken}") : draft;
        });
    }
}
