using System.Security.Cryptography;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Idempotency_keys_on_SQLite(SqliteStore store) : Idempotency_keys(store), IClassFixture<SqliteStore>;

public sealed class Idempotency_keys_on_PostgreSQL(PostgresStore store) : Idempotency_keys(store), IClassFixture<PostgresStore>;

public abstract class Idempotency_keys(Store store)
{
    private const int Callers = 64;
    private static readonly byte[] Request = SHA256.HashData([1]);
    private static readonly byte[] Other = SHA256.HashData([2]);

    private readonly IdempotencyStore answers = new(store.Main);
    private readonly IdempotencyStore otherNode = new(store.OtherNode);
    private readonly byte[] hash = Secret.NewBytes(32);

    [Fact]
    public async Task Of_64_concurrent_requests_with_one_key_one_is_the_first()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, Callers)
            .Select(i => Task.Run(() => BeginAsync(i % 2 == 0 ? answers : otherNode, Request, LoginScenario.Begun))));

        Assert.Single(all, r => r is Repetition.First);
        Assert.Equal(Callers - 1, all.Count(r => r is Repetition.UnderWay));
    }

    [Fact]
    public async Task A_key_returns_the_stored_response_to_the_same_request_for_a_day()
    {
        Assert.IsType<Repetition.First>(await BeginAsync(answers, Request, LoginScenario.Begun));
        await answers.KeepAsync(hash, [7, 8, 9], CancellationToken.None);

        Assert.Equal(
            [7, 8, 9], Assert.IsType<Repetition.Answered>(await BeginAsync(otherNode, Request, LoginScenario.Begun.AddHours(23))).Sealed);
        Assert.IsType<Repetition.OfAnotherRequest>(await BeginAsync(otherNode, Other, LoginScenario.Begun.AddHours(23)));
        Assert.IsType<Repetition.First>(await BeginAsync(otherNode, Other, LoginScenario.Begun.AddHours(24)));
        Assert.IsType<Repetition.UnderWay>(await BeginAsync(answers, Other, LoginScenario.Begun.AddHours(24)));
    }

    /// <summary>A request that has run for more than a minute counts as lost; before that a repetition has to wait.</summary>
    [Fact]
    public async Task A_request_of_a_lost_process_can_be_repeated_once_after_a_minute()
    {
        await BeginAsync(answers, Request, LoginScenario.Begun);
        Assert.IsType<Repetition.UnderWay>(await BeginAsync(answers, Request, LoginScenario.Begun.AddSeconds(59)));
        Assert.IsType<Repetition.OfAnotherRequest>(await BeginAsync(answers, Other, LoginScenario.Begun.AddSeconds(61)));
        var all = await Task.WhenAll(Enumerable.Range(0, Callers)
            .Select(i => Task.Run(() => BeginAsync(i % 2 == 0 ? answers : otherNode, Request, LoginScenario.Begun.AddSeconds(61)))));

        Assert.Single(all, r => r is Repetition.First);
    }

    [Fact]
    public async Task A_key_without_a_response_can_be_released_and_one_with_a_response_cannot()
    {
        await BeginAsync(answers, Request, LoginScenario.Begun);
        await answers.ForgetAsync(hash, CancellationToken.None);
        Assert.IsType<Repetition.First>(await BeginAsync(answers, Other, LoginScenario.Begun));
        await answers.KeepAsync(hash, [1], CancellationToken.None);
        await answers.ForgetAsync(hash, CancellationToken.None);
        Assert.IsType<Repetition.Answered>(await BeginAsync(answers, Other, LoginScenario.Begun));
    }

    [Fact]
    public async Task A_key_is_deleted_after_a_day()
    {
        await BeginAsync(answers, Request, LoginScenario.Begun);
        await answers.KeepAsync(hash, [1], CancellationToken.None);
        await answers.SweepAsync(LoginScenario.Begun.AddHours(23), CancellationToken.None);
        Assert.IsType<Repetition.Answered>(await BeginAsync(answers, Request, LoginScenario.Begun));

        Assert.InRange(await answers.SweepAsync(LoginScenario.Begun.AddHours(25), CancellationToken.None), 1, 100);
        Assert.IsType<Repetition.First>(await BeginAsync(answers, Request, LoginScenario.Begun));
    }

    private Task<Repetition> BeginAsync(IdempotencyStore node, byte[] request, DateTimeOffset now) =>
        node.BeginAsync(hash, request, now, CancellationToken.None);
}
