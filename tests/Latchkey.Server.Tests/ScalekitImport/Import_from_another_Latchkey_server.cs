using System.Net.Http.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ScalekitImport;

/// <summary>Latchkey serves the same paths as Scalekit, so an import from it shows that the reader and a server agree about them.</summary>
public sealed class Import_from_another_Latchkey_server(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Resources_connections_and_clients_are_imported()
    {
        for (var i = 0; i < 31; i++)
        {
            await host.NewCompanyAsync(resource: new { access_token_expiry = 100 + i });
        }

        var first = (await host.SendAsync(HttpMethod.Get, "/api/v1/resources")).GetProperty("resources")[0];
        var clients = $"/api/v1/resources/{first.GetProperty("id").GetString()}/clients";
        await host.SendAsync(HttpMethod.Post, clients, new { name = "Report", scopes = new[] { "notes:read" } });
        await host.SendAsync(
            HttpMethod.Post,
            clients,
            new { name = "Desktop", redirect_uris = new[] { "http://127.0.0.1/callback" }, token_endpoint_auth_method = "none" });
        using var registered = await host.Anonymous.PostAsJsonAsync(
            clients + ":register", new { client_name = "Registered program", redirect_uris = new[] { "http://127.0.0.1/callback" } });

        using var line = CommandLine.WithNewDatabase().With("SECRET", LatchkeyHost.OperatorSecret)
            .With("NAME", "the-secret-that-the-report-client-has");
        var imported = (await line.RunAsync(
            "import", "scalekit", "--url", host.BaseUrl, "--client-id", LatchkeyHost.OperatorId, "--client-secret", "env:SECRET"))
            .Ended();
        Assert.DoesNotContain("Registered program", imported, StringComparison.Ordinal);
        var applied = await line.ApplyAsync(
            imported.Replace("# secrets: [{env: NAME}]", "secrets: [{env: NAME}]", StringComparison.Ordinal));
        Assert.Contains("33 to create, 0 to change, 0 to delete.", applied.Ended(), StringComparison.Ordinal);

        var exported = (await line.RunAsync("export")).Ended();
        Assert.Equal(31, exported.Split("login_url: https://app.example/login?from=mcp").Length - 1);
        Assert.Equal(31, exported.Split("callback_verification: state_only").Length - 1);
        Assert.All(
            Enumerable.Range(100, 31), expiry => Assert.Contains($"access_token_expiry: {expiry}\n", exported, StringComparison.Ordinal));
        Assert.Contains("description: Read your notes", exported, StringComparison.Ordinal);
        Assert.Contains("- name: Report\n", exported, StringComparison.Ordinal);
    }
}
