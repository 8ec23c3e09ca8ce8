using Latchkey.Server.Tests.Actors;

namespace Fuzz.Requests;

/// <summary>Valid requests to every endpoint of the running server with one to four mutations, on each database.</summary>
public sealed class Mutated_requests
{
    private const long MaxGrowthBytes = 48 * 1024 * 1024;

    [Fact]
    public async Task The_templates_are_valid_requests_to_every_route()
    {
        await using var host = new SqliteFuzzHost();
        await host.InitializeAsync();
        var run = new FuzzRun(host, RunOptions.Seed);
        var testData = await run.NewTestDataAsync();
        using var client = new Client(host);
        foreach (var template in run.Templates.Where(k => k.Statuses.Length > 0))
        {
            var result = await new FuzzCase(0, template, []).RunAsync(testData, client);
            var response = Assert.IsType<Outcome.Responded>(result.Outcome).Response;
            Assert.True(
                result.Wrong is null && template.Statuses.Contains(response.Status) && response["grpc-status"] is null or "0",
                $"{template}: {result.Wrong} {response}");
        }

        Assert.Superset(
            RequestTemplate.Routes(host).ToHashSet(StringComparer.Ordinal),
            run.Templates.Select(k => k.Route).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public Task Mutated_requests_get_valid_responses_on_SQLite() => RunAsync(new SqliteFuzzHost());

    [Fact]
    public Task Mutated_requests_get_valid_responses_on_PostgreSQL() => RunAsync(new PostgresFuzzHost());

    private static async Task RunAsync(FuzzHost host)
    {
        await using var running = host;
        await host.InitializeAsync();
        var run = new FuzzRun(host, RunOptions.Seed);
        if (RunOptions.Only is { } only)
        {
            await run.RunAsync(only, 1);
            return;
        }

        // After a tenth of the requests everything is loaded and cached.
        var count = RunOptions.Requests / 2;
        var sent = await run.RunAsync(0, count / 10);
        var before = Heap.Measure();
        sent += await run.RunAsync(count / 10, count - (count / 10));
        var after = Heap.Measure();

        await SignInWorksAsync(host);
        var summary = $"{sent} requests, heap {Heap.Format(before)} when warm and {Heap.Format(after)} at the end, responses "
            + $"{string.Join(", ", run.Responses.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}: {a.Value}"))}";
        RunReport.Conclude(summary);
        Assert.True(after - before < MaxGrowthBytes, summary);
        Assert.True(run.Responses.GetValueOrDefault("200") > sent / 20 && run.Responses.GetValueOrDefault("400") > sent / 10, summary);
    }

    private static async Task SignInWorksAsync(FuzzHost host)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var tokens = await client.TokensAsync();
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }
}
