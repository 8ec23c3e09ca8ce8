using System.Diagnostics;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ConfigurationFile;

public sealed class Configuration_apply_on_SQLite(OnSqlite host) : Configuration_apply(host), IClassFixture<OnSqlite>;

public sealed class Configuration_apply_on_PostgreSQL(OnPostgres host) : Configuration_apply(host), IClassFixture<OnPostgres>;

/// <summary>Runs apply as a process of its own while a server runs on the same database.</summary>
public abstract class Configuration_apply(LatchkeyHost host)
{
    private const string Secret = "a-secret-of-the-file-that-is-long-enough";
    private const string Another = "another-secret-of-the-file-long-enough-too";

    /// <summary>A server polls four times per second; a loaded machine can delay it.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_entries_of_a_file_are_created_and_a_second_apply_changes_nothing()
    {
        using var line = CommandLine.At(host).With("REPORT_SECRET", Secret);
        line.Write("login.secret", Another + "\n");
        const string File =
            """
            resources:
              - resource_uri: https://made.example/mcp
                name: Made
                scopes:
                  - { name: made:read, description: Read what is made }
                  - made:write
                access_token_expiry: 600
                signing_algorithm: ES256
                connection:
                  login_url: https://app.example/made
                clients:
                  - name: Nightly report
                    scopes: ["made:read"]
                    secrets: [{ env: REPORT_SECRET }]
                  - name: Desktop
                    redirect_uris: [ "http://127.0.0.1/callback" ]
                    token_endpoint_auth_method: none
              - resource_uri: https://made-too.example/mcp
                name: Made too
                connection_of: https://made.example/mcp
            api_clients:
              - client_id: skc_made
                name: Login page
                role: login
                connections_of: [ "https://made-too.example/mcp" ]
                secrets: [{ file: login.secret }]
            """;
        var made = await line.ApplyAsync(File);
        Assert.Equal(
            [
                "+ resource https://made.example/mcp", "+ client \"Nightly report\" of https://made.example/mcp",
                "+ client \"Desktop\" of https://made.example/mcp",
                "+ resource https://made-too.example/mcp", "+ API client skc_made",
            ],
            made.Differences);
        Assert.Contains("5 to create, 0 to change, 0 to delete.", made.Ended(), StringComparison.Ordinal);

        var resource = await LoadedAsync("https://made.example/mcp");
        var too = await LoadedAsync("https://made-too.example/mcp");
        await UntilAsync(async () => (await host.TrySendAsync(HttpMethod.Get, "/api/v1/clients/skc_made")).IsSuccessStatusCode);
        Assert.Equal(
            ("ES256", 600L),
            (resource.GetProperty("signing_algorithm").GetString(), resource.GetProperty("access_token_expiry").GetInt64()));
        Assert.Equal(
            ["Read what is made", "made:write"],
            resource.GetProperty("scopes").EnumerateArray().Select(s => s.GetProperty("description").GetString()));
        Assert.Equal(
            ("https://app.example/made", "required"), (Connection(resource, "login_url"), Connection(resource, "callback_verification")));
        Assert.Equal(Connection(resource, "id"), Connection(too, "id"));

        // What was created works: the report client gets a token, the login credential reports at its connection, the keys are published.
        var report = await ClientAsync(resource, "Nightly report");
        Assert.Equal(200, await TokenAsync(report.GetProperty("client_id").GetString()!, Secret, "https://made.example/mcp"));
        await Expect.ProblemAsync(
            await host.SendAsync(
                "skc_made", Another, HttpMethod.Post,
                $"/api/v1/connections/{Connection(resource, "id")}/auth-requests/lri_0000000000000000000000/user", new { sub = "ada" }),
            404, "login_request_not_found");

        var again = await line.ApplyAsync(File, "--prune", "--yes", "--dry-run");
        Assert.DoesNotContain(again.Differences, difference => difference[0] is '+' or '~');
        Assert.Equal("Nothing to change.", (await line.ApplyAsync(File)).Ended().Split('\n')[0]);
    }

    [Fact]
    public async Task A_key_that_is_absent_is_unchanged_and_null_resets_it_to_the_default()
    {
        using var line = CommandLine.At(host);
        (await line.ApplyAsync(
            """
            resources:
              - resource_uri: https://partly.example/mcp
                name: Partly
                description: To be forgotten
                access_token_expiry: 600
                refresh_token_expiry: 3600
                scopes: [a, b]
                connection: { login_url: "https://app.example/partly", callback_verification: state_only }
            """)).Ended();
        var before = await LoadedAsync("https://partly.example/mcp");
        var changed = await line.ApplyAsync(
            """
            resources:
              - resource_uri: HTTPS://Partly.example/mcp
                description: null
                access_token_expiry: ~
                scopes: [b, c]
                connection: { callback_verification: required }
            """);

        Assert.Equal(["~ resource HTTPS://Partly.example/mcp"], changed.Differences);
        Assert.All(
            (string[])[
                "access_token_expiry: 600 -> 900", "description: \"To be forgotten\" -> null",
                "connection.callback_verification: \"state_only\" -> \"required\"", "scopes: - {\"name\":\"a\""],
            told => Assert.Contains(told, changed.Ended(), StringComparison.Ordinal));
        Assert.Contains("0 to create, 1 to change, 0 to delete.", changed.Output, StringComparison.Ordinal);
        var after = await LoadedAsync("https://partly.example/mcp", r => r.GetProperty("access_token_expiry").GetInt64() == 900);
        Assert.Equal(before.GetProperty("id").GetString(), after.GetProperty("id").GetString());
        Assert.Equal(("Partly", 3600L), (after.GetProperty("name").GetString(), after.GetProperty("refresh_token_expiry").GetInt64()));
        Assert.False(after.TryGetProperty("description", out _));
        Assert.Equal(
            ("https://app.example/partly", "required"), (Connection(after, "login_url"), Connection(after, "callback_verification")));
        Assert.Equal(Scope(before, "b"), Scope(after, "b"));
    }

