namespace Latchkey.Server.Supervision;

/// <summary>A loop that runs as long as the server.</summary>
/// <param name="Name">The name in logs and metrics.</param>
internal sealed record BackgroundLoop(string Name, Func<CancellationToken, Task> RunAsync)
{
    public static void Add<TOwner>(IServiceCollection services, string name, Func<TOwner, CancellationToken, Task> runAsync)
        where TOwner : notnull =>
        services.AddSingleton(provider => new BackgroundLoop(name, stop => runAsync(provider.GetRequiredService<TOwner>(), stop)));
}

/// <summary>Runs every registered loop under the supervisor, from the start of the server to its end.</summary>
internal sealed class BackgroundLoops(IEnumerable<BackgroundLoop> loops, Supervisor supervisor) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(loops.Select(loop => supervisor.RunAsync(loop.Name, loop.RunAsync, stoppingToken)));
}
