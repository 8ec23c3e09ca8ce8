using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Telemetry;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Telemetry;

/// <summary>The files in deploy/observability name metrics that exist, and Prometheus itself loads and evaluates them.</summary>
public sealed partial class Dashboard_and_alert_rules(WithCollector host) : IClassFixture<WithCollector>
{
    private const string Program = "/usr/bin/prometheus";
    private const string Checker = "/usr/bin/promtool";
    private const string Missing = "Debian's package prometheus is not installed; ./dev check installs it";
    private const string Rules = "latchkey-alerts.yaml";
    private static readonly string[] Files = [Rules, "latchkey-dashboard.json"];

    [Fact]
    public void Each_metric_in_the_files_is_an_instrument_of_the_server()
    {
        var exported = Instruments().SelectMany(PrometheusNames).ToHashSet(StringComparer.Ordinal);
        var named = Files.SelectMany(file => MetricName().Matches(File.ReadAllText(PathOf(file))).Select(match => match.Value))
            .Where(name => !Labels.Contains(name)).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(exported));
    }

    [Fact]
    public void Each_instrument_is_on_the_dashboard_and_in_the_guide()
    {
        var dashboard = File.ReadAllText(PathOf("latchkey-dashboard.json"));
        var guide = File.ReadAllText(Path.Combine(Root(), "docs", "guide", "observe.md"));

        Assert.All(Instruments(), instrument =>
        {
            Assert.Contains(PrometheusNames(instrument), name => dashboard.Contains(name, StringComparison.Ordinal));
            Assert.Contains($"`{instrument.Name}`", guide, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_metrics_port_serves_nothing_else_and_no_other_port_serves_the_metrics()
    {
        using var client = new HttpClient();
        using var metrics = await client.GetAsync(new Uri($"{host.Metrics}/metrics"));
        using var other = await client.GetAsync(new Uri($"{host.Metrics}/healthz"));
        using var elsewhere = await host.Anonymous.GetAsync(new Uri($"{host.Address}/metrics"));

        Assert.Equal(200, (int)metrics.StatusCode);
        Assert.Equal(404, (int)other.StatusCode);
        Assert.Equal(404, (int)elsewhere.StatusCode);
    }

    [Fact]
    public async Task No_label_contains_an_id_or_a_text_of_a_caller()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var refused = await host.Anonymous.GetAsync(new Uri($"{host.Address}/oauth/authorize?client_id=stranger-chose-this"));
        var metrics = await ScrapeAsync();

        Assert.Contains("latchkey_sign_ins_total", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("stranger", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(login.Client.Id, metrics, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?:res|conn|mcp|dcr|lri|req|grt|skc)_[0-9A-Za-z]{22}", metrics);
    }

    [Fact]
    public async Task Prometheus_scrapes_the_server_and_evaluates_each_alert()
    {
        Assert.SkipUnless(File.Exists(Program), Missing);
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var prometheus = await Prometheus.StartAsync(host.Metrics, PathOf(Rules));

        Assert.Equal("1", await prometheus.ValueAsync("""up{job="latchkey"}"""));
        Assert.NotEqual("0", await prometheus.ValueAsync("sum(latchkey_step_duration_seconds_count)"));
        foreach (var expression in await prometheus.AlertExpressionsAsync())
        {
            // Fails for an expression that Prometheus refuses to evaluate.
            await prometheus.QueryAsync(expression);
        }

        // Debian has no Grafana: Prometheus evaluates the expressions of the dashboard, as it does for Grafana.
        foreach (var expression in DashboardExpressions())
        {
            await prometheus.QueryAsync(expression);
        }
    }

    [Theory]
    [InlineData("rules", Rules)]
    [InlineData("config", "prometheus.yaml")]
    public async Task Promtool_accepts_the_files(string kind, string file)
    {
        Assert.SkipUnless(File.Exists(Checker), Missing);
        using var promtool = Process.Start(new ProcessStartInfo(Checker, ["check", kind, PathOf(file)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(promtool.ExitCode == 0, output + await errors);
        Assert.Contains("SUCCESS", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_ins_and_refusals_are_counted_by_cause_and_client()
    {
        using var connected = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var declined = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var denied = await declined.Browser.DecideAsync(declined.Consent!, "deny");
        using var wrong = await connected.Client.RedeemAsync("none");
        using var unsupported = await connected.Client.RedeemAsync("none", ("grant_type", "password"));
        string[] series =
        [
            """latchkey_sign_ins_total{latchkey_client_family="other",latchkey_outcome="connected"}""",
            """latchkey_sign_ins_total{latchkey_cause="denied",latchkey_client_family="other",latchkey_outcome="declined","""
                + """latchkey_station="consent"}""",
            """latchkey_refusals_total{latchkey_cause="denied",latchkey_client_family="other",latchkey_station="consent"}""",
            """latchkey_refusals_total{latchkey_cause="unknown_code",latchkey_station="token"}""",
            """latchkey_token_responses_total{latchkey_grant_type="authorization_code"}""",
            """latchkey_token_responses_total{error_type="invalid_grant",latchkey_grant_type="authorization_code"}""",
            """latchkey_token_responses_total{error_type="unsupported_grant_type"}""",
        ];
        var missing = series;
        for (var tries = 0; tries < 20 && missing.Length > 0; tries++)
        {
            // A response is kept for 300 ms.
            await Task.Delay(tries * 100, TestContext.Current.CancellationToken);
            missing = [.. series.Except((await ScrapeAsync()).Split('\n').Where(line => !line.StartsWith('#')).Select(Series))];
        }

        Assert.Empty(missing);
    }

    /// <summary>The labels, which the pattern of metric names matches too.</summary>
    private static readonly string[] Labels =
    [
        .. typeof(Instruments).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
            .Where(field => field is { IsLiteral: true, Name: not nameof(Server.Telemetry.Instruments.MeterName) })
            .Select(field => ((string)field.GetRawConstantValue()!).Replace('.', '_')),
    ];

    private List<Instrument> Instruments()
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == Server.Telemetry.Instruments.MeterName)
            {
                found.Add(instrument);
            }
        };
        Assert.NotNull(host.Services);
        RuntimeHelpers.RunClassConstructor(typeof(Instruments).TypeHandle);
        listener.Start();
        return [.. found.DistinctBy(instrument => instrument.Name)];
    }

    /// <summary>The names after the rules of OpenTelemetry for Prometheus.</summary>
    private static IEnumerable<string> PrometheusNames(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "");
        return instrument switch
        {
            Counter<long> => [$"{name}_total"],
            Histogram<double> => [$"{name}_bucket", $"{name}_count", $"{name}_sum"],
            _ => [name],
        };
    }

    /// <summary>The name and the labels in alphabetical order, without those of the library and the value.</summary>
    private static string Series(string line)
    {
        var match = SeriesPattern().Match(line);
        var labels = LabelPattern().Matches(match.Groups["labels"].Value).Select(label => label.Value)
            .Where(label => !label.StartsWith("otel_", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return $"{match.Groups["name"].Value}{{{string.Join(",", labels)}}}";
    }

    private static IEnumerable<string> DashboardExpressions() =>
        from panel in JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(PathOf("latchkey-dashboard.json"))).GetProperty("panels")
            .EnumerateArray()
        from target in panel.GetProperty("targets").EnumerateArray()
        select target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal);

    private async Task<string> ScrapeAsync()
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri($"{host.Metrics}/metrics"));
    }

    private static string PathOf(string file) => Path.Combine(Root(), "deploy", "observability", file);

    private static string Root([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));

    [GeneratedRegex(@"^(?<name>[a-z_]+)\{(?<labels>.*)\} ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SeriesPattern();

    [GeneratedRegex(@"[a-z_]+=""[^""]*""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"\blatchkey_[a-z_]+\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricName();

    /// <summary>The program, with the alert rules, scraping one server every second.</summary>
    private sealed class Prometheus : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lkprom");
        private readonly HttpClient client = new();
        private readonly Process process;

        private Prometheus(string target, string rules)
        {
            var port = FreePorts.Next();
            var config = Path.Combine(folder.FullName, "prometheus.yaml");
            File.WriteAllText(
                config,
                $$"""
                global: { scrape_interval: 500ms, evaluation_interval: 500ms }
                rule_files: [ "{{rules}}" ]
                scrape_configs:
                  - job_name: latchkey
                    static_configs: [ { targets: [ "{{new Uri(target).Authority}}" ] } ]
                """);
            client.BaseAddress = new Uri($"http://127.0.0.1:{port}");
            process = Process.Start(new ProcessStartInfo(
                Program,
                [
                    $"--config.file={config}", $"--storage.tsdb.path={folder.FullName}/data", $"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=error",
                ])
            {
                UseShellExecute = false,
            })!;
        }

        /// <summary>Waits until the server has been scraped, for 20 seconds at most.</summary>
        public static async Task<Prometheus> StartAsync(string target, string rules)
        {
            var prometheus = new Prometheus(target, rules);
            for (var tries = 0; tries < 100; tries++)
            {
                await Task.Delay(200);
                Assert.False(prometheus.process.HasExited, "prometheus ended; its error is above");
                try
                {
                    if (await prometheus.ValueAsync("""up{job="latchkey"}""") == "1")
                    {
                        return prometheus;
                    }
                }
                catch (HttpRequestException)
                {
                    // It does not listen yet.
                }
            }

            prometheus.Dispose();
            Assert.Fail("prometheus did not scrape the server");
            return null;
        }

        public async Task<JsonElement> QueryAsync(string expression)
        {
            var query = new Uri($"/api/v1/query?query={Uri.EscapeDataString(expression)}", UriKind.Relative);
            using var response = await client.GetAsync(query);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(response.IsSuccessStatusCode, $"{expression}: {answer}");
            return answer.GetProperty("data").GetProperty("result");
        }

        /// <summary>The first value of a query, or null when it has none.</summary>
        public async Task<string?> ValueAsync(string expression) =>
            await QueryAsync(expression) is { ValueKind: JsonValueKind.Array } result && result.GetArrayLength() > 0
                ? result[0].GetProperty("value")[1].GetString()
                : null;

        public async Task<IReadOnlyList<string>> AlertExpressionsAsync()
        {
            var rules = await client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/rules?type=alert", UriKind.Relative));
            var expressions = rules.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray()).Select(rule => rule.GetProperty("query").GetString()!)
                .ToList();
            Assert.NotEmpty(expressions);
            return expressions;
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            client.Dispose();
            folder.Delete(recursive: true);
        }
    }
}
