using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Members_of_a_resource_on_SQLite(OnSqlite host) : Members_of_a_resource(host), IClassFixture<OnSqlite>;

public sealed class Members_of_a_resource_on_PostgreSQL(OnPostgres host) : Members_of_a_resource(host), IClassFixture<OnPostgres>;

public abstract class Members_of_a_resource(LatchkeyHost host)
{
    /// <summary>Every field of a create request, as the table of fields has it. No value is the default of its member.</summary>
    private static JsonObject Everything => JsonSerializer.SerializeToNode(FieldBodies.Of(
        ResourceFields.Table,
        FieldUse.Create,
        ("resource_uri", "https://all.example/mcp"),
        ("scopes", new[]
        {
            new { name = "a", description = "Do a", enabled = false, access = "delete", group = "G", optional = true, sensitive = true },
        }),
        ("default_scopes", new[] { "a" }),
        ("token_claims", new[] { "email", "groups" }),
        ("cimd_allowed_hosts", new[] { "a.example" })))!.AsObject();

    [Fact]
    public async Task The_response_to_a_create_returns_every_member_as_sent()
    {
        var sent = Everything;
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/resources", sent);
        var answered = JsonNode.Parse(made.GetProperty("resource").GetRawText())!.AsObject();
        answered["scopes"]![0]!.AsObject().Remove("id");

        Assert.All(sent, member =>
            Assert.True(JsonNode.DeepEquals(member.Value, answered[member.Key]), $"{member.Key}: {answered[member.Key]?.ToJsonString()}"));
    }

    /// <summary>The connection of a resource has tests of its own.</summary>
    [Fact]
    public void Every_field_of_a_create_request_has_a_value_here_except_the_connection() =>
        Assert.Equal(
            ["connection_id"],
            ResourceFields.Table.Declared.Where(field => field.Use.HasFlag(FieldUse.Create)).Select(field => field.Name)
                .Where(name => !Everything.ContainsKey(name)));
}
