using System.Security.Cryptography;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Idempotent_answers_on_SQLite(OnSqlite store) : Idempotent_answers(store), IClassFixture<OnSqlite>;

public sealed class Idempotent_answers_on_PostgreSQL(OnPostgres store) : Idempotent_answers(store), IClassFixture<OnPostgres>;

public abstract class Idempotent_answers(Store store)
{
    private const int Callers = 64;
    private static readonly byte[] Request = SHA256.HashData([1]);
    private static readonly byte[] Other = SHA256.HashData([2]);

    private readonly IdempotencyStore answers = new(store.Main);
    private readonly IdempotencyStore otherNode = new(store.OtherNode);
    private readonly byte[] hash = Secret.NewBytes(32);

    [Fact]
    public async Task Have_one_first_of_64_at_two_nodes()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => BeginAsync(i % 2 == 0 ? answers : otherNode, Request, Login.Begun))));

        Assert.Single(all, r => r is Repetition.First);
        Assert.Equal(Callers - 1, all.Count(r => r is Repetition.UnderWay));
    }

    [Fact]
    public async Task Are_given_again_to_the_same_request_and_to_no_other_for_a_day()
    {
        Assert.IsType<Repetition.First>(await BeginAsync(answers, Request, Login.Begun));
        await answers.KeepAsync(hash, [7, 8, 9], CancellationToken.None);

        Assert.Equal([7, 8, 9], Assert.IsType<Repetition.Answered>(await BeginAsync(otherNode, Request, Login.Begun.AddHours(23))).Sealed);
        Assert.IsType<Repetition.OfAnotherRequest>(await BeginAsync(otherNode, Other, Login.Begun.AddHours(23)));
        Assert.IsType<Repetition.First>(await BeginAsync(otherNode, Other, Login.Begun.AddHours(24)));
        Assert.IsType<Repetition.UnderWay>(await BeginAsync(answers, Other, Login.Begun.AddHours(24)));
    }

    /// <summary>A process that died is not waited for; one that is slow is.</summary>
    [Fact]
    public async Task Of_a_process_that_died_are_made_by_one_other_after_a_minute()
    {
        await BeginAsync(answers, Request, Login.Begun);
        Assert.IsType<Repetition.UnderWay>(await BeginAsync(answers, Request, Login.Begun.AddSeconds(59)));
        Assert.IsType<Repetition.OfAnotherRequest>(await BeginAsync(answers, Other, Login.Begun.AddSeconds(61)));
        var all = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => BeginAsync(i % 2 == 0 ? answers : otherNode, Request, Login.Begun.AddSeconds(61)))));

        Assert.Single(all, r => r is Repetition.First);
    }

    [Fact]
    public async Task Are_forgotten_when_nothing_came_of_it_but_never_once_there_is_one()
    {
        await BeginAsync(answers, Request, Login.Begun);
        await answers.ForgetAsync(hash, CancellationToken.None);
        Assert.IsType<Repetition.First>(await BeginAsync(answers, Other, Login.Begun));
        await answers.KeepAsync(hash, [1], CancellationToken.None);
        await answers.ForgetAsync(hash, CancellationToken.None);
        Assert.IsType<Repetition.Answered>(await BeginAsync(answers, Other, Login.Begun));
    }

    [Fact]
    public async Task Are_swept_after_a_day()
    {
        await BeginAsync(answers, Request, Login.Begun);
        await answers.KeepAsync(hash, [1], CancellationToken.None);
        await answers.SweepAsync(Login.Begun.AddHours(23), CancellationToken.None);
        Assert.IsType<Repetition.Answered>(await BeginAsync(answers, Request, Login.Begun));

        Assert.InRange(await answers.SweepAsync(Login.Begun.AddHours(25), CancellationToken.None), 1, 100);
        Assert.IsType<Repetition.First>(await BeginAsync(answers, Request, Login.Begun));
    }

    private Task<Repetition> BeginAsync(IdempotencyStore node, byte[] request, DateTimeOffset now) => node.BeginAsync(hash, request, now, CancellationToken.None);
}
