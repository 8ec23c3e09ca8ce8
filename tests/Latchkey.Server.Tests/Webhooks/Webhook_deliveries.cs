using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.Webhooks;

public sealed class Webhook_deliveries_on_SQLite(WithReceiverOnSqlite host)
    : Webhook_deliveries(host), IClassFixture<WithReceiverOnSqlite>;

public sealed class Webhook_deliveries_on_PostgreSQL(WithReceiverOnPostgres host)
    : Webhook_deliveries(host), IClassFixture<WithReceiverOnPostgres>;

/// <summary>Standard Webhooks: signatures, retries, rotation of secrets, and receivers that misbehave.</summary>
public abstract class Webhook_deliveries(WithReceiver host)
{
    [Fact]
    public async Task A_failed_delivery_is_tried_again_with_the_same_id()
    {
        var webhook = await host.CreateWebhookAsync("key.rotated");
        var answers = 0;
        host.Receiver.Answers[webhook.Path] = http =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref answers) == 1 ? 503 : 200;
            return http.Response.WriteAsync("answer " + answers);
        };
        await RotateKeyAsync();

        var failed = await host.DeliveryAsync(webhook, d => d.TryGetProperty("failure", out _));
        Assert.Equal("It answered 503; 2xx is expected.", failed.GetProperty("failure").GetString());
        Assert.Equal("answer 1", failed.GetProperty("response_body").GetString());
        host.Clock.Advance(TimeSpan.FromSeconds(6));
        var delivered = await host.DeliveryAsync(webhook, d => d.GetProperty("state").GetString() == "delivered");
        Assert.Equal(2, delivered.GetProperty("attempts").GetInt32());
        Assert.Equal(200, delivered.GetProperty("response_status").GetInt32());
        var sent = await host.Receiver.AtAsync(webhook.Path, 2);
        Assert.Equal(sent[0].Id, sent[1].Id);
        Assert.Equal(sent[0].Body, sent[1].Body);
        Assert.All(sent, s => Assert.True(s.IsSignedWith(webhook.Secret)));
    }

    [Fact]
    public void The_schedule_of_retries_covers_about_28_hours()
    {
        Assert.Equal(8, WebhookRetries.Attempts);
        Assert.Equal(TimeSpan.FromSeconds(99305), WebhookRetries.Pauses.Aggregate(TimeSpan.Zero, (sum, pause) => sum + pause));
        Assert.Equal(7, Enumerable.Range(0, 9).Count(left => WebhookRetries.PauseBefore(left) is not null && left <= 7));
        Assert.Null(WebhookRetries.PauseBefore(0));
        Assert.InRange(WebhookRetries.PauseBefore(7)!.Value, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.5));
        Assert.InRange(WebhookRetries.PauseBefore(1)!.Value, TimeSpan.FromHours(10), TimeSpan.FromHours(11));
    }

    [Fact]
    public async Task For_a_day_after_a_rotation_both_secrets_sign()
    {
        var webhook = await host.CreateWebhookAsync(Quiet);
        var rotated = await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/secrets:rotate");
        var secret = rotated.GetProperty("plain_secret").GetString()!;
        Assert.NotEqual(webhook.Secret, secret);
        Assert.Equal(2, rotated.GetProperty("webhook").GetProperty("secrets").GetArrayLength());

        await TestAsync(webhook);
        var during = (await host.Receiver.AtAsync(webhook.Path, 1))[0];
        Assert.True(during.IsSignedWith(secret) && during.IsSignedWith(webhook.Secret));

        host.Clock.Advance(WebhookSecret.Overlap);
        await TestAsync(webhook);
        var after = (await host.Receiver.AtAsync(webhook.Path, 2))[1];
        Assert.True(after.IsSignedWith(secret));
        Assert.False(after.IsSignedWith(webhook.Secret), "the former secret still signs");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var webhook = await host.CreateWebhookAsync(Quiet);
        host.Receiver.Answers[webhook.Path] = http =>
        {
            http.Response.Redirect(host.Receiver.Url + "/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        await TestAsync(webhook);
        var failed = await host.DeliveryAsync(webhook, d => d.GetProperty("state").GetString() == "failed");
        Assert.Equal("It answered 307. Redirects are not followed: set the final address.", failed.GetProperty("failure").GetString());
        Assert.Empty(host.Receiver.At("/elsewhere"));
    }

    [Fact]
    public async Task A_huge_answer_is_read_up_to_one_KiB()
    {
        var webhook = await host.CreateWebhookAsync(Quiet);
        host.Receiver.Answers[webhook.Path] = async http =>
        {
            for (var i = 0; i < 10_000 && !http.RequestAborted.IsCancellationRequested; i++)
            {
                await http.Response.WriteAsync(new string('x', 1024), http.RequestAborted);
            }
        };
        await TestAsync(webhook);
        var delivered = await host.DeliveryAsync(webhook, d => d.GetProperty("state").GetString() == "delivered");
        Assert.Equal(new string('x', WebhookSender.MaxAnswerBytes), delivered.GetProperty("response_body").GetString());
    }

    [Fact]
    public async Task A_slow_receiver_is_given_up_and_holds_up_no_other()
    {
        var (slow, quick) = (await host.CreateWebhookAsync(Quiet), await host.CreateWebhookAsync(Quiet));
        host.Receiver.Answers[slow.Path] = http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        await TestAsync(slow);
        await host.Receiver.AtAsync(slow.Path, 1);
        await TestAsync(quick);
        await host.DeliveryAsync(quick, d => d.GetProperty("state").GetString() == "delivered");
        var failed = await host.DeliveryAsync(slow, d => d.GetProperty("state").GetString() == "failed");
        Assert.Equal("It did not answer within 10 seconds.", failed.GetProperty("failure").GetString());
    }

    [Fact]
    public async Task A_delivery_that_is_sent_again_has_the_same_id_and_a_fresh_signature()
    {
        var webhook = await host.CreateWebhookAsync(Quiet);
        await TestAsync(webhook);
        var delivered = await host.DeliveryAsync(webhook, d => d.GetProperty("state").GetString() == "delivered");
        host.Clock.Advance(TimeSpan.FromMinutes(10));
        var path = $"/api/v1/webhooks/{webhook.Id}/deliveries/{delivered.GetProperty("id").GetString()}";
        await host.SendAsync(HttpMethod.Post, path + "/attempts");
        var sent = await host.Receiver.AtAsync(webhook.Path, 2);
        Assert.Equal(sent[0].Id, sent[1].Id);
        Assert.True(long.Parse(sent[1].Timestamp) - long.Parse(sent[0].Timestamp) >= 600);
        Assert.True(sent[1].IsSignedWith(webhook.Secret));
    }

    [Fact]
    public async Task An_endpoint_that_fails_for_days_is_disabled_until_it_is_enabled_again()
    {
        var webhook = await host.CreateWebhookAsync(Quiet);
        host.Receiver.Answers[webhook.Path] = http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await TestAsync(webhook);
        await host.DeliveryAsync(webhook, d => d.GetProperty("state").GetString() == "failed");
        host.Clock.Advance(WebhookRetries.DisabledAfter);
        await TestAsync(webhook);
        JsonElement shown = default;
        await Eventually.TrueAsync(
            async () =>
            {
                shown = (await host.SendAsync(HttpMethod.Get, $"/api/v1/webhooks/{webhook.Id}")).GetProperty("webhook");
                return !shown.GetProperty("enabled").GetBoolean();
            },
            "the endpoint is still enabled");
        Assert.Contains("Every delivery has failed since", shown.GetProperty("disabled_reason").GetString(), StringComparison.Ordinal);
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/events:test"), 409, "webhook_disabled");

        var enabled = await host.SendAsync(HttpMethod.Patch, $"/api/v1/webhooks/{webhook.Id}", new { enabled = true });
        Assert.False(enabled.GetProperty("webhook").TryGetProperty("disabled_reason", out _));
    }

    [Fact]
    public async Task A_deleted_endpoint_gets_nothing_any_more()
    {
        var webhook = await host.CreateWebhookAsync("key.rotated");
        host.Receiver.Answers[webhook.Path] = http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await RotateKeyAsync();
        await host.DeliveryAsync(webhook, d => d.TryGetProperty("failure", out _));
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/webhooks/{webhook.Id}");
        host.Clock.Advance(TimeSpan.FromHours(1));
        var other = await host.CreateWebhookAsync(Quiet);
        await TestAsync(other);
        await host.DeliveryAsync(other, d => d.GetProperty("state").GetString() == "delivered");
        Assert.Single(host.Receiver.At(webhook.Path));
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Get, $"/api/v1/webhooks/{webhook.Id}/deliveries"), 404, "webhook_endpoint_not_found");
    }

    /// <summary>An event that no test of this class causes.</summary>
    private const string Quiet = "consent.denied";

    /// <summary>Sends a test event, which has one attempt.</summary>
    private Task TestAsync(TestWebhook webhook) => host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/events:test");

    /// <summary>Causes an event with all attempts.</summary>
    private Task RotateKeyAsync() => host.SendAsync(HttpMethod.Post, "/api/v1/keys:rotate", new { purpose = "RS256", force = true });
}
