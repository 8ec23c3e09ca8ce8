using System.Text.Json.Nodes;

namespace Demo.Provisioning;

/// <summary>
/// Configures Latchkey as an operator would: 1. a resource with two scopes for the MCP server; 2. a connection to AcmeApp's login page;
/// 3. an API client with which AcmeApp's backend reports logins. A second run finds all three and changes nothing.
/// </summary>
internal static class Provision
{
    public static async Task<Provisioned> RunAsync(
        ManagementApi api, DemoSettings settings, DemoState state, CancellationToken cancellationToken)
    {
        if (!await api.SignInAsync(state.ApiClientId, state.ApiClientSecret, cancellationToken))
        {
            throw new DemoException(
                "Latchkey refused the API client it was started with. Check whether another Latchkey listens on that port.");
        }

        var resource = await FindResourceAsync(api, settings.NotesUrl, cancellationToken)
            ?? await CreateResourceAsync(api, settings.NotesUrl, cancellationToken);
        var connectionId = await EnsureConnectionAsync(api, resource, settings.AcmeUrl + "/login", cancellationToken);
        return new Provisioned(Text(resource, "id"), await EnsureLoginClientAsync(api, settings, state, connectionId, cancellationToken));
    }

    private static async Task<string> EnsureConnectionAsync(
        ManagementApi api, JsonNode resource, string loginUrl, CancellationToken cancellationToken)
    {
        if (resource["connection_details"] is { } connection && Text(connection, "login_url").Equals(loginUrl, StringComparison.Ordinal))
        {
            return Text(connection, "id");
        }

        if (resource["connection_details"] is { } other)
        {
            // A former run used another port for AcmeApp.
            await api.PatchAsync(
                $"/api/v1/connections/{Text(other, "id")}", new JsonObject { ["login_url"] = loginUrl }, cancellationToken);
            return Text(other, "id");
        }

        var ensured = await api.PostAsync(
            $"/api/v1/resources/{Text(resource, "id")}/connections", new JsonObject { ["login_url"] = loginUrl }, cancellationToken);
        return Text(ensured["connection"], "id");
    }

    private static async Task<JsonNode?> FindResourceAsync(ManagementApi api, string resourceUri, CancellationToken cancellationToken)
    {
        var page = "";
        do
        {
            var list = await api.GetAsync(
                "/api/v1/resources?page_size=30" + (page.Length > 0 ? $"&page_token={Uri.EscapeDataString(page)}" : ""), cancellationToken);
            if (list["resources"]?.AsArray()
                .FirstOrDefault(resource => Text(resource, "resource_uri").Equals(resourceUri, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            page = (string?)list["next_page_token"] ?? "";
        }
        while (page.Length > 0);

        return null;
    }

    private static async Task<JsonNode> CreateResourceAsync(ManagementApi api, string resourceUri, CancellationToken cancellationToken)
    {
        var created = await api.PostAsync(
            "/api/v1/resources",
            new JsonObject
            {
                ["resource_type"] = "MCP_SERVER",
                ["name"] = "Notes",
                ["description"] = "Notes of Acme's users",
                ["resource_uri"] = resourceUri,
                ["scopes"] = new JsonArray(
                    new JsonObject { ["name"] = "notes:read", ["description"] = "Read your notes", ["access"] = "read" },
                    new JsonObject
                    {
                        ["name"] = "notes:write",
                        ["description"] = "Add, change and delete your notes",
                        ["access"] = "write",
                    }),
            },
            cancellationToken);
        return created["resource"] ?? throw new DemoException("Latchkey's management API created a resource and did not return it.");
    }

    /// <summary>A secret is returned only once, so the stored one is used as long as Latchkey accepts it.</summary>
    private static async Task<DemoState> EnsureLoginClientAsync(
        ManagementApi api, DemoSettings settings, DemoState state, string connectionId, CancellationToken cancellationToken)
    {
        using var probe = new ManagementApi(settings.LatchkeyUrl);
        if (state is { LoginClientId: { } id, LoginClientSecret: { } secret }
            && string.Equals(state.LoginConnectionId, connectionId, StringComparison.Ordinal)
            && await probe.SignInAsync(id, secret, cancellationToken))
        {
            return state;
        }

        var created = await api.PostAsync(
            "/api/v1/clients",
            new JsonObject { ["name"] = "AcmeApp", ["role"] = "login", ["connection_ids"] = new JsonArray(connectionId) },
            cancellationToken);
        return state with
        {
            LoginConnectionId = connectionId,
            LoginClientId = Text(created["client"], "client_id"),
            LoginClientSecret = Text(created, "plain_secret")
        };
    }

    private static string Text(JsonNode? node, string member) =>
        (string?)node?[member]
        ?? throw new DemoException($"The response of Latchkey's management API has no '{member}': {node?.ToJsonString()}");
}

internal sealed record Provisioned(string ResourceId, DemoState State);
