using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A span as it came over the wire.</summary>
internal sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name)
{
    public Dictionary<string, string> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>The traces that the span links to.</summary>
    public List<string> Links { get; } = [];
}

/// <summary>Receives OTLP over HTTP with Protobuf, as an OpenTelemetry collector does, and keeps the spans.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();
    private readonly ConcurrentDictionary<string, int> requests = new(StringComparer.Ordinal);

    private Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(ReceiveAsync);
    }

    public string Url => app.Urls.First();

    internal IReadOnlyList<ReceivedSpan> Spans => [.. spans];

    /// <summary>The number of exports to a path, for example <c>/v1/metrics</c>.</summary>
    public int RequestsTo(string path) => requests.GetValueOrDefault(path);

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector.app.StartAsync();
        return collector;
    }

    /// <summary>Waits until a span of this kind has arrived, for ten seconds at most.</summary>
    internal async Task<ReceivedSpan> SpanAsync(Func<ReceivedSpan, bool> wanted)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            if (spans.FirstOrDefault(wanted) is { } found)
            {
                return found;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"no such span; received: {string.Join(", ", spans.Select(span => span.Name))}");
        return null;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (http.Request.Path == "/v1/traces")
        {
            // ExportTraceServiceRequest.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2.
            foreach (var span in Messages(body.ToArray(), 1).SelectMany(r => Messages(r, 2)).SelectMany(s => Messages(s, 2)))
            {
                spans.Enqueue(Read(span));
            }
        }

        requests.AddOrUpdate(http.Request.Path, 1, static (_, n) => n + 1);
        http.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>Span: trace_id = 1, span_id = 2, parent_span_id = 4, name = 5, attributes = 9, links = 13.</summary>
    private static ReceivedSpan Read(byte[] message)
    {
        var fields = Fields(message).ToLookup(f => f.Number, f => f.Value);
        var span = new ReceivedSpan(Hex(fields[1]), Hex(fields[2]), Hex(fields[4]), System.Text.Encoding.UTF8.GetString(fields[5].First()));
        foreach (var attribute in fields[9].Select(bytes => Fields(bytes).ToLookup(f => f.Number, f => f.Value)))
        {
            // KeyValue: key = 1, value = 2; AnyValue: string_value = 1, int_value = 3.
            var value = Fields(attribute[2].First()).First();
            span.Attributes[System.Text.Encoding.UTF8.GetString(attribute[1].First())] =
                value.Number == 1 ? System.Text.Encoding.UTF8.GetString(value.Value) : value.Varint.ToString(null, null);
        }

        span.Links.AddRange(fields[13].Select(link => Hex(Fields(link).Where(f => f.Number == 1).Select(f => f.Value))));
        return span;
    }

    private static string Hex(IEnumerable<byte[]> values) => Convert.ToHexStringLower(values.FirstOrDefault() ?? []);

    private static IEnumerable<byte[]> Messages(byte[] message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(field => field.Value);

    private static List<(int Number, byte[] Value, ulong Varint)> Fields(byte[] message)
    {
        var fields = new List<(int Number, byte[] Value, ulong Varint)>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    fields.Add((number, input.ReadBytes().ToByteArray(), 0));
                    break;
                case WireFormat.WireType.Varint:
                    fields.Add((number, [], input.ReadUInt64()));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return fields;
    }
}

/// <summary>A host that exports spans, metrics and logs to a <see cref="Collector"/>, and serves metrics for Prometheus.</summary>
public sealed class WithCollector : LatchkeyHost
{
    public Collector? Collector { get; private set; }

    /// <summary>The URL of the metrics.</summary>
    public string Metrics { get; } = $"http://127.0.0.1:{FreePorts.Next()}";

    private protected override async ValueTask DisposeAsyncCore()
    {
        if (Collector is not null)
        {
            await Collector.DisposeAsync();
        }
    }

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        Collector = await Collector.StartAsync();
        return settings with
        {
            MetricsListen = Metrics,
            OpenTelemetry = Server.Telemetry.OpenTelemetryVariables.Of(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Url,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            }),
        };
    }
}
