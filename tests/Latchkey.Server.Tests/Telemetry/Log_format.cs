using System.Collections;
using System.Diagnostics;
using System.Text.Json;
using Latchkey.Server.Keys;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Telemetry;

public sealed class Log_format : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lklog");

    [Fact]
    public async Task Json_is_one_object_per_line_with_a_stable_event_id_and_the_values_as_members()
    {
        using var server = Start("json");
        var listening = default(JsonElement);
        while (listening.ValueKind == JsonValueKind.Undefined)
        {
            var line = await server.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
            var entry = JsonSerializer.Deserialize<JsonElement>(line);
            listening = entry.GetProperty("EventId").GetInt32() == 2401 ? entry : listening;
        }

        server.Kill();
        Assert.Equal("Information", listening.GetProperty("LogLevel").GetString());
        Assert.Contains("http://", listening.GetProperty("State").GetProperty("Addresses").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("Z", listening.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_format_is_refused() =>
        Assert.Contains("Logging:Format is 'xml'; it must be text or json.", Errors("Logging__Format", "xml"));

    [Fact]
    public void An_endpoint_of_a_collector_is_a_URL() => Assert.Contains(
        "OTEL_EXPORTER_OTLP_ENDPOINT must be the URL of an OpenTelemetry collector, for example http://localhost:4317.",
        Errors("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"));

    [Theory]
    [InlineData("metrics:9464")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("https://127.0.0.1:9464")]
    [InlineData("http://127.0.0.1:9464/metrics")]
    [InlineData("http://metrics.example:9464")]
    public void The_metrics_have_an_address_and_a_port(string url) =>
        Assert.Contains(Errors("Latchkey__Metrics__Listen", url), error => error.StartsWith("Metrics:Listen is", StringComparison.Ordinal));

    [Fact]
    public void A_port_alone_is_one_of_the_loopback_address()
    {
        IDictionary environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["Latchkey__Metrics__Listen"] = "9464" };

        var valid = Assert.IsType<SettingsAnswer.Valid>(Settings.Read(environment, folder.FullName));

        Assert.Equal("http://127.0.0.1:9464", valid.Settings.MetricsListen);
    }

    [Fact]
    public void The_metrics_do_not_share_a_port_with_the_server() => Assert.Contains(
        Errors("Latchkey__Metrics__Listen", "http://127.0.0.1:5480"),
        error => error.Contains("a port of its own", StringComparison.Ordinal));

    public void Dispose() => folder.Delete(recursive: true);

    private IReadOnlyList<string> Errors(string variable, string value)
    {
        IDictionary environment = new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = value };
        return Assert.IsType<SettingsAnswer.Invalid>(Settings.Read(environment, folder.FullName)).Errors;
    }

    private Process Start(string format)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(KeyRing).Assembly.Location, "serve"])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["Latchkey__BaseUrl"] = $"http://localhost:{FreePorts.Next()}";
        start.Environment["Latchkey__DataDirectory"] = folder.FullName;
        start.Environment["Logging__Format"] = format;
        return Process.Start(start)!;
    }
}
