using Clients.Programs;

namespace Clients.Webhooks;

/// <summary>A server that may send webhooks to loopback.</summary>
public sealed class ServerWithWebhooks : LatchkeyServer
{
    protected override (string Name, string Value)[] Settings => [("Latchkey__Webhooks__PrivateNetworks", "127.0.0.0/8")];
}

/// <summary>Signatures are verified by the npm package of Standard Webhooks, and by the lines of docs/guide/webhooks.md.</summary>
public sealed class Signatures_of_webhooks(ServerWithWebhooks server) : IClassFixture<ServerWithWebhooks>
{
    [Fact]
    public async Task A_request_is_accepted_and_a_changed_one_is_not()
    {
        await using var receiver = NodeProgram.Start("webhook-receiver", [TestEnvironment.Of("WebhooksGuide")]);
        var url = (await receiver.ReadResultAsync())["url"].GetString();
        var made = await server.Operator.SendAsync(HttpMethod.Post, "/api/v1/webhooks", new { url });
        var secret = made.GetProperty("plain_secret").GetString();
        var path = $"/api/v1/webhooks/{made.GetProperty("webhook").GetProperty("id").GetString()}";
        await server.Operator.SendAsync(HttpMethod.Post, path + "/events:test");

        var verified = await receiver.SucceedAsync("next", new { secret });
        Assert.Equal("webhook.test", verified["byPackage"].GetString());
        Assert.Equal("webhook.test", verified["byGuide"].GetString());
        Assert.Equal("No matching signature found", verified["changedByPackage"].GetString());
        Assert.Equal("wrong signature", verified["changedByGuide"].GetString());

        var rotated = await server.Operator.SendAsync(HttpMethod.Post, path + "/secrets:rotate");
        foreach (var valid in (string?[])[secret, rotated.GetProperty("plain_secret").GetString()])
        {
            await server.Operator.SendAsync(HttpMethod.Post, path + "/events:test");
            verified = await receiver.SucceedAsync("next", new { secret = valid });
            Assert.Equal(
                ("webhook.test", "webhook.test"), (verified["byPackage"].GetString(), verified["byGuide"].GetString()));
        }
    }
}
