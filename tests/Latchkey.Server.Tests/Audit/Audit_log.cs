using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Audit;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Audit;

public sealed class Audit_log_on_SQLite(OnSqlite host) : Audit_log(host), IClassFixture<OnSqlite>;

public sealed class Audit_log_on_PostgreSQL(OnPostgres host) : Audit_log(host), IClassFixture<OnPostgres>;

/// <summary>The audit log over REST: every kind of change is recorded with its actor and without secrets.</summary>
public abstract class Audit_log(LatchkeyHost host)
{
    private const string Caller = "skc_operator";

    [Fact]
    public async Task Create_change_and_delete_of_a_resource_are_recorded_with_actor_and_detail()
    {
        var id = (await host.SendAsync(
            HttpMethod.Post,
            "/api/v1/resources",
            new { name = "Notes", resource_uri = $"https://{Ids.New("n").ToLowerInvariant()}.example/mcp", scopes = new[] { "a" } }))
            .GetProperty("resource").GetProperty("id").GetString()!;
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{id}", new { name = "Papers", access_token_expiry = 60 });
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{id}");

        var entries = await OfAsync(id);
        Assert.Equal(
            [("resource.deleted", Caller), ("resource.changed", Caller), ("resource.created", Caller)],
            entries.Select(e => (Text(e, "action"), Text(e, "actor"))));
        Assert.Equal(
            """{"name":{"from":"Notes","to":"Papers"},"access_token_lifetime":{"from":"00:15:00","to":"00:01:00"}}""",
            entries[1].GetProperty("detail").GetRawText());
        Assert.Equal("Notes", entries[2].GetProperty("detail").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Changes_of_connections_clients_and_API_clients_are_recorded_without_secrets_or_their_hashes()
    {
        var company = await host.NewCompanyAsync();
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { callback_verification = "state_only" });
        var client = await host.SendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "Back office" });
        var clientId = client.GetProperty("client").GetProperty("client_id").GetString()!;
        var more = await host.SendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients/{clientId}/secrets", new { });
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{clientId}", new { enabled = false });
        var backend = (await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "App", role = "read-only" }))
            .GetProperty("client").GetProperty("client_id").GetString()!;
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{backend}");

        Assert.Equal(
            """{"verification":{"from":"required","to":"state_only"}}""",
            (await OfAsync(company.ConnectionId))[0].GetProperty("detail").GetRawText());
        var entries = await OfAsync(clientId);
        Assert.Equal(["client.changed", "client.changed", "client.created"], entries.Select(e => Text(e, "action")));
        Assert.Equal("""{"is_enabled":{"from":true,"to":false}}""", entries[0].GetProperty("detail").GetRawText());
        Assert.Equal("""{"secrets":"changed"}""", entries[1].GetProperty("detail").GetRawText());
        Assert.Equal(["api_client.deleted", "api_client.created"], (await OfAsync(backend)).Select(e => Text(e, "action")));
        foreach (var secret in new[] { client.GetProperty("plain_secret").GetString()!,
            more.ToString().Split('"').First(t => t.StartsWith("lks_", StringComparison.Ordinal)) })
        {
            var all = string.Concat(entries.Select(e => e.ToString()));
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
            Assert.DoesNotContain(
                "hash\":\"", string.Concat(entries.Select(e => e.GetProperty("detail").ToString())), StringComparison.Ordinal);
        }
    }

    /// <summary>The hash of the registration access token is a member of a member.</summary>
    [Fact]
    public async Task The_deletion_of_a_self_registered_client_is_recorded_without_any_hash()
    {
        var company = await host.NewCompanyAsync();
        using var response = await host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            new { client_name = "Own", redirect_uris = new[] { McpClient.Loopback }, token_endpoint_auth_method = "client_secret_post" });
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        var id = Text(json, "client_id");
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{id}", new { enabled = false });
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{id}");

        var entries = await OfAsync(id);
        Assert.Equal(["client.deleted", "client.changed"], entries.Select(e => Text(e, "action")));
        var detail = entries[0].GetProperty("detail");
        Assert.Equal("native", detail.GetProperty("registration").GetProperty("application_type").GetString());
        Assert.Equal(["application_type"], detail.GetProperty("registration").EnumerateObject().Select(m => m.Name));
        foreach (var secret in new[] { Text(json, "registration_access_token"), Text(json, "client_secret") })
        {
            var hash = new Secret(secret).Hash();
            var all = string.Concat(entries.Select(e => e.GetProperty("detail").ToString()));
            Assert.DoesNotContain(Convert.ToBase64String(hash), all, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower(hash), all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_revocation_of_a_user_is_recorded_with_the_API_client_that_requested_it()
    {
        var company = await host.NewCompanyAsync();
        await (await McpClient.RegisterAsync(company)).TokensAsync();
        using var revoked = await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" });
        using var unknown = await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "unknown" });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (revoked.StatusCode, unknown.StatusCode));
        var entry = Assert.Single(await OfAsync(company.ConnectionId), e => Text(e, "action") == "user.revoked");
        Assert.Equal("""{"sub":"ada"}""", entry.GetProperty("detail").GetRawText());
        Assert.StartsWith("skc_", Text(entry, "actor"), StringComparison.Ordinal);
        Assert.NotEqual(Caller, Text(entry, "actor"));
    }

    [Fact]
    public async Task A_key_rotation_is_recorded()
    {
        var outcome = await host.Services.GetRequiredService<KeyRotation>()
            .RotateAsync("PS256", force: true, new Actor.Machine("keys rotate"), CancellationToken.None);
        if (outcome is RotationOutcome.UnknownKey)
        {
            await host.Services.GetRequiredService<KeyRing>().EnsureAsync(SigningAlgorithm.PS256, CancellationToken.None);
            outcome = await host.Services.GetRequiredService<KeyRotation>()
                .RotateAsync("PS256", force: true, new Actor.Machine("keys rotate"), CancellationToken.None);
        }

        var rotated = Assert.IsType<RotationOutcome.Rotated>(outcome);
        var entry = Assert.Single(await OfAsync(rotated.FormerId));
        Assert.Equal(("key.rotated", "latchkey keys rotate"), (Text(entry, "action"), Text(entry, "actor")));
    }

    /// <summary>A refused request and a request that changes nothing are not changes.</summary>
    [Fact]
    public async Task Refused_requests_and_requests_without_effect_are_not_recorded()
    {
        var company = await host.NewCompanyAsync();
        var before = await HeadAsync();
        using var wrong = await host.TrySendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { name = 7 });
        using var taken = await host.TrySendAsync(
            HttpMethod.Post, "/api/v1/resources", new { name = "Twin", resource_uri = company.ResourceUri });
        using var same = await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { callback_verification = "required" });

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.Conflict, HttpStatusCode.OK), (wrong.StatusCode, taken.StatusCode, same.StatusCode));
        Assert.Equal(before, await HeadAsync());
    }

    [Fact]
    public async Task The_audit_log_is_read_in_pages_and_its_hash_chain_is_complete()
    {
        for (var i = 0; i < 5; i++)
        {
            await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = $"App {i}", role = "read-only" });
        }

        var first = await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?page_size=3&actor={Caller}");
        var second = await host.SendAsync(
            HttpMethod.Get, $"/api/v1/audit?page_size=2&actor={Caller}&page_token={Text(first, "next_page_token")}");
        var positions = Entries(first).Concat(Entries(second)).Select(e => e.GetProperty("position").GetInt64()).ToList();
        Assert.Equal(5, positions.Count);
        Assert.Equal(positions.OrderDescending(), positions);
        Assert.Equal(
            ["App 4", "App 3", "App 2", "App 1", "App 0"],
            Entries(first).Concat(Entries(second)).Select(e => Text(e.GetProperty("detail"), "name")));

        var verdict = await AuditVerification.VerifyAsync(
            host.Services.GetRequiredService<AuditLog>(), noted: null, CancellationToken.None);
        Assert.Equal(await HeadAsync(), Convert.ToHexStringLower(Assert.IsType<AuditVerdict.Whole>(verdict).Head.Hash));
    }

    [Theory]
    [InlineData("page_size=31", "page_size")]
    [InlineData("page_size=x", "page_size")]
    [InlineData("page_token=abc", "page_token")]
    [InlineData("page_token=-1", "page_token")]
    [InlineData("page_token=1&page_token=2", "page_token")]
    [InlineData("target=%00", "target")]
    [InlineData("actor=skc_a&actor=skc_b", "actor")]
    [InlineData("actors=skc_a", "actors")]
    public async Task An_invalid_query_of_the_audit_log_is_400(string query, string member)
    {
        using var answer = await host.TrySendAsync(HttpMethod.Get, $"/api/v1/audit?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"{member}\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<List<JsonElement>> OfAsync(string target) =>
        [.. Entries(await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={target}"))];

    private async Task<string> HeadAsync() =>
        Text((await host.SendAsync(HttpMethod.Get, "/api/v1/audit?page_size=1")).GetProperty("head"), "hash");

    private static IEnumerable<JsonElement> Entries(JsonElement answer) => answer.GetProperty("entries").EnumerateArray();

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
