using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Cli;

public sealed class Initial_setup_on_SQLite(OnSqlite host) : Initial_setup(host), IClassFixture<OnSqlite>;

public sealed class Initial_setup_on_PostgreSQL(OnPostgres host) : Initial_setup(host), IClassFixture<OnPostgres>;

/// <summary>Runs <c>latchkey init</c> as a process, on the database of a running server and over its API.</summary>
public abstract class Initial_setup(LatchkeyHost host)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Init_makes_everything_once_and_its_variables_work(bool isRemote)
    {
        using var line = Line(isRemote);
        var name = $"init-{(isRemote ? "remote" : "local")}";
        string[] command = [
            "init", "--mcp", $"https://{name}.example/mcp", "--login", $"https://{name}.example/login", "--name", "Notes",
            "--scopes", "notes:read notes:write", .. Remote(isRemote)];
        var first = await line.RunAsync(command);
        var variables = Variables(first.Ended());

        Assert.Equal(
            [
                "LATCHKEY_URL", "LATCHKEY_CONNECTION_ID", "LATCHKEY_CLIENT_ID", "LATCHKEY_CLIENT_SECRET", "LATCHKEY_REPORT_URL",
                "LATCHKEY_CALLBACK_URL", "LATCHKEY_ISSUER", "LATCHKEY_RESOURCE_ID", "LATCHKEY_RESOURCE_URI",
                "LATCHKEY_RESOURCE_METADATA_URL", "LATCHKEY_JWKS_URL", "LATCHKEY_AUDIENCE",
            ],
            variables.Keys);
        Assert.DoesNotContain(variables["LATCHKEY_CLIENT_SECRET"], first.Errors, StringComparison.Ordinal);
        Assert.Contains("is shown only now", first.Errors, StringComparison.Ordinal);

        // The login page can report, and the URLs of the MCP server are those that the server publishes.
        await UntilAsync(async () =>
            (await host.TrySendAsync(HttpMethod.Get, $"/api/v1/clients/{variables["LATCHKEY_CLIENT_ID"]}")).IsSuccessStatusCode);
        await Expect.ProblemAsync(
            await host.SendAsync(
                variables["LATCHKEY_CLIENT_ID"], variables["LATCHKEY_CLIENT_SECRET"], HttpMethod.Post,
                PathOf(variables["LATCHKEY_REPORT_URL"])
                    .Replace("{{login_request_id}}", "lri_0000000000000000000000", StringComparison.Ordinal),
                new { sub = "ada" }),
            404, "login_request_not_found");
        var metadata = JsonElement.Parse(await host.Anonymous.GetStringAsync(
            PathOf(variables["LATCHKEY_RESOURCE_METADATA_URL"]), TestContext.Current.CancellationToken));
        Assert.Equal(variables["LATCHKEY_AUDIENCE"], metadata.GetProperty("resource").GetString());
        Assert.Equal(variables["LATCHKEY_ISSUER"], metadata.GetProperty("authorization_servers")[0].GetString());
        Assert.Equal(2, metadata.GetProperty("scopes_supported").GetArrayLength());
        var issuer = JsonElement.Parse(await host.Anonymous.GetStringAsync(
            PathOf(variables["LATCHKEY_ISSUER"]) + "/.well-known/oauth-authorization-server", TestContext.Current.CancellationToken));
        Assert.Equal(variables["LATCHKEY_JWKS_URL"], issuer.GetProperty("jwks_uri").GetString());
        var connection = (await host.SendAsync(HttpMethod.Get, $"/api/v1/connections/{variables["LATCHKEY_CONNECTION_ID"]}"))
            .GetProperty("connection");
        Assert.Equal(variables["LATCHKEY_CALLBACK_URL"], connection.GetProperty("redirect_url").GetString());
        Assert.Equal(variables["LATCHKEY_REPORT_URL"], connection.GetProperty("user_post_url").GetString());

        // A second run finds everything and shows no secret.
        var second = await line.RunAsync(command);
        var found = Variables(second.Ended());
        Assert.Equal(variables.Where(v => v.Key != "LATCHKEY_CLIENT_SECRET"), found);
        Assert.DoesNotContain('+', second.Errors);

        // A new secret is added, and the former one stays valid.
        var rotated = Variables((await line.RunAsync([.. command, "--new-secret"])).Ended());
        Assert.Equal(variables["LATCHKEY_CLIENT_ID"], rotated["LATCHKEY_CLIENT_ID"]);
        Assert.NotEqual(variables["LATCHKEY_CLIENT_SECRET"], rotated["LATCHKEY_CLIENT_SECRET"]);
        await UntilAsync(async () => await GetsTokenAsync(rotated));
        Assert.True(await GetsTokenAsync(variables));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Init_names_every_wrong_option_and_changes_nothing(bool isRemote)
    {
        using var line = Line(isRemote);
        var wrong = await line.RunAsync(
            ["init", "--mcp", "mcp", "--login", "http://app.example/login", "--scopes", "two\"quotes", .. Remote(isRemote)]);

        var errors = wrong.Ended(2);
        Assert.Contains("--mcp must be the absolute URI of the MCP server", errors, StringComparison.Ordinal);
        Assert.Contains("--login must be https (http only for loopback).", errors, StringComparison.Ordinal);
        Assert.Contains("--scopes ", errors, StringComparison.Ordinal);
        Assert.Equal("", wrong.Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Init_does_not_move_a_resource_to_another_login_page(bool isRemote)
    {
        using var line = Line(isRemote);
        var company = await host.NewCompanyAsync();
        var other = await line.RunAsync(
            ["init", "--mcp", company.ResourceUri, "--login", "https://other.example/login", .. Remote(isRemote)]);

        Assert.Contains($"The resource has the connection {company.ConnectionId}", other.Ended(2), StringComparison.Ordinal);
        Assert.Equal("", other.Output);
    }

    [Fact]
    public async Task Init_shares_the_connection_of_the_login_page_between_resources()
    {
        using var line = Line(isRemote: false);
        const string Login = "https://shared-init.example/login";
        var one = Variables((await line.RunAsync("init", "--mcp", "https://one-init.example/mcp", "--login", Login)).Ended());
        var second = await line.RunAsync("init", "--mcp", "https://two-init.example/mcp", "--login", Login);
        var two = Variables(second.Ended());

        Assert.NotEqual(one["LATCHKEY_RESOURCE_ID"], two["LATCHKEY_RESOURCE_ID"]);
        Assert.Equal(
            (one["LATCHKEY_CONNECTION_ID"], one["LATCHKEY_CLIENT_ID"]), (two["LATCHKEY_CONNECTION_ID"], two["LATCHKEY_CLIENT_ID"]));
        Assert.Contains("a person has the same sub at all resources of a connection", second.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_writes_its_variables_into_a_private_file_and_keeps_the_secret_there()
    {
        using var line = Line(isRemote: false);
        line.Write(".env", "PORT=3000\n# mine\n");
        string[] command = ["init", "--mcp", "https://env-init.example/mcp", "--login", "https://env-init.example/login", "--env", ".env"];
        var first = await line.RunAsync(command);
        Assert.Equal("", first.Ended());
        var content = line.Read(".env");
        Assert.StartsWith("PORT=3000\n# mine\n# latchkey begin https://env-init.example/mcp\n", content, StringComparison.Ordinal);
        var secret = Variables(content)["LATCHKEY_CLIENT_SECRET"];
        Assert.DoesNotContain(secret, first.Errors, StringComparison.Ordinal);
        Assert.Equal("600", (await line.StartAsync("stat", "-c", "%a", ".env")).Ended().Trim());

        (await line.RunAsync(command)).Ended();
        Assert.Equal(Variables(content), Variables(line.Read(".env")));

        // Neither another MCP server's section nor a line of the operator is overwritten, and nothing is made.
        var other = await line.RunAsync(
            "init", "--mcp", "https://env-other.example/mcp", "--login", "https://env-init.example/login", "--env", ".env");
        Assert.Contains("has the variables of https://env-init.example/mcp", other.Ended(2), StringComparison.Ordinal);
        line.Write("mine.env", "LATCHKEY_CLIENT_SECRET=of-the-operator\n");
        var mine = await line.RunAsync(
            "init", "--mcp", "https://env-other.example/mcp", "--login", "https://env-init.example/login", "--env", "mine.env");
        Assert.Contains("already has LATCHKEY_CLIENT_SECRET (line 1)", mine.Ended(2), StringComparison.Ordinal);
        Assert.Equal("LATCHKEY_CLIENT_SECRET=of-the-operator\n", line.Read("mine.env"));
        Assert.DoesNotContain(
            "env-other.example", (await host.SendAsync(HttpMethod.Get, "/api/v1/resources?page_size=30")).GetRawText(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("management")]
    [InlineData("read-only")]
    public async Task A_wrong_credential_is_refused_with_exit_code_2_and_is_not_repeated(string role)
    {
        using var line = Line(isRemote: true);
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Ops", role });
        var secret = role == "management" ? "not-the-secret-of-this-client-at-all" : made.GetProperty("plain_secret").GetString()!;
        line.Write("ops.secret", secret + "\n");
        var refused = await line.RunAsync(
            "init", "--mcp", "https://refused.example/mcp", "--login", "https://refused.example/login", "--url", host.Address,
            "--client-id", made.GetProperty("client").GetProperty("client_id").GetString()!, "--client-secret", "file:ops.secret");

        Assert.Contains(role == "management" ? "was answered 401" : "was answered 403", refused.Ended(2), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, refused.Errors + refused.Output, StringComparison.Ordinal);
    }

    private CommandLine Line(bool isRemote) => isRemote
        ? CommandLine.WithNewDatabase().With("LATCHKEY_MANAGEMENT_CLIENT_ID", LatchkeyHost.OperatorId)
            .With("LATCHKEY_MANAGEMENT_CLIENT_SECRET", LatchkeyHost.OperatorSecret)
        : CommandLine.At(host);

    private string[] Remote(bool isRemote) => isRemote ? ["--url", host.Address] : [];

    private string PathOf(string url)
    {
        Assert.StartsWith(host.BaseUrl, url, StringComparison.Ordinal);
        return url[host.BaseUrl.Length..];
    }

    private async Task<bool> GetsTokenAsync(Dictionary<string, string> variables)
    {
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", variables["LATCHKEY_CLIENT_ID"]),
            new("client_secret", variables["LATCHKEY_CLIENT_SECRET"]),
        ]);
        return (await host.Anonymous.PostAsync("/oauth/token", form, TestContext.Current.CancellationToken)).IsSuccessStatusCode;
    }

    private static Dictionary<string, string> Variables(string text) => text.Split('\n')
        .Where(line => line.StartsWith("LATCHKEY_", StringComparison.Ordinal)).Select(line => line.Split('=', 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var end = System.Diagnostics.Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(end.Elapsed < MaxWait, "the change was not seen");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
