using Latchkey.Server.Cli;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Latchkey.Server.Tests.Supervision;

/// <summary>A stop that no operator asked for is an error of the process, so that its supervisor starts it again.</summary>
public sealed class Fatal_stops
{
    [Fact]
    public async Task A_failed_background_service_ends_the_process_with_exit_code_1()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddHostedService<Failing>();
        using var host = builder.Build();
        await host.StartAsync();
        await host.WaitForShutdownAsync();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Commands.ThrowIfFailedAsync(host.Services));
        Assert.Equal(1, CommandFailure.Of(failure, settings: null).ExitCode);
    }

    [Fact]
    public async Task A_stop_that_was_asked_for_is_no_failure()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddHostedService<Waiting>();
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();

        await Commands.ThrowIfFailedAsync(host.Services);
    }

    private sealed class Failing : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("broken");
        }
    }

    private sealed class Waiting : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(Timeout.Infinite, stoppingToken);
    }
}
