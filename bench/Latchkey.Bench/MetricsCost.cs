using System.Globalization;

namespace Latchkey.Bench;

/// <summary>
/// The CPU time that metrics cost a login, on SQLite: two servers, of which one measures and is scraped, take turns. Each turn is a number
/// of logins; a pair is one turn of each server, and the order within a pair alternates. Load of other programs hardly affects CPU time,
/// and affects both servers alike.
/// </summary>
internal static class MetricsCost
{
    private const int Pairs = 7;

    public static async Task RunAsync(int port, int logins)
    {
        var scenario = new Scenario("sqlite", "ES256", null);
        var metrics = new Uri($"http://127.0.0.1:{port + 2}/metrics");
        using var plainSetup = ServerSetup.New(port, scenario);
        using var measuredSetup = ServerSetup.New(
            port + 1, scenario, new() { ["Latchkey__Metrics__Listen"] = metrics.GetLeftPart(UriPartial.Authority) });
        using var plain = await Side.StartAsync(plainSetup, scenario, scrape: null);
        using var measured = await Side.StartAsync(measuredSetup, scenario, metrics);
        Console.WriteLine($"{"pair",-6}{"without",12}{"with",12}{"cost",9}   (ms of CPU per login, {logins} logins each)");
        var costs = new List<double>();
        for (var pair = 0; pair < Pairs; pair++)
        {
            var isPlainFirst = pair % 2 == 0;
            var first = await (isPlainFirst ? plain : measured).TurnAsync(logins);
            var second = await (isPlainFirst ? measured : plain).TurnAsync(logins);
            var (without, with) = isPlainFirst ? (first, second) : (second, first);
            costs.Add((with / without) - 1);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{pair + 1,-6}{without,12:0.0000}{with,12:0.0000}{costs[^1],9:P2}"));
        }

        costs.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median {costs[Pairs / 2]:P2}, mean {costs.Average():P2}"));
    }

    /// <summary>A server with the parties of its logins.</summary>
    private sealed class Side(ServerProgram server, Actors actors, Measurement measurement, Uri? scrape) : IDisposable
    {
        private const int WarmUp = 3000;

        private readonly HttpClient http = new();

        public static async Task<Side> StartAsync(ServerSetup setup, Scenario scenario, Uri? scrape)
        {
            var server = await setup.StartAsync(countsAllocations: false);
            var side = new Side(
                server, await Actors.SetUpAsync(setup.BaseUrl, scenario.Algorithm, "metrics"), new Measurement(scenario, server), scrape);

            // The runtime compiles hot methods with full optimization only during a pause.
            await side.TurnAsync(WarmUp);
            await Task.Delay(TimeSpan.FromSeconds(2));
            await side.TurnAsync(WarmUp);
            return side;
        }

        /// <summary>Returns milliseconds of CPU per login. The metrics are read once, which is more often than Prometheus does.</summary>
        public async Task<double> TurnAsync(int logins)
        {
            var before = ProcessFigures.CpuSeconds(server.Pid);
            await measurement.WarmUpAsync(logins, actors.LogInAsync);
            if (scrape is not null && !(await http.GetStringAsync(scrape)).Contains("latchkey_sign_ins_total", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("the metrics have no sign-ins");
            }

            return (ProcessFigures.CpuSeconds(server.Pid) - before) * 1000 / logins;
        }

        public void Dispose()
        {
            http.Dispose();
            actors.Dispose();
            server.Dispose();
        }
    }
}
