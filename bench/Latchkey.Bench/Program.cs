using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Bench.Dashboard;

namespace Latchkey.Bench;

/// <summary>
/// Measures the real server with full durability: server (and PostgreSQL) on core 0, load generator on core 1.
/// 1. A closed loop: CPU time of server and database per operation, which other load hardly affects, and the rate, which it does.
/// 2. An open loop at half that rate: the latency from the time at which an operation was due. 3.
/// Another run: bytes allocated per operation.
/// 4. Memory after 1,000 logins, and the start-up time on an existing database.
/// </summary>
internal static class Program
{
    private const int Port = 5495;
    private const int Logins = 1000;

    /// <summary>With fewer operations the measurement would include just-in-time compilation.</summary>
    private const int WarmUp = 2000;
    private const int AllocationOperations = 500;

    private const string Metrics = "metrics";
    private const string Pages = "dashboard";

    private static readonly string[] Algorithms = ["ES256", "RS256"];
    private static readonly string[] Stores = ["sqlite", "postgres"];

    public static async Task<int> Main(string[] args)
    {
        var operations =
            args.Length == 0 ? 3000 : int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        var algorithms = Chosen(Algorithms, args);
        var stores = Chosen(Stores, args);
        if (operations is < 100 or > 1_000_000 || args.Skip(1).Except([.. Algorithms, .. Stores, Metrics, Pages]).Any()
            || !OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync(
                """
                usage: ./dev bench [operations] [sqlite|postgres] [ES256|RS256]
                       ./dev bench <operations> metrics     what metrics cost a login
                       ./dev bench <requests> dashboard [sqlite|postgres]     the time of each page with a million sign-ins
                operations of each kind: 100 to 1000000 (default 3000). The default is both databases and both algorithms.
                It reads /proc and pins processes to cores, so it needs Linux and at least two cores.
                """);
            return 2;
        }

        using (var self = System.Diagnostics.Process.GetCurrentProcess())
        {
            self.ProcessorAffinity = 2;
        }

        if (args.Contains(Metrics, StringComparer.Ordinal))
        {
            await MetricsCost.RunAsync(Port, operations);
            return 0;
        }

        if (args.Contains(Pages, StringComparer.Ordinal))
        {
            return await DashboardBench.RunAsync(stores, operations) ? 0 : 1;
        }

        var results = new Results([], []);
        Console.WriteLine(Operation.Heading);
        foreach (var (algorithm, store) in algorithms.SelectMany(a => stores.Select(s => (a, s))))
        {
            using var postgres = store == "postgres" ? PostgresProgram.Start(Port + 1) : null;
            await OnStoreAsync(new Scenario(store, algorithm, postgres), operations, results);
        }

        var folder = Directory.CreateDirectory(Path.Combine("bench", "results")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "latest.json"), JsonSerializer.Serialize(results, BenchJson.Default.Results));
        Console.WriteLine("\nThe figures are in bench/results/latest.json.");
        return 0;
    }

    private static string[] Chosen(string[] all, string[] args) =>
        all.Intersect(args, StringComparer.Ordinal).ToArray() is { Length: > 0 } some ? some : all;

    private static async Task OnStoreAsync(Scenario scenario, int operations, Results results)
    {
        using var setup = ServerSetup.New(Port, scenario);
        using (await setup.StartAsync(countsAllocations: false))
        {
            // The first start creates the database. The measured start is the one on an existing database.
        }

        var allocated = await AllocationsAsync(setup, scenario);
        using var server = await setup.StartAsync(countsAllocations: false);
        using var actors = await Actors.SetUpAsync(setup.BaseUrl, scenario.Algorithm, "load");
        var measurement = new Measurement(scenario, server);
        await measurement.WarmUpAsync(Logins, actors.LogInAsync);
        results.Programs.Add(ProgramFigures.Of(scenario, server, Logins));

        // The runtime compiles hot methods with full optimization only during a pause;
        // without one the first measured operation would include it.
        await measurement.WarmUpAsync(WarmUp, actors.LogInAsync);
        await Task.Delay(TimeSpan.FromSeconds(2));
        await measurement.WarmUpAsync(WarmUp, actors.LogInAsync);
        foreach (var operation in Operation.All)
        {
            var figures = await measurement.RunAsync(operation, actors, operations, allocated[operation.Name]);
            results.Operations.Add(figures);
            Console.WriteLine(figures);
        }

        Console.WriteLine(results.Programs[^1]);
    }

    private static async Task<Dictionary<string, double>> AllocationsAsync(ServerSetup setup, Scenario scenario)
    {
        using var server = await setup.StartAsync(countsAllocations: true);
        using var actors = await Actors.SetUpAsync(setup.BaseUrl, scenario.Algorithm, "allocations");
        var measurement = new Measurement(scenario, server);
        await measurement.WarmUpAsync(AllocationOperations, actors.LogInAsync);
        var bytes = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var operation in Operation.All)
        {
            bytes[operation.Name] = await measurement.BytesAsync(operation, actors, AllocationOperations);
        }

        return bytes;
    }
}

