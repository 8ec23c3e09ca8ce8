using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Network;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A request that a receiver of webhooks got.</summary>
public sealed record ReceivedWebhook(string Path, string Id, string Timestamp, string Signature, string Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public string Type => Json.GetProperty("type").GetString()!;

    public JsonElement Data => Json.GetProperty("data");

    /// <summary>Verifies the signature as the specification of Standard Webhooks says, without code of the server.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}")));
        return Signature.Split(' ').Contains(expected, StringComparer.Ordinal);
    }
}

/// <summary>A company's application that receives webhooks, by HTTP on loopback.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedWebhook> received = new();

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(ReceiveAsync);
    }

    public string Url => app.Urls.First();

    public IReadOnlyList<ReceivedWebhook> Received => [.. received];

    /// <summary>What is answered on a path; 204 where nothing is set.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task>> Answers { get; } = new(StringComparer.Ordinal);

    public static async Task<WebhookReceiver> StartAsync()
    {
        var receiver = new WebhookReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public IReadOnlyList<ReceivedWebhook> At(string path) => [.. received.Where(r => r.Path == path)];

    /// <summary>Waits until a path has got this many requests.</summary>
    public async Task<IReadOnlyList<ReceivedWebhook>> AtAsync(string path, int count)
    {
        await Eventually.TrueAsync(() => At(path).Count >= count, $"{path} got {At(path).Count} of {count} requests");
        return At(path);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        var path = http.Request.Path.Value!;
        received.Enqueue(new(
            path, http.Request.Headers["webhook-id"].ToString(), http.Request.Headers["webhook-timestamp"].ToString(),
            http.Request.Headers["webhook-signature"].ToString(), body));
        if (Answers.TryGetValue(path, out var answer))
        {
            await answer(http);
        }
        else
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }
}

/// <summary>A webhook endpoint that a test created.</summary>
public sealed record TestWebhook(string Id, string Path, string Secret);

/// <summary>A host that may send webhooks to loopback, with a receiver.</summary>
public abstract class WithReceiver : LatchkeyHost
{
    private int endpoints;

    public WebhookReceiver Receiver { get; private set; } = null!;

    /// <summary>Creates an endpoint at a path of its own.</summary>
    public async Task<TestWebhook> CreateWebhookAsync(params string[] events)
    {
        var path = $"/hook{Interlocked.Increment(ref endpoints)}";
        var made = await SendAsync(HttpMethod.Post, "/api/v1/webhooks", new { url = Receiver.Url + path, events });
        return new(
            made.GetProperty("webhook").GetProperty("id").GetString()!, path, made.GetProperty("plain_secret").GetString()!);
    }

    /// <summary>The deliveries of an endpoint, newest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> DeliveriesAsync(TestWebhook webhook) =>
        [.. (await SendAsync(HttpMethod.Get, $"/api/v1/webhooks/{webhook.Id}/deliveries")).GetProperty("deliveries").EnumerateArray()];

    /// <summary>Waits until the newest delivery of an endpoint is in this state.</summary>
    public async Task<JsonElement> DeliveryAsync(TestWebhook webhook, Func<JsonElement, bool> wanted)
    {
        JsonElement found = default;
        await Eventually.TrueAsync(
            async () =>
            {
                var deliveries = await DeliveriesAsync(webhook);
                found = deliveries.Count > 0 ? deliveries[0] : default;
                return deliveries.Count > 0 && wanted(found);
            },
            $"the newest delivery is {found}");
        return found;
    }

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        Receiver = await WebhookReceiver.StartAsync();
        return settings with { WebhookPrivateNetworks = NetworkList.Parse("127.0.0.0/8", out _)! };
    }

    private protected override ValueTask DisposeAsyncCore() => Receiver.DisposeAsync();
}

public sealed class WithReceiverOnSqlite : WithReceiver
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}

public sealed class WithReceiverOnPostgres : WithReceiver
{
    private protected override async Task<string> StorageAsync(string folder) =>
        "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
