using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Keys_settings_and_health_on_SQLite(OnSqlite host) : Keys_settings_and_health(host), IClassFixture<OnSqlite>;

public sealed class Keys_settings_and_health_on_PostgreSQL(OnPostgres host) : Keys_settings_and_health(host), IClassFixture<OnPostgres>;

/// <summary>Keys, settings and health over the management API.</summary>
public abstract class Keys_settings_and_health(LatchkeyHost host)
{
    [Fact]
    public async Task Key_rotation_requires_a_key_published_long_enough_or_force()
    {
        var before = await KeysAsync();
        Assert.All(new[] { "RS256", "ES256" }, purpose =>
            Assert.Equal(["current", "next"], before.Where(k => k.Purpose == purpose).Select(k => k.State).Order(StringComparer.Ordinal)));
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, "/api/v1/keys:rotate", new { purpose = "RS256" }), 409, "rotation_too_soon");
        Assert.Equal(before, await KeysAsync());
        var rotated = await host.SendAsync(HttpMethod.Post, "/api/v1/keys:rotate", new { purpose = "RS256", force = true });

        Assert.Equal(before.Single(k => k is { Purpose: "RS256", State: "current" }).Id, rotated.GetProperty("former_id").GetString());
        Assert.Equal(before.Single(k => k is { Purpose: "RS256", State: "next" }).Id, rotated.GetProperty("current_id").GetString());
        var tokens = await (await McpClient.RegisterAsync(await host.NewCompanyAsync())).TokensAsync();
        Assert.Equal(rotated.GetProperty("current_id").GetString(), RawJwt.Read(tokens.Access).Header.GetProperty("kid").GetString());
        host.Clock.Advance(TimeSpan.FromHours(24.1));
        await host.SendAsync(HttpMethod.Post, "/api/v1/keys:rotate", new { purpose = "ES256" });
    }

    [Theory]
    [InlineData("""{"purpose":"HS256"}""", "purpose")]
    [InlineData("""{"purpose":""}""", "purpose")]
    [InlineData("""{}""", "purpose")]
    [InlineData("""{"purpose":"RS256","force":"yes"}""", "force")]
    [InlineData("""{"purpose":"RS256","algorithm":"RS256"}""", "algorithm")]
    public async Task Key_rotation_with_a_wrong_member_is_400_and_rotates_nothing(string body, string member)
    {
        var before = await KeysAsync();
        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Post, "/api/v1/keys:rotate", System.Text.Encoding.UTF8.GetBytes(body)), 400,
            "invalid_argument", member);
        Assert.Equal(before, await KeysAsync());
    }

    [Fact]
    public async Task The_settings_are_shown_without_secrets()
    {
        var text = (await host.SendAsync(HttpMethod.Get, "/api/v1/settings")).GetRawText();
        var settings = JsonSerializer.Deserialize<JsonElement>(text);

        Assert.Equal(host.BaseUrl, settings.GetProperty("base_url").GetString());
        Assert.Contains(settings.GetProperty("storage").GetString(), new[] { "sqlite", "postgres" });
        Assert.Equal(
            (900, 60, 0.2),
            (settings.GetProperty("login_request_lifetime").GetInt64(), settings.GetProperty("authorization_code_lifetime").GetInt64(),
                settings.GetProperty("settle_time").GetDouble()));
        foreach (var secret in host.Environment.Where(e => e.Key is not "Latchkey__BaseUrl").Select(e => e.Value)
            .Append(LatchkeyHost.OperatorSecret))
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_setting_is_shown_or_whether_it_is_set()
    {
        var shown = (await host.SendAsync(HttpMethod.Get, "/api/v1/settings")).EnumerateObject().Select(member => member.Name)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Superset(
            SettingsTable.All.Where(setting => setting.IsAlwaysShown).Select(setting => setting.ApiName).ToHashSet(StringComparer.Ordinal),
            shown);
        Assert.Subset(SettingsTable.All.Select(setting => setting.ApiName).ToHashSet(StringComparer.Ordinal), shown);
        Assert.Superset(
            new HashSet<string>(
                [
                    "registration_lifetime", "max_connections", "rate_limits_failures_per_minute", "key_encryption_key_is_set",
                    "bootstrap_api_client_id"],
                StringComparer.Ordinal),
            shown);
    }

    [Fact]
    public async Task Health_is_ok_and_a_change_raises_the_configuration_version()
    {
        var before = await host.SendAsync(HttpMethod.Get, "/api/v1/health");
        await host.NewCompanyAsync();
        var after = await host.SendAsync(HttpMethod.Get, "/api/v1/health");

        Assert.Equal("ok", after.GetProperty("status").GetString());
        Assert.True(after.GetProperty("configuration_version").GetInt64() > before.GetProperty("configuration_version").GetInt64());
        Assert.Equal(before.GetProperty("resources").GetInt32() + 1, after.GetProperty("resources").GetInt32());
        Assert.NotEqual("unknown", after.GetProperty("version").GetString());
    }

    // The database answers; what differs stands in the details of /readyz.
    [Fact]
    public async Task Health_is_ok_although_the_clocks_of_node_and_database_differ()
    {
        host.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("ok", (await host.SendAsync(HttpMethod.Get, "/api/v1/health")).GetProperty("status").GetString());
    }

    private async Task<List<(string Id, string Purpose, string State)>> KeysAsync()
    {
        var json = await host.SendAsync(HttpMethod.Get, "/api/v1/keys");
        Assert.DoesNotContain("sealed", json.GetRawText(), StringComparison.Ordinal);
        return [.. json.GetProperty("keys").EnumerateArray()
            .Select(k => (k.GetProperty("id").GetString()!, k.GetProperty("purpose").GetString()!, k.GetProperty("state").GetString()!))];
    }
}
