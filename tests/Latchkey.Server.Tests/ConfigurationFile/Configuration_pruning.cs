using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.ConfigurationFile;

public sealed class Configuration_pruning_on_SQLite(OnSqlite host) : Configuration_pruning(host), IClassFixture<OnSqlite>;

public sealed class Configuration_pruning_on_PostgreSQL(OnPostgres host) : Configuration_pruning(host), IClassFixture<OnPostgres>;

public abstract class Configuration_pruning(LatchkeyHost host)
{
    private const string Secret = "a-secret-of-the-file-that-is-long-enough";

    private const string Kept = """
        resources: [{ resource_uri: "https://kept.example/mcp", name: Kept, clients: [{ name: Stays, secrets: [{ env: SECRET }] }] }]
        """;

    private const string Both = """
        resources:
          - resource_uri: https://kept.example/mcp
            name: Kept
            clients: [{ name: Stays, secrets: [{ env: SECRET }] }, { name: Goes, secrets: [{ env: SECRET }] }]
          - { resource_uri: "https://gone.example/mcp", name: Gone, clients: [{ name: Goes with it, secrets: [{ env: SECRET }] }] }
        """;

    private static readonly string[] Going =
    [
        "- client \"Goes\" of https://kept.example/mcp", "- client \"Goes with it\" of https://gone.example/mcp",
        "- resource https://gone.example/mcp"
    ];

    /// <summary>One test, because pruning affects the whole configuration.</summary>
    [Fact]
    public async Task Entries_missing_from_a_list_of_the_file_are_deleted_after_confirmation()
    {
        using var line = CommandLine.At(host).With("SECRET", Secret);
        (await line.ApplyAsync(Both)).Ended();
        var registered = await RegisterAsync(await IdAsync("https://kept.example/mcp"));
        var unasked = await line.ApplyAsync(Kept);
        Assert.Empty(unasked.Differences);
        Assert.Contains(
            "3 entries exist on the server but not in the file. Use --prune to delete them.", unasked.Ended(), StringComparison.Ordinal);

        var alone = await line.ApplyAsync(Kept, "--prune");
        Assert.Contains("this is not a terminal", alone.Ended(2), StringComparison.Ordinal);
        Assert.Equal(Going, WithoutIds(alone));
        var no = await line.ApplyAtTerminalAsync(Kept, "n\n", "--prune");
        Assert.Contains("Delete 3 permanently? [y/N]", no.Ended(), StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", no.Output, StringComparison.Ordinal);
        Assert.Equal(2, await CountAsync());

        var yes = await line.ApplyAtTerminalAsync(Kept, "y\n", "--prune");
        Assert.Contains("Done.", yes.Ended(), StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync());
        var clients = await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{await IdAsync("https://kept.example/mcp")}/clients");
        Assert.Equal(
            (string?[])["Stays", "Program"],
            clients.GetProperty("clients").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Contains(clients.GetProperty("clients").EnumerateArray(), c => c.GetProperty("client_id").GetString() == registered);

        Assert.Equal("Nothing to change.", (await line.ApplyAsync(Kept, "--prune")).Ended().Split('\n')[0]);
        Assert.Contains("Done.", (await line.ApplyAsync("resources: []", "--prune", "--yes")).Ended(), StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync());
    }

    /// <summary>An API client must remain to undo the change, and the next start would create the bootstrap API client again.</summary>
    [Fact]
    public async Task The_bootstrap_API_client_and_the_last_management_client_cannot_be_deleted()
    {
        using var line = CommandLine.At(host).With("SECRET", Secret);
        Assert.Contains(
            "no API client of role management with a valid secret or a key would be left",
            (await line.ApplyAsync("api_clients: []", "--prune", "--yes")).Ended(2),
            StringComparison.Ordinal);
        var signing = $"api_clients: [{{ client_id: skc_signing, name: Signing, role: management, jwks: {ClientKey.Set} }}]";
        Assert.Contains(
            "1 to create, 0 to change, ", (await line.ApplyAsync(signing, "--prune", "--dry-run")).Ended(), StringComparison.Ordinal);
        const string Disabled = $"api_clients: [{{ client_id: {LatchkeyHost.OperatorId}, enabled: false }}]";
        Assert.Contains("no API client of role management", (await line.ApplyAsync(Disabled)).Ended(2), StringComparison.Ordinal);

        line.With("Latchkey__Bootstrap__ApiClientId", LatchkeyHost.OperatorId)
            .With("Latchkey__Bootstrap__ApiClientSecret", LatchkeyHost.OperatorSecret);
        Assert.Equal("Nothing to change.", (await line.ApplyAsync("api_clients: []", "--prune", "--yes")).Ended().Split('\n')[0]);
        const string OtherSecret = $"api_clients: [{{ client_id: {LatchkeyHost.OperatorId}, secrets: [{{ env: SECRET }}] }}]";
        foreach (var file in (string[])[
            Disabled, OtherSecret, Disabled.Replace("enabled: false", "role: read-only", StringComparison.Ordinal)])
        {
            Assert.Contains(
                "line 1: api_clients[0].client_id is the API client of the settings",
                (await line.ApplyAsync(file)).Ended(2),
                StringComparison.Ordinal);
        }

        await host.SendAsync(HttpMethod.Get, "/api/v1/clients");
    }

    private static IEnumerable<string> WithoutIds(Run run) => run.Differences.Select(difference => difference.Split(" (m2m_")[0]);

    private async Task<int> CountAsync()
    {
        await host.Services.GetRequiredService<ConfigurationCache>().ReloadAsync(CancellationToken.None);
        return (await host.SendAsync(HttpMethod.Get, "/api/v1/resources")).GetProperty("total_size").GetInt32();
    }

    private async Task<string> IdAsync(string uri)
    {
        await CountAsync();
        return (await host.SendAsync(HttpMethod.Get, "/api/v1/resources")).GetProperty("resources").EnumerateArray()
            .Single(r => r.GetProperty("resource_uri").GetString() == uri).GetProperty("id").GetString()!;
    }

    private async Task<string> RegisterAsync(string resource)
    {
        using var answer = await host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{resource}/clients:register",
            new { client_name = "Program", redirect_uris = new[] { "http://127.0.0.1/callback" } });
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return made.GetProperty("client_id").GetString()!;
    }
}
