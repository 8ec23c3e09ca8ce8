using System.Text.Json;
using Latchkey.Server.Limits;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Health;

/// <summary>
/// The health checks. <c>/healthz</c> (liveness) runs none of them: the process answers. <c>/readyz</c> (readiness) runs all and answers
/// within two seconds, with 503 when the server cannot sign people in, and names everything that is wrong. What needs attention but harms
/// no sign-in yet is <c>degraded</c>, with 200: it often concerns all nodes at once, and taking them out of service would make it worse.
/// </summary>
internal static class HealthEndpoints
{
    public static void Add(IServiceCollection services) => services.AddSingleton<NodeHeartbeat>().AddSingleton<StorageHealthCheck>()
        .AddSingleton<ServerGauges>().AddHealthChecks()
        .AddCheck<ShutdownHealthCheck>("shutdown")
        .AddCheck<StorageHealthCheck>(StorageHealthCheck.Name)
        .AddCheck<KeyFileHealthCheck>("key")
        .AddCheck<CertificateHealthCheck>("certificate")
        .AddCheck<SignInLogHealthCheck>("sign_in_log");

    public static void Map(IEndpointRouteBuilder app)
    {
        // The gauges exist from the start, for the first collection.
        _ = app.ServiceProvider.GetRequiredService<ServerGauges>();
        HomeEndpoints.Map(app);
        Map(app, "/healthz", (http, _) => TypedResults.Text("ok\n").ExecuteAsync(http), _ => false);
        Map(app, "/readyz", WriteAsync, _ => true);
    }

    private static void Map(
        IEndpointRouteBuilder app, string path, Func<HttpContext, HealthReport, Task> write, Func<HealthCheckRegistration, bool> checks) =>
        app.MapHealthChecks(path, new() { Predicate = checks, AllowCachingResponses = true, ResponseWriter = write })
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get])).Costs(new RouteCost.Exempt(
                "An orchestrator restarts a server that does not answer, and may share the network of a flood. "
                + "One check of the storage per second serves all requests."));

    private static async Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", NameOf(report.Status));
        json.WriteStartArray("checks");
        foreach (var (name, check) in report.Entries)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("status", check.Status == HealthStatus.Healthy ? "ok" : NameOf(check.Status));
            foreach (var (key, value) in check.Data)
            {
                WriteMember(json, key, value);
            }

            if (check.Description is { } detail)
            {
                json.WriteString("detail", detail);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, string key, object value)
    {
        switch (value)
        {
            case long number:
                json.WriteNumber(key, number);
                break;
            case DateTimeOffset time:
                json.WriteString(key, time);
                break;
            default:
                json.WriteString(key, value.ToString());
                break;
        }
    }

    private static string NameOf(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ready",
        HealthStatus.Degraded => "degraded",
        _ => "unavailable",
    };
}