/// <param name="Store">sqlite or postgres.</param>
/// <param name="Algorithm">The signing algorithm of access tokens.</param>
internal sealed record Scenario(string Store, string Algorithm, PostgresProgram? Postgres);

/// <summary>A measured operation and its preparation.</summary>
/// <param name="PrepareAsync">Runs once per operation before the measurement.</param>
internal sealed record Operation(string Name, Func<Actors, Task> PrepareAsync, Func<Actors, Task> RunAsync)
{
    public static string Heading { get; } =
        $"{"store",-9}{"alg",-6}{"operation",-19}{"server CPU",11}{"db CPU",10}{"allocated",11}{"per second",12}"
        + $"{"open loop at",14}{"p50",9}{"p99",9}{"p99.9",9}";

    public static IReadOnlyList<Operation> All { get; } =
    [
        new("login until code", Nothing, static actors => actors.KeepCodeAsync()),
        new("code exchange", static actors => actors.KeepCodeAsync(), static actors => actors.ExchangeKeptCodeAsync()),
        new("refresh", static actors => actors.LogInAsync(), static actors => actors.RefreshKeptTokenAsync()),
        new("client credentials", Nothing, static actors => actors.ClientCredentialsAsync()),
        new("management token", Nothing, static actors => actors.ManagementTokenAsync()),
        new("registration", Nothing, static actors => actors.RegisterNewAsync()),
        new("registration again", Nothing, static actors => actors.RegisterAgainAsync()),
        new("metadata", Nothing, static actors => actors.MetadataAsync()),
        new("whole login", Nothing, static actors => actors.LogInAsync()),
    ];

    private static Task Nothing(Actors actors) => Task.CompletedTask;
}

/// <summary>CPU and latency in milliseconds, memory in bytes, each per operation.</summary>
internal sealed record OperationFigures(
    string Store, string Algorithm, string Operation, double ServerCpu, double DatabaseCpu, double BytesAllocated, double PerSecond,
    double OpenLoopPerSecond, double P50, double P99, double P999)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Store,-9}{Algorithm,-6}{Operation,-19}{ServerCpu,8:0.000} ms{DatabaseCpu,7:0.000} ms"
        + $"{BytesAllocated / 1024,8:0.0} KB{PerSecond,12:0}{OpenLoopPerSecond,12:0}/s{P50,6:0.0} ms{P99,6:0.0} ms{P999,6:0.0} ms");
}

/// <param name="StartUp">The milliseconds from the start of the process to its "listening" line, on an existing database.</param>
/// <param name="RssAnon">The megabytes of heaps and stacks.</param>
/// <param name="Rss">The megabytes of all resident memory, including mapped files of the framework.</param>
internal sealed record ProgramFigures(string Store, string Algorithm, double StartUp, int Logins, double RssAnon, double Rss)
{
    public static ProgramFigures Of(Scenario scenario, ServerProgram server, int logins)
    {
        var (rssAnon, rss) = ProcessFigures.Megabytes(server.Pid);
        return new(scenario.Store, scenario.Algorithm, server.StartUp.TotalMilliseconds, logins, rssAnon, rss);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Store,-9}{Algorithm,-6}start-up {StartUp:0} ms; after {Logins} logins RssAnon {RssAnon:0} MB, RSS {Rss:0} MB");
}

internal sealed record Results(List<OperationFigures> Operations, List<ProgramFigures> Programs);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Results))]
internal sealed partial class BenchJson : JsonSerializerContext;
