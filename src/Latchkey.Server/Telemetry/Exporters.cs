using System.Reflection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Latchkey.Server.Telemetry;

/// <summary>
/// Exports spans, metrics and logs with the OpenTelemetry SDK: to a collector (OTLP) when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, and
/// metrics for Prometheus on a port of their own when <c>Metrics:Listen</c> is set. Otherwise the SDK is not started.
/// </summary>
internal static class Exporters
{
    public const string ServiceName = "latchkey";

    public static void Add(WebApplicationBuilder builder, Settings settings)
    {
        var variables = settings.OpenTelemetry;
        var (traces, metrics, logs) = (variables.Exports("TRACES"), variables.Exports("METRICS"), variables.Exports("LOGS"));
        var scraped = settings.MetricsListen is not null;
        if (!traces && !metrics && !logs && !scraped)
        {
            return;
        }

        // The SDK reads the variables from the configuration of the host, which is empty otherwise.
        builder.Configuration.AddInMemoryCollection(variables.Values);
        var sdk = builder.Services.AddOpenTelemetry().ConfigureResource(resource => Describe(resource, variables));
        if (traces)
        {
            sdk.WithTracing(tracing => tracing.AddSource(StepSpan.SourceName).AddOtlpExporter());
        }

        if (metrics || scraped)
        {
            sdk.WithMetrics(meters => AddMetrics(meters, metrics, scraped));
        }

        if (logs)
        {
            sdk.WithLogging(logging => logging.AddOtlpExporter(), options => options.IncludeFormattedMessage = true);
        }
    }

    /// <summary>
    /// Serves <c>/metrics</c> on the port of <c>Metrics:Listen</c> and nothing else there, before every other middleware: no other route
    /// is reachable on that port, and the metrics on no other.
    /// </summary>
    public static void Use(WebApplication app, Settings settings)
    {
        if (settings.MetricsListen is { } url)
        {
            var port = new Uri(url).Port;
            app.MapWhen(http => http.Connection.LocalPort == port, branch => branch.UseOpenTelemetryPrometheusScrapingEndpoint());
        }
    }

    private static void AddMetrics(MeterProviderBuilder meters, bool otlp, bool scraped)
    {
        meters.AddMeter(Instruments.MeterName).AddMeter("System.Runtime");
        if (otlp)
        {
            meters.AddOtlpExporter();
        }

        if (scraped)
        {
            meters.AddPrometheusExporter();
        }
    }

    private static void Describe(ResourceBuilder resource, OpenTelemetryVariables variables)
    {
        if (!variables.NamesService)
        {
            resource.AddService(
                ServiceName,
                serviceVersion: typeof(Exporters).Assembly
                    .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        }
    }
}
