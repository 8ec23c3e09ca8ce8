using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class A_resource_on_SQLite(OnSqlite host) : A_resource(host), IClassFixture<OnSqlite>;

public sealed class A_resource_on_PostgreSQL(OnPostgres host) : A_resource(host), IClassFixture<OnPostgres>;

public abstract class A_resource(LatchkeyHost host)
{
    /// <summary>None of the values is the default.</summary>
    private const string Everything =
        """
        {
          "resource_type": "MCP_SERVER", "name": "All", "resource_uri": "https://all.example/mcp", "description": "Has all", "logo_uri": "https://all.example/logo.png",
          "scopes": [{ "name": "a", "description": "Do a", "enabled": false }], "access_token_expiry": 61, "refresh_token_expiry": 62, "grant_expiry": 63,
          "disable_dynamic_client_registration": true, "enable_cimd": false, "cimd_allowed_hosts": ["a.example"], "cimd_denied_hosts": ["*.b.example"],
          "signing_algorithm": "ES256", "token_issuer": "environment", "require_fresh_login": true, "scopes_can_be_unticked": false
        }
        """;

    [Fact]
    public async Task Answers_every_member_that_it_was_given()
    {
        var sent = JsonNode.Parse(Everything)!.AsObject();
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/resources", sent);
        var answered = JsonNode.Parse(made.GetProperty("resource").GetRawText())!.AsObject();
        answered["scopes"]![0]!.AsObject().Remove("id");

        Assert.All(sent, member => Assert.True(JsonNode.DeepEquals(member.Value, answered[member.Key]), $"{member.Key}: {answered[member.Key]?.ToJsonString()}"));
    }
}
