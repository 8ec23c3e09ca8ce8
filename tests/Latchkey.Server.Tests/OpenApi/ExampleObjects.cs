using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Webhooks;
using Latchkey.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.OpenApi;

/// <summary>Objects that paths refer to, created by the document's example requests and by the login of a user.</summary>
internal sealed partial class ExampleObjects(LatchkeyHost host)
{
    private readonly Dictionary<string, string> ids = new(StringComparer.Ordinal) { ["organization"] = "acme" };

    private McpClient? client;

    /// <summary>Creates what every path needs, with the document's own create requests.</summary>
    public static async Task<ExampleObjects> MakeAsync(LatchkeyHost host, ApiDescription description)
    {
        var made = new ExampleObjects(host);
        foreach (var call in InLifecycleOrder(description).TakeWhile(c => c.Method == "POST"))
        {
            made.Remember(call, await host.SendAsync(new(call.Method), await made.PathAsync(call), call.ExampleBody));
        }

        await made.SignInAsync();
        await made.DeliverAsync();
        return made;
    }

    /// <summary>The path of a call, with ids of existing objects.</summary>
    public async Task<string> PathAsync(DescribedCall call)
    {
        if (call.Method == "GET" || call.Path.Contains("{id}", StringComparison.Ordinal))
        {
            await SignInAsync();
        }

        if (call.Path.Contains("{delivery}", StringComparison.Ordinal))
        {
            await DeliverAsync();
        }

        if (call is { Method: "DELETE", Path: "/api/v1/connections/{connection}" })
        {
            return $"/api/v1/connections/{await UnusedConnectionAsync()}";
        }

        var login = call.Path.Contains("{id}", StringComparison.Ordinal) ? await BeginAsync() : "";
        return Braces()
            .Replace(call.Path, place => place.Groups["name"].Value is "id" ? login : ids[KeyOf(place.Groups["name"].Value, call.Path)]);
    }

    /// <summary>Only a connection that nothing names and at which no user is known can be deleted.</summary>
    private async Task<string> UnusedConnectionAsync()
    {
        var resource = (await host.SendAsync(
            HttpMethod.Post, "/api/v1/resources", new { name = "Unused", resource_uri = "https://unused.example/mcp" }))
            .GetProperty("resource").GetProperty("id").GetString();
        var connection = (await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{resource}/connections", new { login_url = "https://unused.example/login" }))
            .GetProperty("connection").GetProperty("id").GetString()!;
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{resource}");
        return connection;
    }

    public void Remember(DescribedCall call, JsonElement answer)
    {
        var child = $"{call.Path}/{{x}}";
        foreach (var (name, thing, id) in new[] { ("resource", "resource", "id"), ("connection", "connection", "id"),
            ("client", "client", "client_id"), ("secret", "secret", "id"), ("token", "initial_access_token", "id"),
            ("webhook", "webhook", "id") })
        {
            if (answer.TryGetProperty(thing, out var found))
            {
                ids.TryAdd(KeyOf(name, child), found.GetProperty(id).GetString()!);
            }
        }
    }

    /// <summary>Create (outer objects first), read, change, use, delete (outer objects last).</summary>
    public static IEnumerable<DescribedCall> InLifecycleOrder(ApiDescription description) => description.Calls
        .OrderBy(call => call switch
        {
            { Method: "POST", Path: var path } when path.EndsWith("users:revoke", StringComparison.Ordinal) => 5,
            { Method: "POST", Path: var path } when path.EndsWith("users:erase", StringComparison.Ordinal) => 6,
            { Method: "POST", Path: var path } when path.Contains(':', StringComparison.Ordinal)
                || path.EndsWith("/user", StringComparison.Ordinal) || path.EndsWith("/attempts", StringComparison.Ordinal) => 3,
            { Method: "POST" } => 0,
            { Method: "GET" } => 1,
            { Method: "DELETE" } => 4,
            _ => 2,
        })
        .ThenBy(call => (call.Method == "DELETE" ? -1 : 1) * call.Path.Count(c => c == '{'))
        .ThenBy(call => (call.Method == "DELETE" ? -1 : 1) * call.Path.Length);

    /// <summary>A user signs in and allows a client what it requests, once.</summary>
    public async Task SignInAsync()
    {
        if (client is not null)
        {
            return;
        }

        var credential = await host.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "login page", role = "login", connection_ids = new[] { ids["connection"] } });
        var company = new Company(
            host, ids["resource"], "https://mcp.example.com/mcp", ids["connection"],
            credential.GetProperty("client").GetProperty("client_id").GetString()!, credential.GetProperty("plain_secret").GetString()!);
        client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        ids["grant"] = tokens.Claims.GetProperty("grant_id").GetString()!;
        ids["consent"] = (await host.SendAsync(HttpMethod.Get, "/api/v1/user_consents")).GetProperty("consents")[0]
            .GetProperty("id").GetString()!;
        ids["key"] = (await host.SendAsync(HttpMethod.Get, "/api/v1/auth-requests")).GetProperty("auth_requests")[0]
            .GetProperty("id").GetString()!;
        ids["client of consent"] = client.Id;
    }

    /// <summary>A test event is sent to the webhook endpoint of the example, and its only attempt has ended, once.</summary>
    private async Task DeliverAsync()
    {
        if (ids.ContainsKey("delivery"))
        {
            return;
        }

        var endpoint = new WebhookEndpointId(ids["webhook"]);
        var sent = await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{endpoint.Value}/events:test");
        var id = new WebhookDeliveryId(sent.GetProperty("delivery_id").GetString()!);

        // The host of the example URL need not exist: the attempt is recorded here, unless the dispatcher has recorded its own.
        var deliveries = host.Services.GetRequiredService<DeliveryStore>();
        await Eventually.TrueAsync(
            async () =>
            {
                var delivery = (await deliveries.FindAsync(endpoint, id, default))!;
                await deliveries.SucceedAsync(
                    delivery, new(200, "received", Failure: null, TimeSpan.FromMilliseconds(21)), host.Clock.GetUtcNow(), default);
                return (await deliveries.FindAsync(endpoint, id, default))!.State != DeliveryState.Pending;
            },
            "the delivery is still pending");
        ids["delivery"] = id.Value;
    }

    private async Task<string> BeginAsync()
    {
        using var browser = new Browser(host);
        return (await browser.StartAsync(client!.Authorize())).LoginRequestId;
    }

    /// <summary>Three kinds of clients and of secrets share one parameter name.</summary>
    private static string KeyOf(string name, string path) => name is not ("client" or "secret") ? name
        : path.Contains("/consents/", StringComparison.Ordinal) ? $"{name} of consent"
        : path.StartsWith("/api/v1/clients", StringComparison.Ordinal) ? $"{name} of API"
        : path.StartsWith("/api/v1/organizations", StringComparison.Ordinal) ? $"{name} of organization"
        : $"{name} of resource";

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Braces();
}
