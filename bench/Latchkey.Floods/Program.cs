using System.Globalization;
using Latchkey.Bench;

namespace Latchkey.Floods;

/// <summary>
/// Floods the real server from one network, with the default rate limits, while people of another network sign in:
/// 1. good logins alone, at 5 per second in an open loop; 2. the same with each flood at 200 requests per second; 3. per flood the latency
/// of the good logins, the responses, and the growth of memory and database; 4. the rows that are left after cleanup.
/// Server (and PostgreSQL) run on core 0, the load on core 1.
/// </summary>
internal static class Program
{
    private const int Port = 5497;
    private const string GoodNetwork = "198.51.100.7";
    private static readonly string[] Stores = ["sqlite", "postgres"];

    public static async Task<int> Main(string[] args)
    {
        var seconds =
            args.Length == 0 ? 60 : int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        var stores = Stores.Intersect(args, StringComparer.Ordinal).ToArray() is { Length: > 0 } some ? some : Stores;
        var only = args.Skip(1).Except(Stores, StringComparer.Ordinal).ToArray();
        if (seconds is < 5 or > 3600 || only.Except(Flood.All.Select(flood => flood.Name), StringComparer.Ordinal).Any()
            || !OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync(
                $"""
                usage: ./dev floods [seconds] [sqlite|postgres] [flood]...
                seconds of each flood: 5 to 3600 (default 60). Floods: {string.Join(", ", Flood.All.Select(flood => flood.Name))}.
                It reads /proc and pins processes to cores, so it needs Linux and at least two cores.
                """);
            return 2;
        }

        using (var self = System.Diagnostics.Process.GetCurrentProcess())
        {
            self.ProcessorAffinity = 2;
        }

        var isGood = true;
        foreach (var store in stores)
        {
            using var postgres = store == "postgres" ? PostgresProgram.Start(Port + 1) : null;
            isGood &= await OnStoreAsync(
                new Scenario(store, "ES256", postgres), seconds, [.. Flood.All.Where(f => only.Length == 0 || only.Contains(f.Name))]);
        }

        return isGood ? 0 : 1;
    }

    private static async Task<bool> OnStoreAsync(Scenario scenario, int seconds, IReadOnlyList<Flood> floods)
    {
        using var slow = new SlowHosts();
        using var setup = ServerSetup.New(Port, scenario, new()
        {
            ["Latchkey__RateLimits__Enabled"] = "true",
            ["Latchkey__TrustedProxies"] = "127.0.0.1;::1",
            ["Latchkey__Cimd__HostMap"] = slow.HostMap,
        });
        var database = new DatabaseFigures(setup.Storage, setup.Data);
        var isGood = true;
        DatabaseSize before;
        using (var server = await setup.StartAsync(countsAllocations: false))
        {
            using var good = await Actors.SetUpAsync(setup.BaseUrl, scenario.Algorithm, "good", GoodNetwork);
            await Traffic.LoginsAsync(good, TimeSpan.FromSeconds(Math.Max(10, seconds / 2)));
            before = await database.ReadAsync();
            var alone = await Traffic.LoginsAsync(good, TimeSpan.FromSeconds(seconds));
            Console.WriteLine($"\n{scenario.Store}: good logins alone: {alone}");
            Console.WriteLine(FloodFigures.Heading);
            foreach (var (number, flood) in floods.Index())
            {
                var figures = await FloodAsync(flood, number, good, server, setup.BaseUrl, database, alone, seconds);
                isGood &= figures.IsGood;
                Console.WriteLine(figures);
            }

            alone = await Traffic.LoginsAsync(good, TimeSpan.FromSeconds(seconds));
            Console.WriteLine($"{scenario.Store}: good logins alone again: {alone}");
        }

        Console.WriteLine($"before the floods     {before}");
        Console.WriteLine($"after the floods      {await database.ReadAsync()}");
        await database.CleanUpAsync(setup.BaseUrl);
        Console.WriteLine($"after cleanup         {await database.ReadAsync()}");
        return isGood;
    }

    private static async Task<FloodFigures> FloodAsync(
        Flood flood, int number, Actors good, ServerProgram server, string baseUrl, DatabaseFigures database, LoginFigures alone,
        int seconds)
    {
        // Each flood has a network of its own, and so a full budget.
        using var attacker = new Attacker(baseUrl, $"203.0.113.{number + 1}", good);
        var requests = await flood.PrepareAsync(attacker);
        var (memory, size) = (ProcessFigures.Megabytes(server.Pid).Rss, await database.ReadAsync());
        using var stop = new CancellationTokenSource();
        var running = Traffic.FloodAsync(attacker, requests, stop.Token);
        var logins = await Traffic.LoginsAsync(good, TimeSpan.FromSeconds(seconds));
        await stop.CancelAsync();
        var statuses = await running;
        var (memoryAfter, sizeAfter) = (ProcessFigures.Megabytes(server.Pid).Rss, await database.ReadAsync());
        await Task.Delay(TimeSpan.FromSeconds(2));
        return new(flood.Name, logins, alone, statuses, memoryAfter - memory, size, sizeAfter);
    }
}

/// <summary>The figures of one flood, with the bounds that they must keep.</summary>
internal sealed record FloodFigures(
    string Name, LoginFigures Logins, LoginFigures Alone, IReadOnlyDictionary<int, int> Statuses, double Memory, DatabaseSize Before,
    DatabaseSize After)
{
    private const double MaxSlowdown = 2;
    private const double MaxMegabytesOfMemory = 50;
    private const double MaxMegabytesOfDatabase = 20;

    public static string Heading { get; } =
        $"{"flood",-14}{"p95",10}{"slower",9}{"failed",8}{"memory",11}{"database",12}{"files",10}{"rows",8}  responses";

    public bool IsGood => Logins.Failures == 0 && Slowdown <= MaxSlowdown && Memory < MaxMegabytesOfMemory
        && Megabytes < MaxMegabytesOfDatabase;

    private double Slowdown => Logins.P95 / Alone.P95;

    private double Megabytes => After.LiveMegabytes - Before.LiveMegabytes;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name,-14}{Logins.P95,7:0.0} ms{Slowdown,8:0.00}x{Logins.Failures,8}{Memory,8:0.0} MB{Megabytes,9:0.0} MB"
        + $"{After.FileMegabytes - Before.FileMegabytes,7:0.0} MB{After.Rows - Before.Rows,8}  "
        + $"{string.Join(' ', Statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}:{s.Value}"))}{(IsGood ? "" : "  BEYOND A BOUND")} "
        + $"{Logins.Failure}");
}
