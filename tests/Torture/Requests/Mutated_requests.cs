using Latchkey.Server.Tests.Actors;

namespace Torture.Requests;

/// <summary>Valid requests for every endpoint of the running server, with one to four things wrong, against each store.</summary>
public sealed class Mutated_requests
{
    private const long MaxGrowthBytes = 48 * 1024 * 1024;

    [Fact]
    public async Task Begin_with_requests_that_are_valid_at_every_route()
    {
        await using var host = new SqliteUnderFire();
        await host.InitializeAsync();
        var barrage = new Barrage(host, Runs.Seed);
        var material = await barrage.NewMaterialAsync();
        using var gun = new Gun(host);
        foreach (var kind in barrage.Kinds.Where(k => k.Statuses.Length > 0))
        {
            var hit = await new Shot(0, kind, []).FireAsync(material, gun);
            var answer = Assert.IsType<Outcome.Answered>(hit.Outcome).Answer;
            Assert.True(hit.Wrong is null && kind.Statuses.Contains(answer.Status) && answer["grpc-status"] is null or "0", $"{kind}: {hit.Wrong} {answer}");
        }

        Assert.Superset(Kind.Routes(host).ToHashSet(StringComparer.Ordinal), barrage.Kinds.Select(k => k.Route).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public Task Get_no_answer_that_is_wrong_on_SQLite() => FireAsync(new SqliteUnderFire());

    [Fact]
    public Task Get_no_answer_that_is_wrong_on_PostgreSQL() => FireAsync(new PostgresUnderFire());

    private static async Task FireAsync(HostUnderFire host)
    {
        await using var running = host;
        await host.InitializeAsync();
        var barrage = new Barrage(host, Runs.Seed);
        if (Runs.Only is { } only)
        {
            await barrage.FireAsync(only, 1);
            return;
        }

        // What is loaded and cached once is there after a tenth.
        var count = Runs.Requests / 2;
        var fired = await barrage.FireAsync(0, count / 10);
        var before = Heap.Measure();
        fired += await barrage.FireAsync(count / 10, count - (count / 10));
        var after = Heap.Measure();

        await ASignInStillWorksAsync(host);
        var summary = $"{fired} requests, heap {Heap.Shown(before)} when warm and {Heap.Shown(after)} at the end, answers {string.Join(", ", barrage.Answers.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}: {a.Value}"))}";
        Logbook.Conclude(summary);
        Assert.True(after - before < MaxGrowthBytes, summary);
        Assert.True(barrage.Answers.GetValueOrDefault("200") > fired / 20 && barrage.Answers.GetValueOrDefault("400") > fired / 10, summary);
    }

    private static async Task ASignInStillWorksAsync(HostUnderFire host)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var tokens = await client.TokensAsync();
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }
}
