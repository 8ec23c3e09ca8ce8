using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.ConfigurationFile;

/// <summary>Webhook endpoints in the configuration file: created, changed, exported and pruned by their address.</summary>
public sealed class Webhooks_in_the_file(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Endpoints_are_created_changed_exported_and_pruned()
    {
        using var line = CommandLine.At(host);
        line.Write("a.yaml", """
            webhooks:
              - url: https://app.example/one
                events: [grant.created]
              - url: https://app.example/two
            """);
        var created = await line.RunAsync("apply", "-f", "a.yaml");
        created.Ended();
        Assert.Equal(
            ["+ webhook endpoint https://app.example/one", "+ webhook endpoint https://app.example/two"], created.Differences);
        await Eventually.TrueAsync(
            async () => (await host.SendAsync(HttpMethod.Get, "/api/v1/webhooks")).GetProperty("total_size").GetInt32() == 2,
            "the server does not know the endpoints");
        var listed = await host.SendAsync(HttpMethod.Get, "/api/v1/webhooks");
        Assert.All(listed.GetProperty("webhooks").EnumerateArray(), w => Assert.Equal(1, w.GetProperty("secrets").GetArrayLength()));

        line.Write("export.yaml", (await line.RunAsync("export")).Ended());
        Assert.Contains("Nothing to change", (await line.RunAsync("apply", "-f", "export.yaml")).Ended(), StringComparison.Ordinal);

        line.Write("b.yaml", """
            webhooks:
              - url: https://app.example/one
                events: [grant.created, grant.revoked]
            """);
        Assert.Equal(
            ["~ webhook endpoint https://app.example/one", "- webhook endpoint https://app.example/two"],
            (await line.RunAsync("apply", "-f", "b.yaml", "--prune", "--yes")).Differences);
        await Eventually.TrueAsync(
            async () => (await host.SendAsync(HttpMethod.Get, "/api/v1/webhooks")).GetProperty("total_size").GetInt32() == 1,
            "the endpoint is still there");
    }

    [Fact]
    public async Task Errors_name_the_line()
    {
        using var line = CommandLine.At(host);
        line.Write("a.yaml", """
            webhooks:
              - url: http://app.example/one
              - url: https://app.example/two
                events: [grant.made]
              - url: https://app.example/two
            """);
        var errors = (await line.RunAsync("apply", "-f", "a.yaml")).Ended(exitCode: 2);
        Assert.Contains("a.yaml, line 2: webhooks[0].url must be https on port 443", errors, StringComparison.Ordinal);
        Assert.Contains("a.yaml, line 4: webhooks[1].events must be a list of grant.created", errors, StringComparison.Ordinal);
        Assert.Contains("webhooks[2].url occurs twice; the first is in line 3", errors, StringComparison.Ordinal);
    }
}
