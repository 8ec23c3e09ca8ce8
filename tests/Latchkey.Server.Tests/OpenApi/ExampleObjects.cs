using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

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
        return made;
    }

    /// <summary>The path of a call, with ids of existing objects.</summary>
    public async Task<string> PathAsync(DescribedCall call)
    {
        if (call.Method == "GET" || call.Path.Contains("{id}", StringComparison.Ordinal))
        {
            await SignInAsync();
        }

        var login = call.Path.Contains("{id}", StringComparison.Ordinal) ? await BeginAsync() : "";
        return Braces()
            .Replace(call.Path, place => place.Groups["name"].Value is "id" ? login : ids[KeyOf(place.Groups["name"].Value, call.Path)]);
    }

    public void Remember(DescribedCall call, JsonElement answer)
    {
        var child = $"{call.Path}/{{x}}";
        foreach (var (name, thing, id) in new[] { ("resource", "resource", "id"), ("connection", "connection", "id"),
            ("client", "client", "client_id"), ("secret", "secret", "id"), ("token", "initial_access_token", "id") })
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
                || path.EndsWith("/user", StringComparison.Ordinal) => 3,
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
