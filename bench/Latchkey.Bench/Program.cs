using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Latchkey.Bench;

/// <summary>
/// A closed loop against the real program: server (and PostgreSQL) on core 0, generator on core 1, full durability. For every operation the CPU time that
/// server and database spent on it, which a busy neighbour does not change, and the rate, which it does.
/// </summary>
internal static class Program
{
    private const int Port = 5495;
    private const int Workers = 8;
    private const int WarmUp = 3000;

    private static readonly List<Figures> Results = [];

    public static async Task<int> Main(string[] args)
    {
        var operations = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3000;
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("The benchmark reads /proc and pins processes to cores: it runs on Linux.");
            return 1;
        }

        using (var self = Process.GetCurrentProcess())
        {
            self.ProcessorAffinity = 2;
        }

        Console.WriteLine($"{"store",-9} {"alg",-6} {"operation",-19} {"server CPU",11} {"db CPU",9} {"per second",11} {"p50",8} {"p99",8}");
        foreach (var algorithm in new[] { "ES256", "RS256" })
        {
            await OnStoreAsync("sqlite", algorithm, operations, postgres: null);
            using var postgres = PostgresProgram.Start(Port + 1);
            await OnStoreAsync("postgres", algorithm, operations, postgres);
        }

        var folder = Directory.CreateDirectory(Path.Combine("bench", "results")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "latest.json"), JsonSerializer.Serialize(Results, BenchJson.Default.ListFigures));
        return 0;
    }

    private static async Task OnStoreAsync(string store, string algorithm, int operations, PostgresProgram? postgres)
    {
        var data = Directory.CreateTempSubdirectory("lkbench").FullName;
        var baseUrl = $"http://localhost:{Port}";
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../src/Latchkey.Server/bin/Release/net10.0/latchkey.dll"));
        var storage = postgres is null ? $"sqlite:{data}/latchkey.db" : $"postgres:{postgres.ConnectionString}";
        try
        {
            using (await ServerProgram.StartAsync(program, baseUrl, storage, data))
            {
                // The first start makes the database; what counts is the start on an existing one.
            }

            using var server = await ServerProgram.StartAsync(program, baseUrl, storage, data);
            using var actors = await Actors.SetUpAsync(baseUrl, algorithm);
            var bench = new Measurement(store, algorithm, server, postgres);
            await bench.WarmUpAsync(WarmUp, async i => await actors.RefreshAsync(await actors.ExchangeAsync(await actors.CodeAsync(i))));
            var (rssAnon, rss) = ProcessFigures.Megabytes(server.Pid);

            var codes = new ConcurrentBag<(string, string)>();
            await bench.RunAsync("login until code", operations, async i => codes.Add(await actors.CodeAsync(i)));
            var tokens = new ConcurrentBag<string>();
            await bench.RunAsync("code exchange", operations, async _ => tokens.Add(await actors.ExchangeAsync(codes.TryTake(out var code) ? code : throw new InvalidOperationException())));
            await bench.RunAsync("refresh", operations, async _ => await actors.RefreshAsync(tokens.TryTake(out var token) ? token : throw new InvalidOperationException()));
            await bench.RunAsync("whole login", operations, async i => await actors.ExchangeAsync(await actors.CodeAsync(i)));
            await bench.RunAsync("client credentials", operations, async _ => await actors.ClientCredentialsAsync());
            await bench.RunAsync("management token", operations, async _ => await actors.ManagementTokenAsync());
            await bench.RunAsync("registration", operations, async i => await actors.RegisterAsync(i + 1));
            await bench.RunAsync("metadata", operations, async _ => await actors.MetadataAsync());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{store,-9} {algorithm,-6} start-up on an existing database {server.StartUp.TotalMilliseconds:0} ms; after {WarmUp} logins RssAnon {rssAnon:0} MB, RSS {rss:0} MB"));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private sealed class Measurement(string store, string algorithm, ServerProgram server, PostgresProgram? postgres)
    {
        public Task WarmUpAsync(int operations, Func<int, Task> operation) => LoopAsync(operations, operation);

        public async Task RunAsync(string name, int operations, Func<int, Task> operation)
        {
            var (serverBefore, databaseBefore, watch) = (ProcessFigures.CpuSeconds(server.Pid), DatabaseCpu(), Stopwatch.StartNew());
            var latencies = await LoopAsync(operations, operation);
            var seconds = watch.Elapsed.TotalSeconds;
            var figures = new Figures(
                store,
                algorithm,
                name,
                (ProcessFigures.CpuSeconds(server.Pid) - serverBefore) * 1000 / operations,
                (DatabaseCpu() - databaseBefore) * 1000 / operations,
                operations / seconds,
                latencies[operations / 2],
                latencies[operations * 99 / 100]);
            Results.Add(figures);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{store,-9} {algorithm,-6} {name,-19} {figures.ServerCpuMilliseconds,8:0.000} ms {figures.DatabaseCpuMilliseconds,6:0.000} ms {figures.PerSecond,11:0} {figures.P50Milliseconds,5:0.0} ms {figures.P99Milliseconds,5:0.0} ms"));
        }

        private double DatabaseCpu() => postgres is null ? 0 : ProcessFigures.CpuSecondsOfFamily(postgres.Pid);

        /// <returns>The latencies in milliseconds, sorted.</returns>
        private static async Task<double[]> LoopAsync(int operations, Func<int, Task> operation)
        {
            var latencies = new double[operations];
            var next = -1;
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < operations; i = Interlocked.Increment(ref next))
                {
                    var started = Stopwatch.GetTimestamp();
                    await operation(i);
                    latencies[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                }
            })));
            Array.Sort(latencies);
            return latencies;
        }
    }
}

/// <summary>One line of the table; CPU in milliseconds per operation.</summary>
internal sealed record Figures(
    string Store, string Algorithm, string Operation, double ServerCpuMilliseconds, double DatabaseCpuMilliseconds, double PerSecond, double P50Milliseconds, double P99Milliseconds);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(WriteIndented = true)]
[System.Text.Json.Serialization.JsonSerializable(typeof(List<Figures>))]
internal sealed partial class BenchJson : System.Text.Json.Serialization.JsonSerializerContext;
