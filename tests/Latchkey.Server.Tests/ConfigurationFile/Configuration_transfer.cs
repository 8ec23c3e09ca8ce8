using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ConfigurationFile;

/// <summary>On a machine where no server has run yet: apply creates the database.</summary>
public sealed class Configuration_transfer
{
    private const string File =
        """
        resources:
          - resource_uri: https://first.example/mcp
            name: First
            scopes: [{ name: "a:read", description: "Read: all, the #1" }, { name: b, description: "true", enabled: false }]
            grant_expiry: 7200
            cimd_denied_hosts: ["*.evil.example"]
            connection: { login_url: "https://app.example/login?from=mcp", callback_verification: state_only, enabled: false }
            clients:
              - { name: "1", description: "😀 - \u0007", redirect_uris: ["https://web.example/callback?x=1,2"], secrets: [{ env: SECRET }] }
              - name: Desktop
                redirect_uris: ["http://127.0.0.1/callback", "com.example.app:/callback"]
                token_endpoint_auth_method: none
              - { name: Server, use: resource_server, secrets: [{ env: SECRET }] }
          - { resource_uri: "https://second.example/mcp", name: "null", connection_of: "https://first.example/mcp" }
        api_clients:
          - { client_id: skc_b, name: Login, role: login, connections_of: ["https://second.example/mcp"], secrets: [{ env: SECRET }] }
          - { client_id: skc_a, name: Ops, role: management, secrets: [{ env: SECRET }] }
        """;

    [Fact]
    public async Task An_export_applied_to_an_empty_database_is_exported_the_same_in_the_same_order()
    {
        const string Secret = "a-secret-for-every-client-of-this-file";
        using var here = CommandLine.WithNewDatabase().With("SECRET", Secret);
        using var there = CommandLine.WithNewDatabase().With("SECRET", Secret);
        Assert.Contains("7 to create", (await here.ApplyAsync(File)).Ended(), StringComparison.Ordinal);
        var exported = (await here.RunAsync("export")).Ended();
        (await there.ApplyAsync(exported.Replace("# secrets: [{env: NAME}]", "secrets: [{env: SECRET}] #", StringComparison.Ordinal)))
            .Ended();

        Assert.Single(exported.Split('\n'), l => l.Contains("use: resource_server", StringComparison.Ordinal));
        Assert.Equal(exported, (await there.RunAsync("export")).Ended());
        Assert.Equal(
            ["https://first.example/mcp", "https://second.example/mcp", "skc_b", "skc_a"],
            exported.Split('\n').Where(l => l.StartsWith("  - ", StringComparison.Ordinal)).Select(l => l.Split(": ")[1]));
    }
}
