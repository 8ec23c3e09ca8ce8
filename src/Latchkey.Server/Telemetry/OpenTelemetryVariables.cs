using System.Collections;

namespace Latchkey.Server.Telemetry;

/// <summary>The environment variables <c>OTEL_*</c> of the OpenTelemetry specification, which its SDK reads.</summary>
internal sealed class OpenTelemetryVariables
{
    private const string Prefix = "OTEL_";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly Dictionary<string, string?> values;

    private OpenTelemetryVariables(Dictionary<string, string?> values) => this.values = values;

    public static OpenTelemetryVariables None { get; } = new([]);

    public IReadOnlyDictionary<string, string?> Values => values;

    public bool NamesService => values.ContainsKey("OTEL_SERVICE_NAME");

    public static OpenTelemetryVariables Of(IDictionary environment)
    {
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in environment)
        {
            if (entry is { Key: string name, Value: string { Length: > 0 } value } && name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                found[name] = value;
            }
        }

        return new(found);
    }

    /// <summary>Whether a signal is exported: an endpoint is set, and the export is not switched off.</summary>
    /// <param name="signal">TRACES, METRICS or LOGS.</param>
    public bool Exports(string signal) =>
        !IsSet("OTEL_SDK_DISABLED", "true") && !IsSet($"OTEL_{signal}_EXPORTER", "none")
        && (values.ContainsKey(Endpoint) || values.ContainsKey(OfSignal(signal)));

    /// <summary>Returns a sentence for each endpoint that is not a URL. The SDK would use its default without a word.</summary>
    public IEnumerable<string> Errors() =>
        from name in new[] { Endpoint, OfSignal("TRACES"), OfSignal("METRICS"), OfSignal("LOGS") }
        where values.TryGetValue(name, out var text)
            && !(Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        select $"{name} must be the URL of an OpenTelemetry collector, for example http://localhost:4317.";

    private bool IsSet(string name, string value) =>
        values.TryGetValue(name, out var set) && value.Equals(set, StringComparison.OrdinalIgnoreCase);

    private static string OfSignal(string signal) => $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT";
}
