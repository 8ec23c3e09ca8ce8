using System.Collections;
using System.Text;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Tests.ConfigurationFile;

/// <summary>The diff between a second file and the configuration of a first one; nothing is stored.</summary>
public sealed class Diff_against_the_stored_configuration
{
    private const string First =
        """
        resources:
          - resource_uri: https://one.example/mcp
            name: One
            scopes: [a]
            connection: { login_url: "https://app.example/login" }
            clients:
              - { name: Report, secrets: [{ env: SECRET }] }
              - { name: Desktop, redirect_uris: ["http://127.0.0.1/callback"], token_endpoint_auth_method: none }
          - { resource_uri: "https://two.example/mcp", name: Two, connection_of: "https://one.example/mcp" }
          - { resource_uri: "https://three.example/mcp", name: Three, connection: { login_url: "https://app.example/three" } }
        api_clients:
          - client_id: skc_login
            name: Login
            role: login
            connections_of: ["https://one.example/mcp", "https://three.example/mcp"]
            secrets: [{ env: SECRET }]
          - { client_id: skc_ops, name: Ops, role: management, secrets: [{ env: SECRET }] }
        """;

    private static readonly Hashtable Variables = new() { ["SECRET"] = "a-secret-that-has-more-than-32-characters" };
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly ConfigurationState present = Target(First, new(ConfigurationSnapshot.Empty, []));

    [Theory]
    [InlineData("""resources: [{ resource_uri: "https://one.example/mcp/", resource_type: MCP_SERVER, connection: { enabled: true } }]""")]
    [InlineData(
        """api_clients: [{ client_id: skc_login, connections_of: ["https://three.example/mcp", "https://two.example/mcp"],"""
        + """ secrets: [{ env: SECRET }] }]""")]
    [InlineData("resources:\napi_clients:\n")]
    [InlineData("\ufeffresources: []\r\n")]
    public void An_equivalent_file_has_no_difference(string yaml) =>
        Assert.DoesNotContain(DifferencesOf(yaml), difference =>
            !difference.StartsWith("    resource_uri: ", StringComparison.Ordinal)
            && difference != "Change resource https://one.example/mcp/");

    [Fact]
    public void A_change_of_a_shared_connection_is_listed_for_every_resource_that_uses_it() =>
        Assert.Equal(
            [
                "Change resource https://one.example/mcp",
                "    connection.login_url: \"https://app.example/login\" -> \"https://app.example/other\"",
                "Change resource https://two.example/mcp",
                "    connection.login_url: \"https://app.example/login\" -> \"https://app.example/other\"",
            ],
            DifferencesOf(
                """resources: [{ resource_uri: "https://one.example/mcp", connection: { login_url: "https://app.example/other" } }]"""));

    /// <summary>The connection itself stays, and so do the login credentials for it.</summary>
    [Fact]
    public void A_null_connection_is_removed_from_that_resource_alone() =>
        Assert.Equal(
            "Change resource https://one.example/mcp",
            Assert.Single(
                DifferencesOf("""resources: [{ resource_uri: "https://one.example/mcp", connection: null }]"""), d => d[0] != ' '));

    [Fact]
    public void A_connection_of_another_resource_is_assigned_by_connection_of() =>
        Assert.Contains(
            DifferencesOf("""resources: [{ resource_uri: "https://three.example/mcp", connection_of: "https://two.example/mcp" }]"""),
            d => d.StartsWith("    connection: another one (conn_", StringComparison.Ordinal));

    [Theory]
    [InlineData(
        """{ resource_uri: "https://one.example/mcp", connection: { enabled: true } },"""
        + """ { resource_uri: "https://two.example/mcp", connection: { enabled: false } }""",
        "resources[1].connection is also that of https://one.example/mcp")]
    [InlineData(
        """{ resource_uri: "https://two.example/mcp", connection_of: "https://one.example/mcp" },"""
        + """ { resource_uri: "https://three.example/mcp", connection_of: "https://two.example/mcp" }""",
        "resources[1].connection_of names a resource that has connection_of itself")]
    [InlineData(
        """{ resource_uri: "https://one.example/mcp", connection: null },"""
        + """ { resource_uri: "https://two.example/mcp", connection_of: "https://one.example/mcp" }""",
        "resources[1].connection_of names a resource without a connection")]
    [InlineData(
        """{ resource_uri: "https://one.example/mcp","""
        + """ clients: [{ name: Desktop, token_endpoint_auth_method: null, secrets: [{ env: SECRET }] }] }""",
        "resources[0].clients[0].token_endpoint_auth_method cannot change between none and a secret")]
    [InlineData(
        """{ resource_uri: "https://one.example/mcp","""
        + """ clients: [{ name: Desktop, token_endpoint_auth_method: client_secret_post, secrets: [{ env: SECRET }] }] }""",
        "resources[0].clients[0].token_endpoint_auth_method cannot change between none and a secret")]
    [InlineData(
        """{ resource_uri: "https://one.example/mcp", clients: [{ name: Report, secrets: [] }] }""",
        "resources[0].clients[0].secrets must name at least one")]
    [InlineData(
        """{ resource_uri: "https://one.example/mcp", clients: [{ name: Report, scopes: [b] }] }""",
        "resources[0].clients[0].scopes contains b")]
    public void A_change_that_is_impossible_is_refused_with_its_key(string resources, string error) =>
        Assert.StartsWith(
            $"latchkey.yaml, line 1: {error}",
            Assert.Single(Assert.IsType<FileReadResult.Wrong>(Read($"resources: [{resources}]", present)).Errors),
            StringComparison.Ordinal);

