using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ConfigurationFile;

/// <summary>Applies a file to a remote server: the same differences, errors and exit codes as on its database.</summary>
public sealed class Configuration_apply_over_the_API(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Secret = "a-secret-of-the-file-that-is-long-enough";

    private const string File =
        """
        resources:
          - resource_uri: https://remote.example/mcp
            name: Remote
            connection: { login_url: "https://app.example/remote" }
            clients: [{ name: Report, secrets: [{ file: report.secret }] }]
        api_clients:
          - client_id: skc_remote
            name: Login page
            role: login
            connections_of: ["https://remote.example/mcp"]
            secrets: [{ env: LOGIN }]
        """;

    [Fact]
    public async Task The_same_plan_is_shown_and_made_over_the_API()
    {
        using var local = CommandLine.At(host).With("LOGIN", Secret)
            .With("Latchkey__Bootstrap__ApiClientId", LatchkeyHost.OperatorId)
            .With("Latchkey__Bootstrap__ApiClientSecret", LatchkeyHost.OperatorSecret);
        using var remote = Remote().With("LOGIN", Secret);
        foreach (var line in new[] { local, remote })
        {
            line.Write("report.secret", Secret + "-too\n");
        }

        var expected = (await local.ApplyAsync(File, "--dry-run")).Ended();
        Assert.Equal(expected, (await remote.ApplyAsync(File, ["--dry-run", .. Url])).Ended());
        Assert.Equal(404, (int)(await host.TrySendAsync(HttpMethod.Get, "/api/v1/clients/skc_remote")).StatusCode);

        var made = await remote.ApplyAsync(File, [.. Url, "--env", "login.env"]);
        Assert.Contains("Done.", made.Ended(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, made.Output + made.Errors, StringComparison.Ordinal);
        var integration = (await host.SendAsync(HttpMethod.Get, "/api/v1/resources?page_size=30")).GetProperty("resources")
            .EnumerateArray().Single(r => r.GetProperty("resource_uri").GetString() == "https://remote.example/mcp");
        Assert.All(
            (string[])[
                integration.GetProperty("issuer").GetString()!, integration.GetProperty("id").GetString()!,
                integration.GetProperty("protected_metadata_uri").GetString()!, host.BaseUrl + "/keys",
                integration.GetProperty("connection_id").GetString()!,
                integration.GetProperty("connection_details").GetProperty("redirect_url").GetString()!, "skc_remote",
            ],
            told => Assert.Contains(told, made.Output, StringComparison.Ordinal));
        Assert.Contains(
            $"LATCHKEY_CLIENT_ID=skc_remote\nLATCHKEY_CLIENT_SECRET={Secret}\n", remote.Read("login.env"), StringComparison.Ordinal);

        // The secrets work, and a second apply finds nothing to change, on either way.
        Assert.Equal(404, (int)(await host.SendAsync(
            "skc_remote", Secret, HttpMethod.Post,
            $"/api/v1/connections/{integration.GetProperty("connection_id").GetString()}/auth-requests/lri_0000000000000000000000/user",
            new { sub = "ada" })).StatusCode);
        Assert.StartsWith("Nothing to change.", (await remote.ApplyAsync(File, Url)).Ended(), StringComparison.Ordinal);
        Assert.StartsWith("Nothing to change.", (await local.ApplyAsync(File)).Ended(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_variables_go_to_stdout_alone()
    {
        using var line = CommandLine.At(host).With("LOGIN", Secret);
        const string Another =
            """
            resources:
              - { resource_uri: "https://stdout.example/mcp", name: Stdout, connection: { login_url: "https://app.example/stdout" } }
            """;
        var made = await line.ApplyAsync(Another, "--env", "-");

        Assert.All(
            made.Ended().Split('\n', StringSplitOptions.RemoveEmptyEntries),
            text => Assert.True(text.StartsWith('#') || text.StartsWith("LATCHKEY_", StringComparison.Ordinal), text));
        Assert.Contains("LATCHKEY_RESOURCE_URI=https://stdout.example/mcp", made.Output, StringComparison.Ordinal);
        Assert.Contains("+ resource https://stdout.example/mcp", made.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_several_resources_needs_a_choice_for_its_variables()
    {
        using var line = CommandLine.At(host);
        const string Two =
            """
            resources: [{ resource_uri: "https://two-a.example", name: A }, { resource_uri: "https://two-b.example", name: B }]
            """;
        var unclear = await line.ApplyAsync(Two, "--env", ".env");
        Assert.Contains("https://two-a.example, https://two-b.example", unclear.Ended(2), StringComparison.Ordinal);
        Assert.False(line.Holds(".env"));

        (await line.ApplyAsync(Two, "--env", ".env", "--resource", "https://two-b.example/")).Ended();
        Assert.Contains("LATCHKEY_RESOURCE_URI=https://two-b.example\n", line.Read(".env"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_errors_of_a_file_come_back_with_their_lines()
    {
        using var local = CommandLine.At(host);
        using var remote = Remote();
        const string Wrong =
            """
            resources:
              - resource_uri: https://wrong-remote.example/mcp
                name: Wrong
                access_token_expiry: soon
                clients:
                  - name: desktop
                    redirect_uris: ["http://localhost:*", "http://127.0.0.1:*"]
                    token_endpoint_auth_method: none
                  - { name: Report, secrets: [{ env: MISSING }, { file: missing }] }
            """;
        var expected = (await local.ApplyAsync(Wrong)).Ended(2);

        Assert.Equal(5, expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("line 7: resources[0].clients[0].redirect_uris contains 'http://localhost:*'", expected, StringComparison.Ordinal);
        Assert.Contains("register http://127.0.0.1/callback", expected, StringComparison.Ordinal);
        Assert.Equal(expected, (await remote.ApplyAsync(Wrong, Url)).Ended(2));
    }

    /// <summary>A caller of the API must not read the server's environment or files.</summary>
    [Fact]
    public async Task The_server_resolves_no_reference_by_itself()
    {
        const string Own =
            """
            resources:
            - { resource_uri: "https://own.example", name: Own, clients: [{ name: R, secrets: [{ env: PATH }, { file: /etc/passwd }] }] }
            """;
        var response = await host.TrySendAsync(HttpMethod.Post, "/api/v1/configuration:apply", new { file = Own });
        var refused = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("invalid_file", refused.GetProperty("code").GetString());
        Assert.Equal(
            [
                "file, line 2: resources[0].clients[0].secrets[0] (env PATH) is not set.",
                "file, line 2: resources[0].clients[0].secrets[1] (file /etc/passwd) cannot be read.",
            ],
            refused.GetProperty("errors").GetProperty("file").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public async Task Changes_that_differ_from_the_plan_are_refused()
    {
        const string Text = "resources: [{ resource_uri: \"https://planned.example/mcp\", name: Planned }]";
        var plan = await host.SendAsync(HttpMethod.Post, "/api/v1/configuration:apply", new { file = Text, dry_run = true });
        Assert.False(plan.GetProperty("applied").GetBoolean());
        var confirmed = plan.GetProperty("plan").GetString();
        await host.SendAsync(
            HttpMethod.Post, "/api/v1/configuration:apply", new { file = Text.Replace("Planned", "Else", StringComparison.Ordinal) });

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, "/api/v1/configuration:apply", new { file = Text, plan = confirmed }), 409,
            "plan_changed");
    }

    [Fact]
    public async Task Deletions_over_the_API_need_a_confirmation()
    {
        using var line = Remote();
        await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Spare", role = "read-only" });
        const string Lists = $"api_clients: [{{ client_id: {LatchkeyHost.OperatorId}, name: Operator }}]";
        var refused = await line.ApplyAsync(Lists, [.. Url, "--prune"]);

        Assert.Contains("--prune asks for a confirmation", refused.Ended(2), StringComparison.Ordinal);
        Assert.Contains(refused.Differences, difference => difference.StartsWith("- API client ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("enabled: false")]
    [InlineData("role: read-only")]
    [InlineData("allowed_addresses: [192.0.2.1]")]
    [InlineData(null)]
    public async Task A_caller_cannot_remove_its_own_access_with_a_file(string? change)
    {
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Ops", role = "management" });
        var id = made.GetProperty("client").GetProperty("client_id").GetString()!;
        var file = change is null
            ? $"api_clients: [{{ client_id: {LatchkeyHost.OperatorId}, name: Operator }}]"
            : $"api_clients: [{{ client_id: {id}, {change} }}]";
        await Expect.ProblemAsync(
            await host.SendAsync(
                id, made.GetProperty("plain_secret").GetString()!, HttpMethod.Post, "/api/v1/configuration:apply",
                new { file, prune = change is null }),
            409, "own_credential");

        var kept = (await host.SendAsync(HttpMethod.Get, $"/api/v1/clients/{id}")).GetProperty("client");
        Assert.True(kept.GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task A_token_is_read_from_a_file_and_options_without_a_server_are_refused()
    {
        using var line = CommandLine.WithNewDatabase();
        line.Write("token", await host.OperatorTokenAsync() + "\n");
        const string Empty = "resources: []";
        Assert.Contains(
            "to change", (await line.ApplyAsync(Empty, [.. Url, "--token", "file:token"])).Ended(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("add --url", (await line.ApplyAsync(Empty, "--token", "file:token")).Ended(2), StringComparison.Ordinal);
        Assert.Contains("needs a credential", (await line.ApplyAsync(Empty, Url)).Ended(2), StringComparison.Ordinal);
        Assert.Contains(
            "--url must be the https base URL",
            (await line.ApplyAsync(Empty, "--url", "http://auth.example", "--token", "file:token")).Ended(2), StringComparison.Ordinal);
        Assert.Contains(
            "command lines are visible to every process",
            (await line.ApplyAsync(Empty, [.. Url, "--client-id", "skc_x", "--client-secret", "literal"])).Ended(2),
            StringComparison.Ordinal);
        Assert.Contains(
            "Check that the server runs",
            (await line.ApplyAsync(Empty, "--url", "http://localhost:9", "--token", "file:token")).Ended(1), StringComparison.Ordinal);
    }

    private string[] Url => ["--url", host.Address];

    private static CommandLine Remote() => CommandLine.WithNewDatabase()
        .With("LATCHKEY_MANAGEMENT_CLIENT_ID", LatchkeyHost.OperatorId)
        .With("LATCHKEY_MANAGEMENT_CLIENT_SECRET", LatchkeyHost.OperatorSecret);
}
