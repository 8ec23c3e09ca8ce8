using System.Data.Common;
using System.Threading.Channels;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class A_watch_on_SQLite(OnSqlite store) : A_watch(store), IClassFixture<OnSqlite>;

public sealed class A_watch_on_PostgreSQL(OnPostgres store) : A_watch(store), IClassFixture<OnPostgres>;

public abstract class A_watch(Store store)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WithinASecond = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Hears_within_a_second_of_a_change_at_another_node()
    {
        await using var watch = new Watching(store.Main);
        await watch.HeardAsync(await VersionAsync(store.Main), Patience);
        for (var i = 0; i < 3; i++)
        {
            await watch.HeardAsync(await RaiseAsync(store.OtherNode), WithinASecond);
        }
    }

    [Fact]
    public async Task Hears_within_a_second_of_a_change_of_its_own_node()
    {
        await using var watch = new Watching(store.Main);
        await watch.HeardAsync(await VersionAsync(store.Main), Patience);

        await watch.HeardAsync(await RaiseAsync(store.Main), WithinASecond);
    }

    // What was raised between a reader's look and its watch would otherwise wait for the next change.
    [Fact]
    public async Task Begins_with_the_number_that_stands()
    {
        var stands = await RaiseAsync(store.OtherNode);
        await using var watch = new Watching(store.Main);

        await watch.HeardAsync(stands, Patience);
    }

    [Fact]
    public async Task Says_nothing_while_only_other_things_change()
    {
        await using var watch = new Watching(store.Main);
        await watch.HeardAsync(await VersionAsync(store.Main), Patience);
        await store.OtherNode.WriteAsync("INSERT INTO revoked_tokens (id, expires_at) VALUES ('tkn_watched', 1)", SqlValues.None, static _ => true, CancellationToken.None);

        // Longer than a watch waits before it asks by itself.
        await watch.HeardNothingForAsync(TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Begun_before_there_is_anything_to_watch_hears_of_it_later()
    {
        var database = await store.OpenEmptyAsync();
        await using var watch = new Watching(database);
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await database.MigrateAsync(CancellationToken.None);

        await watch.HeardAsync(await RaiseAsync(database), Patience);
    }

    [Fact]
    public async Task Is_silent_once_disposed()
    {
        var watch = new Watching(store.Main);
        await watch.HeardAsync(await VersionAsync(store.Main), Patience);
        await watch.DisposeAsync();
        await RaiseAsync(store.OtherNode);

        await watch.HeardNothingForAsync(WithinASecond);
    }

    internal static Task<long> RaiseAsync(IDatabase database) => database.WriteAsync(
        "UPDATE config_version SET version = version + 1 WHERE id = 1 RETURNING version", SqlValues.None, First, CancellationToken.None);

    private static Task<long> VersionAsync(IDatabase database) => database.ReadAsync(
        "SELECT version FROM config_version WHERE id = 1", SqlValues.None, First, CancellationToken.None);

    private static long First(DbDataReader reader) => reader.Read() ? reader.GetInt64(0) : 0;
}

/// <summary>Everything one watch said, in order.</summary>
internal sealed class Watching : IAsyncDisposable
{
    private readonly Channel<long> heard = Channel.CreateUnbounded<long>();
    private readonly IAsyncDisposable watch;

    public Watching(IDatabase database) => watch = database.WatchConfiguration(version => heard.Writer.TryWrite(version));

    /// <summary>Waits for <paramref name="version"/>; earlier ones may come before it.</summary>
    public async Task HeardAsync(long version, TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            while (await heard.Reader.ReadAsync(patience.Token) < version)
            {
                // An earlier one.
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"version {version} was not heard of within {within.TotalMilliseconds} ms");
        }
    }

    public async Task HeardNothingForAsync(TimeSpan time)
    {
        await Task.Delay(time);
        Assert.False(heard.Reader.TryRead(out var version), $"version {version} was heard of");
    }

    public ValueTask DisposeAsync() => watch.DisposeAsync();
}
