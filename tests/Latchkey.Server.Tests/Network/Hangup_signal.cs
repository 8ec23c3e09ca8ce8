using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Network;

public sealed class Hangup_signal(PlainProcess host) : IClassFixture<PlainProcess>
{
    [Fact]
    public async Task SIGHUP_does_not_end_a_server_without_TLS()
    {
        for (var times = 0; times < 3; times++)
        {
            await host.Server.SignalAsync("HUP");
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        using var alive = await host.Anonymous.GetAsync("/healthz");
        Assert.True(alive.IsSuccessStatusCode);
        Assert.False(host.Server.HasExited);
        Assert.Equal([$"Latchkey listening on {host.BaseUrl}"], host.Server.Lines);
        await Eventually.TrueAsync(
            () => host.Server.Errors.Contains("Listening on http://127.0.0.1", StringComparison.Ordinal),
            "the log does not name the address");
    }
}
