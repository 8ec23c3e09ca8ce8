using System.Globalization;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;

namespace Latchkey.Server.Tests.Webhooks;

/// <summary>Two servers on one database.</summary>
public sealed class TwoNodes : WithReceiver
{
    private WebApplication? second;

    private protected override async Task<string> StorageAsync(string folder) =>
        "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private protected override async Task StartAsync(Settings settings)
    {
        await base.StartAsync(settings);
        second = Program.Build(
            settings with
            {
                Listen = [$"http://localhost:{FreePorts.Next()}"],
                BootstrapApiClientId = null,
                BootstrapApiClientSecret = null,
            },
            Clock);
        await ServiceRegistration.StartAsync(second, CancellationToken.None);
        await second.StartAsync();
    }

    private protected override async Task StopAsync()
    {
        if (second is not null)
        {
            await second.StopAsync();
            await second.DisposeAsync();
        }

        await base.StopAsync();
    }
}

/// <summary>On several nodes one sends each attempt.</summary>
public sealed class Webhooks_of_several_nodes(TwoNodes host) : IClassFixture<TwoNodes>
{
    [Fact]
    public async Task Each_attempt_is_sent_by_one_node()
    {
        const int Events = 30;
        var webhook = await host.CreateWebhookAsync("consent.denied");
        var failed = 0;
        host.Receiver.Answers[webhook.Path] = async http =>
        {
            await Task.Delay(20, http.RequestAborted);
            http.Response.StatusCode = Interlocked.Increment(ref failed) % 3 == 0 ? 500 : 200;
        };
        for (var i = 0; i < Events; i++)
        {
            await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/events:test");
        }

        await Eventually.TrueAsync(
            async () => (await host.SendAsync(HttpMethod.Get, $"/api/v1/webhooks/{webhook.Id}/deliveries?state=pending"))
                .GetProperty("total_size").GetInt32() == 0,
            "deliveries wait");
        await Task.Delay(TimeSpan.FromSeconds(3));
        var received = host.Receiver.At(webhook.Path);
        Assert.Equal(Events, received.Count);
        Assert.Equal(Events, received.Select(r => r.Id).Distinct(StringComparer.Ordinal).Count());
    }
}

/// <summary>A server that is killed between the change and the delivery.</summary>
public sealed class KilledNode : InAProcess
{
    public WebhookReceiver Receiver { get; private set; } = null!;

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        Receiver = await WebhookReceiver.StartAsync();
        return settings with { WebhookPrivateNetworks = NetworkList.Parse("127.0.0.0/8", out _)! };
    }

    private protected override IEnumerable<(string Name, string Value)> MoreVariables(Settings settings) =>
        [("Latchkey__Webhooks__PrivateNetworks", "127.0.0.0/8")];

    private protected override ValueTask DisposeAsyncCore() => Receiver.DisposeAsync();

    internal Task KillAsync() => Server.SignalAsync("KILL");
}

public sealed class Webhooks_after_a_killed_process(KilledNode host) : IClassFixture<KilledNode>
{
    [Fact]
    public async Task An_event_of_a_change_before_the_kill_is_delivered_after_the_restart()
    {
        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/webhooks", new { url = host.Receiver.Url + "/killed", events = new[] { "grant.created" } });
        var secret = made.GetProperty("plain_secret").GetString()!;
        host.Receiver.Answers["/killed"] = http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        await client.TokensAsync();
        await host.KillAsync();

        // The change is stored. Whether its event was on its way already does not matter.
        host.Receiver.Answers.Clear();
        var before = host.Receiver.At("/killed").Count;
        await host.StartServerAsync();
        var sent = (await host.Receiver.AtAsync("/killed", before + 1))[before];
        Assert.Equal("grant.created", sent.Type);
        Assert.True(sent.IsSignedWith(secret), "the secret changed with the restart");
        Assert.Equal("ada", sent.Data.GetProperty("sub").GetString());
        Assert.True(
            long.Parse(sent.Timestamp, CultureInfo.InvariantCulture) > 0);
    }
}
