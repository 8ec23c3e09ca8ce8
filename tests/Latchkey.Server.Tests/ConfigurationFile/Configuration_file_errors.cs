using System.Collections;
using System.Text;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;

namespace Latchkey.Server.Tests.ConfigurationFile;

/// <summary>Every error has the line and the key, and all errors are reported at once.</summary>
public sealed class Configuration_file_errors
{
    private static readonly Hashtable Variables =
        new() { ["GOOD"] = "a-secret-that-has-more-than-32-characters", ["SHORT"] = "short", ["UMLAUT"] = new string('ü', 40) };

    [Theory]
    [InlineData("", "latchkey.yaml: it is empty.")]
    [InlineData("# nothing but this\n", "latchkey.yaml: it is empty.")]
    [InlineData("[]", "latchkey.yaml, line 1: it must be a mapping with the keys resources, api_clients and webhooks.")]
    [InlineData("{}", "latchkey.yaml, line 1: it must have the key resources, api_clients or webhooks.")]
    [InlineData("resources: 7", "latchkey.yaml, line 1: resources must be a list.")]
    [InlineData("resources:\n  - 7", "latchkey.yaml, line 2: resources[0] must be a mapping.")]
    [InlineData("resources: []\n---\nresources: []", "latchkey.yaml, line 2: it must be one document; a second one begins here.")]
    [InlineData("resources: [\n", "latchkey.yaml, line 2: it is not YAML: ")]
    [InlineData("resources:\n\t- 7", "latchkey.yaml, line 1: it is not YAML: ")]
    [InlineData("resources: &a\n  - *a", "latchkey.yaml, line 2: resources[0] must not be an alias; write the value itself.")]
    [InlineData("resources: !x []", "latchkey.yaml, line 1: resources must not have a tag.")]
    [InlineData("resources: []\nresources: []", "latchkey.yaml, line 2: resources occurs twice; the first is in line 1.")]
    [InlineData("resources: []\n? [a]\n: b", "latchkey.yaml, line 2: has a key that is not a string.")]
    [InlineData("resources: []\nresorces: []", "latchkey.yaml, line 2: resorces is not a known key.")]
    [InlineData("resources: [{ resource_uri: \"\\uD800\" }]", "latchkey.yaml, line 1: it is not YAML: ")]
    [InlineData("resources: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "latchkey.yaml, line 1: it is not YAML: more than 16 levels.")]
    public void A_malformed_file_is_refused_with_its_line(string yaml, string error) =>
        Assert.Contains(ErrorsOf(yaml), e => e.StartsWith(error, StringComparison.Ordinal));

    [Theory]
    [InlineData("name: Notes", "resource_uri is required")]
    [InlineData("resource_uri: https://mcp.example/mcp", "name is required")]
    [InlineData(
        "{ resource_uri: mcp, name: Notes }",
        "resource_uri must be the absolute URI of the MCP server, without fragment or user information")]
    [InlineData("{ resource_uri: http://localhost:5480/mcp, name: Notes }", "resource_uri must not be on Latchkey's own origin")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: 2026 }", "name must be a string; put it in quotes")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: 20.26 }", "name must be a string; put it in quotes")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: [Notes] }", "name must be a string")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: Notes, resource_type: SERVER }", "resource_type must be MCP_SERVER")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: Notes, enable_cimd: \"true\" }", "enable_cimd must be true or false")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: Notes, enable_cimd: yes }", "enable_cimd must be true or false")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, access_token_expiry: 1.5 }", "access_token_expiry must be an integer")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, scopes: [{ name: a, colour: red }] }",
        "scopes colour is not a member of this request")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: Notes, id: res_0000000000000000000000 }", "id is not a known key")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: Notes, connection: [] }", "connection must be a mapping")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection: { enabled: true } }", "connection.login_url is required")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection: { login_url: null } }", "connection.login_url is required")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection: { login_url: /login } }",
        "connection.login_url must be an absolute http or https URL")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection: { login_url: \"https://a.example\", type: CUSTOM } }",
        "connection.type is not a known key")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection: { login_url: "
        + "\"https://a.example\" }, connection_of: \"https://b.example\" }",
        "connection_of cannot stand beside connection")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection_of: https://mcp.example/mcp }",
        "connection_of must be the resource_uri of another resource")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection_of: https://other.example/mcp }",
        "connection_of must be the resource_uri of another resource")]
    [InlineData(
        "{ resource_uri: https://mcp.example/mcp, name: Notes, connection_id: conn_0000000000000000000000 }",
        "connection_id No connection has this id")]
    [InlineData("{ resource_uri: https://mcp.example/mcp, name: Notes, clients: {} }", "clients must be a list")]
    public void An_invalid_resource_is_refused_with_line_and_key(string resource, string error) => Assert.Contains(
        ErrorsOf($"resources:\n  - {resource}"),
        e => e.StartsWith($"latchkey.yaml, line 2: resources[0].{error}", StringComparison.Ordinal));

    [Theory]
    [InlineData("{ secrets: [{ env: GOOD }] }", "name is required")]
    [InlineData("{ name: Report }", "secrets must name at least one, such as {env: NAME}")]
    [InlineData("{ name: Report, secrets: [] }", "secrets must name at least one, such as {env: NAME}")]
    [InlineData("{ name: Report, secrets: [{ env: MISSING }] }", "secrets[0] (env MISSING) is not set")]
    [InlineData("{ name: Report, secrets: [{ env: SHORT }] }", "secrets[0] (env SHORT) must have between 32 and 512 characters")]
    [InlineData("{ name: Report, secrets: [{ env: UMLAUT }] }", "secrets[0] (env UMLAUT) must be printable ASCII")]
    [InlineData("{ name: Report, secrets: [{ file: missing }] }", "secrets[0] (file missing) cannot be read")]
    [InlineData("{ name: Report, secrets: [{ file: . }] }", "secrets[0] (file .) cannot be read")]
    [InlineData(
        "{ name: Report, secrets: [{ env: GOOD, file: a }] }",
        "secrets[0] must be {env: NAME} or {file: path}; a literal secret is not allowed")]
    [InlineData(
        "{ name: Report, secrets: [{ env: 7 }] }", "secrets[0] must be {env: NAME} or {file: path}; a literal secret is not allowed")]
    [InlineData("{ name: Report, secrets: [{ value: a-secret-that-has-more-than-32-characters }] }", "secrets[0].value is not a known key")]
    [InlineData("{ name: Report, secrets: [a-secret-that-has-more-than-32-characters] }", "secrets[0] must be a mapping")]
    [InlineData("{ name: Report, secrets: [{ env: GOOD }, { env: GOOD }] }", "secrets[1] is the same secret as a previous one")]
    [InlineData(
        "{ name: Report, secrets: [{ env: A }, { env: B }, { env: C }, { env: D }, { env: E }, { env: F }] }",
        "secrets may have at most 5 entries")]
    [InlineData(
        "{ name: Desktop, token_endpoint_auth_method: none, redirect_uris: [\"http://127.0.0.1/c\"], secrets: [{ env: GOOD }] }",
        "secrets is only for a client that authenticates with a secret")]
    [InlineData("{ name: Desktop, token_endpoint_auth_method: none }", "token_endpoint_auth_method none needs redirect_uris")]
    [InlineData(
        "{ name: Report, scopes: [unknown], secrets: [{ env: GOOD }] }", "scopes contains unknown, which is not a scope of this resource")]
    [InlineData(
        "{ name: Report, redirect_uris: [\"javascript:alert(1)\"], secrets: [{ env: GOOD }] }",
        "redirect_uris contains 'javascript:alert(1)'")]
    [InlineData(
        "{ name: Report, client_id: m2m_0000000000000000000000, secrets: [{ env: GOOD }] }",
        "client_id is no client of this resource; leave it out to have one made")]
    public void An_invalid_client_is_refused_with_line_and_key(string client, string error)
    {
        var errors = ErrorsOf($"resources:\n  - resource_uri: https://mcp.example/mcp\n    name: Notes\n    clients:\n      - {client}");

        Assert.StartsWith($"latchkey.yaml, line 5: resources[0].clients[0].{error}", Assert.Single(errors), StringComparison.Ordinal);
    }

    /// <summary>Keycloak writes the free port of a loopback address as <c>:*</c>.</summary>
    [Theory]
    [InlineData("http://localhost:*", "so register http://localhost/callback")]
    [InlineData("http://127.0.0.1:*", "so register http://127.0.0.1/callback")]
    [InlineData("http://[::1]:*/", "so register http://[::1]/callback")]
    [InlineData("http://localhost:*/oauth/callback", "so register http://localhost/oauth/callback")]
    [InlineData("http://localhost/*", "so register http://localhost/callback")]
    [InlineData("http://localhost*", "so register http://localhost/callback")]
    [InlineData("http://localhost.example:*", "register each redirect URI of the client in full")]
    [InlineData("https://*.example.com/callback", "register each redirect URI of the client in full")]
    public void A_wildcard_in_a_redirect_URI_is_refused_with_what_to_register(string uri, string remedy)
    {
        var errors = ErrorsOf(
            "resources:\n  - resource_uri: https://mcp.example/mcp\n    name: Notes\n    clients:\n"
            + $"      - {{ name: Desktop, token_endpoint_auth_method: none, redirect_uris: [\"{uri}\"] }}");

        Assert.Contains($"redirect_uris contains '{uri}': a redirect URI must not contain a wildcard; ", Assert.Single(errors),
            StringComparison.Ordinal);
        Assert.EndsWith(remedy + ".", errors[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clients: [{ name: D, token_endpoint_auth_method: none, redirect_uris: [\"http://localhost:*\", \"http://127.0.0.1:*\"] }]",
        "http://localhost:*", "http://127.0.0.1:*")]
    [InlineData("clients: [{ name: D, scopes: [one, two], secrets: [{ env: GOOD }] }]", "one", "two")]
    [InlineData("default_scopes: [one, two]", "one", "two")]
    [InlineData("cimd_allowed_hosts: [\"ONE\", \"TWO\"]", "ONE", "TWO")]
    [InlineData("redirect_schemes: [\"one:\", \"two:\"]", "one:", "two:")]
    public void Every_invalid_entry_of_a_list_is_named(string member, string first, string second)
    {
        var error = Assert.Single(ErrorsOf($"resources:\n  - resource_uri: https://mcp.example/mcp\n    name: Notes\n    {member}"));

        Assert.StartsWith("latchkey.yaml, line 4: resources[0]", error, StringComparison.Ordinal);
        Assert.Contains(first, error, StringComparison.Ordinal);
        Assert.Contains(second, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "{ name: Ops, role: management, secrets: [{ env: GOOD }] }",
        "client_id must be skc_ followed by 1 to 28 letters, digits, '-' or '_'")]
    [InlineData(
        "{ client_id: ops, name: Ops, role: management, secrets: [{ env: GOOD }] }",
        "client_id must be skc_ followed by 1 to 28 letters, digits, '-' or '_'")]
    [InlineData("{ client_id: skc_ops, role: management, secrets: [{ env: GOOD }] }", "name is required")]
    [InlineData("{ client_id: skc_ops, name: Ops, secrets: [{ env: GOOD }] }", "role is required")]
    [InlineData("{ client_id: skc_ops, name: Ops, role: root, secrets: [{ env: GOOD }] }", "role must be management, read-only or login")]
    [InlineData("{ client_id: skc_ops, name: Ops, role: management }", "secrets must name at least one, such as {env: NAME}")]
    [InlineData(
        "{ client_id: skc_ops, name: Ops, role: login, connections_of: [], secrets: [{ env: GOOD }] }",
        "connections_of must name the connections of an API client of role login")]
    [InlineData(
        "{ client_id: skc_ops, name: Ops, role: login, connections_of: https://mcp.example, secrets: [{ env: GOOD }] }",
        "connections_of must be a list of strings")]
    [InlineData(
        "{ client_id: skc_ops, name: Ops, role: login, connections_of: [\"https://mcp.example\"], secrets: [{ env: GOOD }] }",
        "connections_of contains https://mcp.example, which is the resource_uri of no resource")]
    [InlineData(
        "{ client_id: skc_ops, name: Ops, role: login, connection_ids: [conn_0000000000000000000000], secrets: [{ env: GOOD }] }",
        "connection_ids must name the connections of an API client of role login")]
    public void An_invalid_API_client_is_refused_with_line_and_key(string client, string error) =>
        Assert.Contains(ErrorsOf($"api_clients:\n  - {client}"), e =>
            e.StartsWith($"latchkey.yaml, line 2: api_clients[0].{error}", StringComparison.Ordinal));

    [Fact]
    public void A_duplicate_entry_is_refused_with_both_lines()
    {
        const string Client = "{ name: A, secrets: [{ env: GOOD }] }";
        var errors = ErrorsOf(
            $$"""
            resources:
              - { resource_uri: "https://mcp.example/mcp", name: Notes, clients: [ {{Client}}, {{Client}} ] }
              - { resource_uri: "https://MCP.example/mcp/", name: Notes too }
            api_clients:
              - { client_id: skc_a, name: A, role: management, secrets: [{ env: GOOD }] }
              - { client_id: skc_a, name: B, role: management, secrets: [{ env: GOOD }] }
            """);

        Assert.Equal(
            [
                "latchkey.yaml, line 2: resources[0].clients[1].name occurs twice; the first is in line 2.",
                "latchkey.yaml, line 3: resources[1].resource_uri occurs twice; the first is in line 2.",
                "latchkey.yaml, line 6: api_clients[1].client_id occurs twice; the first is in line 5.",
            ],
            errors);
    }

    /// <summary>An error that only follows from another one is not reported.</summary>
    [Fact]
    public void All_errors_are_reported_in_file_order_without_consequential_errors()
    {
        var errors = ErrorsOf(
            """
            api_clients:
              - { client_id: skc_a, name: A, role: login, connections_of: ["https://mcp.example/mcp"], secrets: [{ env: GOOD }] }
            resources:
              - resource_uri: https://mcp.example/mcp
                scopes: 7
                clients:
                  - { name: A, scopes: [a], secrets: [{ env: SHORT }] }
              - { resource_uri: "https://other.example/mcp", name: Other, connection_of: "https://mcp.example/mcp" }
            """);

        Assert.Equal(
            [
                "latchkey.yaml, line 4: resources[0].name is required.",
                "latchkey.yaml, line 5: resources[0].scopes must be an array.",
                "latchkey.yaml, line 7: resources[0].clients[0].secrets[0] (env SHORT) must have between 32 and 512 characters.",
            ],
            errors);
    }

    [Fact]
    public void A_file_that_is_too_large_or_not_UTF_8_is_refused()
    {
        Assert.Equal(
            ["latchkey.yaml: it may have at most 1024 KiB."],
            ErrorsOf(Encoding.UTF8.GetBytes("#" + new string('x', FileParser.MaxLength))));
        Assert.Equal(["latchkey.yaml: it is not UTF-8."], ErrorsOf([0x72, 0xff]));
    }

    private static IReadOnlyList<string> ErrorsOf(string yaml) => ErrorsOf(Encoding.UTF8.GetBytes(yaml));

    private static IReadOnlyList<string> ErrorsOf(byte[] yaml)
    {
        var errors = new FileErrors("latchkey.yaml");
        if (FileParser.Parse(yaml, errors) is not { } root)
        {
            return errors.All;
        }

        var situation = new FileSituation(
            new Settings(), SecretReference.OnThisMachine(Variables, AppContext.BaseDirectory), Prunes: false,
            TimeProvider.System.GetUtcNow());
        return FileReader.Read(root, new(ConfigurationSnapshot.Empty, []), situation, errors) is FileReadResult.Wrong wrong
            ? wrong.Errors
            : [];
    }
}
