using System.Net;
using System.Net.Http.Json;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ConfigurationFile;

public sealed class Configuration_export_on_SQLite(OnSqlite host) : Configuration_export(host), IClassFixture<OnSqlite>;

public sealed class Configuration_export_on_PostgreSQL(OnPostgres host) : Configuration_export(host), IClassFixture<OnPostgres>;

public abstract class Configuration_export(LatchkeyHost host)
{
    /// <summary>Strings that YAML could read as another type or as syntax.</summary>
    private static readonly string[] Nasty =
    [
        "true", "No", "null", "~", "12", "1e3", "- a", "a: b", "a #b", "# a", "[a]", "{a}", "&a", "*a", "!a", "|", ">", "'a'", "\"a\"",
        "\\", " a ", "a:", "@a", "`a`", "%a", "? a", "a, b", "日本語", "😀", "a\u00a0b",
    ];

    [Fact]
    public async Task An_export_that_is_applied_changes_nothing()
    {
        await CreateEverythingAsync();
        using var line = CommandLine.At(host);
        var exported = (await line.RunAsync("export")).Ended();

        var applied = await line.ApplyAsync(exported, "--prune");
        Assert.True(applied.Ended().StartsWith("Nothing to change.", StringComparison.Ordinal), $"{applied.Output}\n{exported}");
        Assert.All(
            (string[])[
                "connection_of: ", "connection_ids: [conn_", "client_id: m2m_", "scopes: [scope:1, scope:2]",
                "callback_verification: state_only"],
            written => Assert.Contains(written, exported, StringComparison.Ordinal));
        Assert.All(
            ResourceFields.Table.Declared.Where(field => field.Use.HasFlag(FieldUse.Export)),
            field => Assert.Contains($" {field.Name}:", exported, StringComparison.Ordinal));
        Assert.DoesNotContain("Registered program", exported, StringComparison.Ordinal);
        Assert.DoesNotContain(host.ResponseAudit.Secrets, secret => exported.Contains(secret, StringComparison.Ordinal));
    }

    /// <summary>
    /// Creates over REST every member of a resource, a shared connection, one without a resource, two clients of one name and removed
    /// scopes.
    /// </summary>
    private async Task CreateEverythingAsync()
    {
        var members = FieldBodies.Of(
            ResourceFields.Table,
            FieldUse.Create,
            ("description", string.Join('\n', Nasty[..4])),
            ("logo_uri", "https://mcp.example/logo.png"),
            ("scopes", Nasty.Select((text, i) => new { name = $"scope:{i}", description = text, enabled = i % 7 != 0 })),
            ("default_scopes", new[] { "scope:1" }),
            ("disable_dynamic_client_registration", false),
            ("require_initial_access_token", false),
            ("enable_cimd", true),
            ("cimd_allowed_hosts", Enumerable.Range(0, 20).Select(i => $"client{i}.example")),
            ("signing_algorithm", "PS256"));
        members.Remove("name");
        members.Remove("resource_uri");
        var all = await host.NewCompanyAsync("state_only", members);
        await host.SendAsync(
            HttpMethod.Post,
            "/api/v1/resources",
            new { name = "Shares", resource_uri = "https://shares.example/mcp?a=b", connection_id = all.ConnectionId });
        var clients = $"/api/v1/resources/{all.ResourceId}/clients";
        await host.SendAsync(
            HttpMethod.Post, clients, new { name = "Nightly: #1", description = "- a", scopes = new[] { "scope:1", "scope:2" } });
        var capped = await host.SendAsync(HttpMethod.Post, clients, new
        {
            name = "Web",
            redirect_uris = new[] { "https://web.example/callback?x=1,2" },
            scopes = new[] { "scope:3" },
            token_endpoint_auth_method = "client_secret_basic",
            require_pushed_authorization_requests = true,
            enabled = false
        });
        await host.SendAsync(HttpMethod.Post, clients, new
        {
            name = "Desktop",
            redirect_uris = new[] { "http://127.0.0.1/callback", "com.example.app:/callback" },
            token_endpoint_auth_method = "none"
        });
        using var registered = await host.Anonymous.PostAsJsonAsync(
            clients + ":register", new { client_name = "Registered program", redirect_uris = new[] { "http://127.0.0.1/callback" } });
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new
        {
            name = "Signing",
            role = "read-only",
            jwks = ClientKey.Set,
            allowed_addresses = new[] { "192.0.2.0/24", "2001:db8::1" }
        });
        await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Reader", role = "read-only", enabled = false });
        await host.SendAsync(
            HttpMethod.Post,
            clients,
            new { name = "Desktop", redirect_uris = new[] { "http://127.0.0.1/other" }, token_endpoint_auth_method = "none" });

        // A client has a scope that the resource no longer has, and an API client has a connection whose resource was deleted.
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{all.ResourceId}", new
        {
            scopes = Nasty.Select((text, i) => new { name = $"scope:{i}", description = text, enabled = i % 7 != 0 })
                .Where((_, i) => i != 3)
        });
        var gone = await host.NewCompanyAsync();
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{gone.ResourceId}");
        Assert.Equal(["scope:3"], capped.GetProperty("client").GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
    }
}
