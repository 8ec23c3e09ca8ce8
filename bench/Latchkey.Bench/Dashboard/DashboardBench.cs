using System.Diagnostics;
using System.Globalization;

namespace Latchkey.Bench.Dashboard;

/// <summary>
/// The time of every page of the dashboard with 100,000 clients, 1,000,000 grants and 1,000,000 sign-ins, while 50 logins per second run.
/// 1. The server writes some logins, whose rows are copied while it is stopped. 2. An operator follows the links of the dashboard to find
/// its pages. 3. Each page is asked for a number of times.
/// </summary>
internal static class DashboardBench
{
    private const int Port = 5505;
    private const int BaseLogins = 1000;
    private const int LoginsPerSecond = 50;
    private const int Examples = 20;
    private const int WarmUp = 10;
    private const double Bound = 100;

    /// <summary>Returns false when a page is slower than the bound.</summary>
    public static async Task<bool> RunAsync(IEnumerable<string> stores, int requests)
    {
        var isFast = true;
        foreach (var store in stores)
        {
            using var postgres = store == "postgres" ? PostgresProgram.Start(Port + 1) : null;
            isFast &= await OnStoreAsync(new Scenario(store, "ES256", postgres), requests);
        }

        return isFast;
    }

    private static async Task<bool> OnStoreAsync(Scenario scenario, int requests)
    {
        using var setup = ServerSetup.New(Port, scenario);
        Console.WriteLine($"{scenario.Store}: writing rows");
        await FillAsync(setup, scenario);
        using var server = await setup.StartAsync(countsAllocations: false);
        using var actors = await Actors.SetUpAsync(setup.BaseUrl, scenario.Algorithm, "load");
        using var reader = await Operator.SignInAsync(setup.BaseUrl);
        await new Measurement(scenario, server).WarmUpAsync(BaseLogins, actors.LogInAsync);
        var pages = await reader.PagesAsync(Examples);
        using var stop = new CancellationTokenSource();
        var logins = LogInAsync(actors, stop.Token);
        Console.WriteLine($"{"page",-60}{"p50",9}{"p95",9}{"max",9}   ({requests} requests each, {LoginsPerSecond} logins per second)");
        var isFast = true;
        foreach (var (page, addresses) in pages.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            isFast &= await MeasureAsync(reader, page, addresses, requests);
        }

        await stop.CancelAsync();
        Console.WriteLine($"{pages.Count} pages, {await logins} logins");
        return isFast;
    }

    private static async Task FillAsync(ServerSetup setup, Scenario scenario)
    {
        string client;
        using (var server = await setup.StartAsync(countsAllocations: false))
        {
            using var actors = await Actors.SetUpAsync(setup.BaseUrl, scenario.Algorithm, "copied");
            await new Measurement(scenario, server).WarmUpAsync(BaseLogins, actors.LogInAsync);
            client = actors.PublicClient;
        }

        await setup.RunAsync("operators", "create", Operator.Email, "--name", "Owner", "--password", $"env:{ServerSetup.PasswordVariable}");
        await new ManyRows(scenario, setup.Data).WriteAsync(client);
    }

    private static async Task<bool> MeasureAsync(Operator reader, string page, List<string> addresses, int requests)
    {
        var times = new double[requests];
        for (var i = -WarmUp; i < requests; i++)
        {
            var watch = Stopwatch.StartNew();
            await reader.GetAsync(addresses[(i + WarmUp) % addresses.Count]);
            times[Math.Max(i, 0)] = watch.Elapsed.TotalMilliseconds;
        }

        Array.Sort(times);
        var p95 = times[(int)(requests * 0.95)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{page,-60}{times[requests / 2],6:0.0} ms{p95,6:0.0} ms{times[^1],6:0.0} ms{(p95 > Bound ? "   too slow" : "")}"));
        return p95 <= Bound;
    }

    /// <summary>Returns the number of logins that were completed until the stop.</summary>
    private static async Task<int> LogInAsync(Actors actors, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / LoginsPerSecond));
        var running = new List<Task>();
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            running.Add(Task.Run(actors.LogInAsync, CancellationToken.None));
        }

        await Task.WhenAll(running);
        return running.Count;
    }
}
