using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Fuzz.Requests;

/// <summary>The format of an endpoint's error responses.</summary>
internal enum ErrorFormat
{
    /// <summary>JSON with <c>error</c> (RFC 6749 §5.2).</summary>
    OAuth,

    /// <summary>Problem details with <c>code</c> (RFC 9457).</summary>
    Management,

    /// <summary>One of the server's HTML pages.</summary>
    Page,

    /// <summary>A challenge without a body (RFC 6750 §3).</summary>
    Bearer,

    /// <summary>A status without a body, for health checks and assets.</summary>
    Plain,

    Grpc,
}

/// <summary>A kind of valid request.</summary>
/// <param name="Route">The method and the pattern of the route.</param>
/// <param name="Statuses">The expected statuses of the unmodified request with new test data.</param>
internal sealed record RequestTemplate(
    string Name, string Route, ErrorFormat ErrorFormat, Func<TestData, RequestDraft> Valid, params int[] Statuses)
{
    public override string ToString() => Name;

    /// <summary>All templates, and one for each route without a template, so that a new endpoint is fuzzed from the start.</summary>
    public static IReadOnlyList<RequestTemplate> All(FuzzHost host)
    {
        IReadOnlyList<RequestTemplate> templates =
            [.. OAuthTemplates.All, .. SignInTemplates.All, .. GrpcTemplates.All, .. ManagementTemplates.All];
        var covered = templates.Select(k => k.Route).ToHashSet(StringComparer.Ordinal);
        return [.. templates, .. Routes(host).Where(route => !covered.Contains(route)).Select(ForRoute)];
    }

    /// <summary>Every route of the server, once per method.</summary>
    public static IReadOnlyList<string> Routes(FuzzHost host) =>
    [
        .. host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}") ?? [])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>A request to the route with valid ids and an empty body.</summary>
    private static RequestTemplate ForRoute(string route)
    {
        var (method, pattern) = route.Split(' ', 2) is [var m, var p] ? (m, p) : ("GET", route);
        var errorFormat = pattern.StartsWith("/api/", StringComparison.Ordinal) ? ErrorFormat.Management
            : pattern.StartsWith("/dashboard", StringComparison.Ordinal) || pattern.StartsWith("/account", StringComparison.Ordinal)
                ? ErrorFormat.Page
            : ErrorFormat.Plain;
        return new($"no template: {route}", route, errorFormat, testData =>
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