    [Fact]
    public async Task A_dry_run_shows_the_diff_and_changes_nothing()
    {
        using var line = CommandLine.At(host).With("REPORT_SECRET", Secret);
        const string File =
            """
            resources:
              - resource_uri: https://dry.example/mcp
                name: Dry
                clients: [{ name: Report, secrets: [{ env: REPORT_SECRET }] }]
            """;
        var first = await line.ApplyAsync(File, "--dry-run");
        var second = await line.ApplyAsync(File, "--dry-run", "--prune");

        Assert.Equal(["+ resource https://dry.example/mcp", "+ client \"Report\" of https://dry.example/mcp"], first.Differences);
        Assert.Contains("secrets: + a new one (env REPORT_SECRET)", first.Ended(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Done.", second.Ended(), StringComparison.Ordinal);
        Assert.Null(await FindAsync("https://dry.example/mcp"));
    }

    /// <summary>Rotates a secret: the file lists the new secret beside the old one, later the new one alone.</summary>
    [Fact]
    public async Task A_client_has_exactly_the_secrets_that_the_file_lists()
    {
        using var line = CommandLine.At(host).With("OLD", Secret).With("NEW", Another);
        static string File(string secrets) => $$"""
            resources: [{ resource_uri: "https://secrets.example/mcp", name: Secrets, clients: [{ name: Report, secrets: [{{secrets}}] }] }]
            """;
        (await line.ApplyAsync(File("{ env: OLD }"))).Ended();
        var resource = await LoadedAsync("https://secrets.example/mcp");
        var report = await ClientAsync(resource, "Report");
        var id = report.GetProperty("client_id").GetString()!;
        var oldId = report.GetProperty("secrets")[0].GetProperty("id").GetString();
        var both = await line.ApplyAsync(File("{ env: NEW }, { env: OLD }"));
        Assert.Equal(
            ["~ client \"Report\" of https://secrets.example/mcp", "    secrets: + a new one (env NEW)"], both.Ended().Split('\n')[..2]);
        await UntilAsync(async () => await TokenAsync(id, Another, "https://secrets.example/mcp") == 200);
        Assert.Equal(200, await TokenAsync(id, Secret, "https://secrets.example/mcp"));
        Assert.Contains(
            (await ClientAsync(resource, "Report")).GetProperty("secrets").EnumerateArray(), s => s.GetProperty("id").GetString() == oldId);

        var rolled = await line.ApplyAsync(File("{ env: NEW }"));
        Assert.Contains($"secrets: - the one ending in …{Secret[^4..]}", rolled.Ended(), StringComparison.Ordinal);
        await UntilAsync(async () => await TokenAsync(id, Secret, "https://secrets.example/mcp") == 401);
        Assert.Equal(200, await TokenAsync(id, Another, "https://secrets.example/mcp"));
        Assert.DoesNotContain((string[])[Secret, Another], s => (both.Output + rolled.Output).Contains(s, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_with_an_error_changes_nothing_and_the_error_names_line_and_key()
    {
        using var line = CommandLine.At(host);
        var wrong = await line.ApplyAsync(
            """
            resources:
              - resource_uri: https://right.example/mcp
                name: Right
              - resource_uri: https://wrong.example/mcp
                name: Wrong
                access_token_expiry: soon
            """);

        Assert.Equal(
            ["latchkey.yaml, line 6: resources[1].access_token_expiry must be an integer.", "Nothing was changed."],
            wrong.Ended(2).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", wrong.Output);
        Assert.Null(await FindAsync("https://right.example/mcp"));
        Assert.Contains(
            "nowhere.yaml cannot be read", (await line.RunAsync("apply", "-f", "nowhere.yaml")).Ended(2), StringComparison.Ordinal);
    }

    private static string? Connection(JsonElement resource, string member) =>
        resource.GetProperty("connection_details").GetProperty(member).GetString();

    private static string? Scope(JsonElement resource, string name) =>
        resource.GetProperty("scopes").EnumerateArray().Single(s => s.GetProperty("name").GetString() == name)
            .GetProperty("id").GetString();

    /// <summary>Waits until the running server has loaded the resource.</summary>
    private async Task<JsonElement> LoadedAsync(string uri, Func<JsonElement, bool>? isSo = null)
    {
        JsonElement? found = null;
        await UntilAsync(async () => (found = await FindAsync(uri)) is { } resource && (isSo is null || isSo(resource)));
        return found!.Value;
    }

    private async Task<JsonElement?> FindAsync(string uri)
    {
        foreach (var resource in (await host.SendAsync(HttpMethod.Get, "/api/v1/resources")).GetProperty("resources").EnumerateArray())
        {
            if (string.Equals(resource.GetProperty("resource_uri").GetString(), uri, StringComparison.OrdinalIgnoreCase))
            {
                return resource;
            }
        }

        return null;
    }

    private async Task<JsonElement> ClientAsync(JsonElement resource, string name) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{resource.GetProperty("id").GetString()}/clients"))
            .GetProperty("clients").EnumerateArray()
        .Single(c => c.GetProperty("name").GetString() == name);

    private async Task<int> TokenAsync(string client, string secret, string resource)
    {
        using var answer = await host.Anonymous.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent([
                new("grant_type", "client_credentials"), new("client_id", client), new("client_secret", secret),
                new("resource", resource)]));
        return (int)answer.StatusCode;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(watch.Elapsed < MaxWait, "the running server did not load the change");
            await Task.Delay(50);
        }
    }
}
