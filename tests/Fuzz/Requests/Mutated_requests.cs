using Latchkey.Server.Tests.Actors;

namespace Fuzz.Requests;

/// <summary>Valid requests for every endpoint of the running server, with one to four things wrong, against each store.</summary>
public sealed class Mutated_requests
{
    private const long MaxGrowthBytes = 48 * 1024 * 1024;

    [Fact]
    public async Task Begin_with_requests_that_are_valid_at_every_route()
    {
        await using var host = new SqliteFuzzHost();
        await host.InitializeAsync();
        var run = new FuzzRun(host, RunOptions.Seed);
        var testData = await run.NewTestDataAsync();
        using var client = new Client(host);
        foreach (var template in run.Templates.Where(k => k.Statuses.Length > 0))
        {
            var result = await new FuzzCase(0, template, []).FireAsync(testData, client);
            var response = Assert.IsType<Outcome.Responded>(result.Outcome).Response;
            Assert.True(result.Wrong is null && template.Statuses.Contains(response.Status) && response["grpc-status"] is null or "0", $"{template}: {result.Wrong} {response}");
        }

        Assert.Superset(RequestTemplate.Routes(host).ToHashSet(StringComparer.Ordinal), run.Templates.Select(k => k.Route).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public Task Get_no_answer_that_is_wrong_on_SQLite() => FireAsync(new SqliteFuzzHost());

    [Fact]
    public Task Get_no_answer_that_is_wrong_on_PostgreSQL() => FireAsync(new PostgresFuzzHost());

    private static async Task FireAsync(FuzzHost host)
    {
        await using var running = host;
        await host.InitializeAsync();
        var run = new FuzzRun(host, RunOptions.Seed);
        if (RunOptions.Only is { } only)
        {
            await run.FireAsync(only, 1);
            return;
        }

        // What is loaded and cached once is there after a tenth.
        var count = RunOptions.Requests / 2;
        var fired = await run.FireAsync(0, count / 10);
        var before = Heap.Measure();
        fired += await run.FireAsync(count / 10, count - (count / 10));
        var after = Heap.Measure();

        await ASignInStillWorksAsync(host);
        var summary = $"{fired} requests, heap {Heap.Shown(before)} when warm and {Heap.Shown(after)} at the end, responses {string.Join(", ", run.Responses.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}: {a.Value}"))}";
        RunReport.Conclude(summary);
        Assert.True(after - before < MaxGrowthBytes, summary);
        Assert.True(run.Responses.GetValueOrDefault("200") > fired / 20 && run.Responses.GetValueOrDefault("400") > fired / 10, summary);
    }

    private static async Task ASignInStillWorksAsync(FuzzHost host)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var tokens = await client.TokensAsync();
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }
}
