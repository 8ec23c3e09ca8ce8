using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Members_of_a_resource_on_SQLite(OnSqlite host) : Members_of_a_resource(host), IClassFixture<OnSqlite>;

public sealed class Members_of_a_resource_on_PostgreSQL(OnPostgres host) : Members_of_a_resource(host), IClassFixture<OnPostgres>;

public abstract class Members_of_a_resource(LatchkeyHost host)
{
    /// <summary>No value is the default of its member.</summary>
    private const string Everything =
        """
        {
          "resource_type": "MCP_SERVER", "name": "All", "resource_uri": "https://all.example/mcp", "description": "Has all",
          "logo_uri": "https://all.example/logo.png",
          "scopes": [{ "name": "a", "description": "Do a", "enabled": false, "access": "delete" }],
          "default_scopes": ["a"], "token_claims": ["email", "groups"],
          "access_token_expiry": 61, "refresh_token_expiry": 62, "grant_expiry": 63,
          "disable_dynamic_client_registration": true, "enable_cimd": false,
          "cimd_allowed_hosts": ["a.example"], "cimd_denied_hosts": ["*.b.example"],
          "signing_algorithm": "ES256", "token_issuer": "environment", "require_fresh_login": true, "scopes_can_be_unticked": false
        }
        """;

    [Fact]
    public async Task The_response_to_a_create_returns_every_member_as_sent()
    {
        var sent = JsonNode.Parse(Everything)!.AsObject();
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/resources", sent);
        var answered = JsonNode.Parse(made.GetProperty("resource").GetRawText())!.AsObject();
        answered["scopes"]![0]!.AsObject().Remove("id");

        Assert.All(sent, member =>
            Assert.True(JsonNode.DeepEquals(member.Value, answered[member.Key]), $"{member.Key}: {answered[member.Key]?.ToJsonString()}"));
    }
}
