using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Http;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.ConfigurationFile;

/// <summary>The JSON schema for editors matches what the readers accept.</summary>
public sealed partial class Configuration_file_schema
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Artifacts.Root, "docs", "latchkey.schema.json"));
    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly Resource Any = ResourceFields.Table.Sample(new("http://localhost:5480", _ => null));

    /// <summary>Members that exist in the file only; the file reader reads them.</summary>
    private static readonly Dictionary<string, string[]> OfTheFile = new(StringComparer.Ordinal)
    {
        ["resource"] = ["connection", "connection_of", "clients"],
        ["connection"] = [],
        ["client"] = ["client_id", "secrets"],
        ["api_client"] = ["client_id", "connections_of", "secrets"],
    };

    [Theory]
    [InlineData("resource")]
    [InlineData("connection")]
    [InlineData("client")]
    [InlineData("api_client")]
    public void The_schema_has_the_members_that_the_readers_accept_and_no_others(string kind)
    {
        var body = JsonBody.Of(JsonElement.Parse("{}"));
        switch (kind)
        {
            case "resource":
                _ = ResourceFields.Table.Read(body, ResourceFields.New(Now), FieldUse.File, new("http://localhost:5480", _ => null));
                break;
            case "connection":
                _ = ConnectionFields.Table.Read(body, ConnectionFields.New(Now), FieldUse.File, new("http://localhost:5480"));
                break;
            case "client":
                _ = StaticClientReader.New(body, Any, Now);
                break;
            default:
                _ = ApiClientReader.New(body, ConfigurationSnapshot.Empty, Now);
                break;
        }

        Assert.Equal(body.Known.Concat(OfTheFile[kind]).Order(StringComparer.Ordinal), PropertiesOf(kind).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_schema_of_a_scope_has_the_members_of_a_response_except_the_id() =>
        Assert.Equal(["name", "description", "enabled", "access", "group", "optional", "sensitive"], PropertiesOf("scope"));

    /// <summary>The examples of the guides are valid for the schema and for the program.</summary>
    [Theory]
    [InlineData("configuration-as-code.md")]
    [InlineData("from-scalekit.md")]
    public void The_examples_of_the_guides_are_accepted_by_the_schema_and_the_reader(string guide)
    {
        var examples = YamlBlock().Matches(File.ReadAllText(Path.Combine(Artifacts.Root, "docs", "guide", guide)))
            .Select(m => m.Groups["yaml"].Value).ToList();

        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            var errors = new FileErrors(guide);
            var root = FileParser.Parse(System.Text.Encoding.UTF8.GetBytes(example), errors);
            Assert.Empty(errors.All);
            AssertAccepts(root!, example);
            var variables = VariableName().Matches(example)
                .ToDictionary(m => m.Groups["name"].Value, _ => "a-secret-that-has-more-than-32-characters");
            var situation = new FileSituation(
                new Settings { BootstrapApiClientId = "skc_bootstrap" }, SecretReference.OnThisMachine(variables, AppContext.BaseDirectory),
                Prunes: false, Now);
            var answer = FileReader.Read(root!, new(ConfigurationSnapshot.Empty, []), situation, errors);
            Assert.True(answer is FileReadResult.Right, string.Join('\n', errors.All));
        });
    }

    [Theory]
    [InlineData("""{ "resources": [{ "name": "No URI" }] }""")]
    [InlineData("""{ "resources": [{ "resource_uri": "https://mcp.example/mcp", "colour": "red" }] }""")]
    [InlineData(
        """{ "resources": [{ "resource_uri": "https://mcp.example/mcp", "clients": [{ "name": "A", "secrets": ["in clear"] }] }] }""")]
    [InlineData("""{ "api_clients": [{ "client_id": "ops" }] }""")]
    [InlineData("""{ "resources": [{ "resource_uri": "https://mcp.example/mcp", "access_token_expiry": 86401 }] }""")]
    [InlineData("""{ "resources": [{ "resource_uri": "https://mcp.example/mcp", "clients": [{ "name": "A", "expiry": 86401 }] }] }""")]
    [InlineData("""{ "resources": [{ "resource_uri": "https://mcp.example/mcp", "connection": { "login_url": null } }] }""")]
    [InlineData(
        """{ "resources": [{ "resource_uri": "https://mcp.example/mcp","""
        + """ "clients": [{ "name": "A", "custom_claims": [{ "key": "" }] }] }] }""")]
    [InlineData("""{ "api_clients": [{ "client_id": "skc_ops", "jwks": null }] }""")]
    [InlineData("{}")]
    public void The_schema_rejects_what_the_program_rejects(string file) => Assert.False(Schema.Evaluate(JsonElement.Parse(file)).IsValid);

    [Fact]
    public async Task The_program_prints_the_published_schema_which_accepts_an_export()
    {
        using var line = CommandLine.WithNewDatabase();
        Assert.Equal(Text, (await line.RunAsync("export", "--schema")).Ended());

        (await line.ApplyAsync(
            """resources: [{ resource_uri: "https://mcp.example/mcp", name: Notes, scopes: [a],"""
            + """ connection: { login_url: "https://app.example" } }]"""))
            .Ended();
        var exported = (await line.RunAsync("export")).Ended();
        AssertAccepts(FileParser.Parse(System.Text.Encoding.UTF8.GetBytes(exported), new FileErrors("export"))!, exported);
    }

    private static void AssertAccepts(FileNode file, string text)
    {
        var result = Schema.Evaluate(file.ToJson(), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(result.IsValid, string.Join('\n', (result.Details ?? []).Where(d => d.Errors is not null).Select(d =>
            $"{d.InstanceLocation}: {string.Join(", ", d.Errors!.Values)}")) + text);
    }

    private static IEnumerable<string> PropertiesOf(string kind) =>
        JsonNode.Parse(Text)!["$defs"]![kind]!["properties"]!.AsObject().Select(p => p.Key);

    [GeneratedRegex(
        @"^ *```yaml\n(?<yaml>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"env: (?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex VariableName();
}