    /// <summary>Over REST two clients can be created with one name.</summary>
    [Fact]
    public void A_client_whose_name_is_ambiguous_is_selected_by_its_id()
    {
        var report = present.Clients.Single(c => c.Name == "Report");
        var twin = report with { Id = ClientId.New() };
        var both = present with { Clients = [.. present.Clients, twin] };
        static string File(string client) => $$"""resources: [{ resource_uri: "https://one.example/mcp", clients: [{{client}}] }]""";

        var unsure = Assert.Single(Assert.IsType<FileReadResult.Wrong>(Read(File("{ name: Report }"), both)).Errors);
        Assert.Contains(
            $"is that of 2 clients of this resource; add the client_id of the one you mean ({report.Id}, {twin.Id})",
            unsure,
            StringComparison.Ordinal);
        var renamed = Target(File($"{{ name: Twin, client_id: {twin.Id} }}, {{ name: Report, client_id: {report.Id} }}"), both);
        Assert.Equal(("Report", "Twin"), (NameOf(report), NameOf(twin)));
        Assert.Contains("is a client that an earlier entry already names", Assert.Single(Assert.IsType<FileReadResult.Wrong>(Read(
            File($"{{ name: A, client_id: {twin.Id} }}, {{ name: B, client_id: {twin.Id} }}"), both)).Errors), StringComparison.Ordinal);

        string NameOf(Client client) => renamed.Clients.Single(c => c.Id == client.Id).Name;
    }

    /// <summary>Only lists that the file contains are complete.</summary>
    [Theory]
    [InlineData("api_clients: []", 1, "Delete API client skc_login")]
    [InlineData(
        """resources: [{ resource_uri: "https://one.example/mcp" }, { resource_uri: "https://two.example/mcp" },"""
        + """ { resource_uri: "https://three.example/mcp" }]""",
        0, null)]
    [InlineData(
        """resources: [{ resource_uri: "https://one.example/mcp", clients: [{ name: Report }] },"""
        + """ { resource_uri: "https://two.example/mcp" }]""",
        2, "Delete resource https://three.example/mcp")]
    public void Pruning_deletes_only_from_the_lists_that_the_file_contains(string yaml, int deletions, string? one)
    {
        var ops = new Settings { BootstrapApiClientId = "skc_ops", BootstrapApiClientSecret = (string)Variables["SECRET"]! };
        var right = Assert.IsType<FileReadResult.Right>(Read(yaml, present, prunes: true, ops));
        var plan = Plan.Between(present, right.Target, right.References);

        Assert.Equal((deletions, deletions), (plan.Differences.Count(d => d.Kind == DifferenceKind.Delete), plan.Steps.Count));
        Assert.Equal(deletions, right.Unlisted);
        Assert.Equal(one, plan.Differences.Select(d => $"{d.Kind} {d.Title}").LastOrDefault());
    }

    private IReadOnlyList<string> DifferencesOf(string yaml)
    {
        var right = Assert.IsType<FileReadResult.Right>(Read(yaml, present));
        return [.. Plan.Between(present, right.Target, right.References).Differences
            .SelectMany(d => (string[])[$"{d.Kind} {d.Title}", .. d.Lines.Select(l => "    " + l)])];
    }

    private static ConfigurationState Target(string yaml, ConfigurationState present) =>
        Read(yaml, present) switch
        {
            FileReadResult.Right right => right.Target,
            FileReadResult.Wrong wrong => throw new InvalidOperationException(string.Join('\n', wrong.Errors))
        };

    private static FileReadResult Read(string yaml, ConfigurationState present, bool prunes = false, Settings? settings = null)
    {
        var errors = new FileErrors("latchkey.yaml");
        return FileParser.Parse(Encoding.UTF8.GetBytes(yaml), errors) is { } root
            ? FileReader.Read(
                root, present,
                new(settings ?? new Settings(), SecretReference.OnThisMachine(Variables, AppContext.BaseDirectory), prunes, Now), errors)
            : new FileReadResult.Wrong(errors.All);
    }
}
