using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using Latchkey.Server.Storage;
using Latchkey.Testing;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class Configuration_watch_on_SQLite(SqliteStore store) : Configuration_watch(store), IClassFixture<SqliteStore>;

public sealed class Configuration_watch_on_PostgreSQL(PostgresStore store) : Configuration_watch(store), IClassFixture<PostgresStore>;

public abstract class Configuration_watch(Store store)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan WithinASecond = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_change_at_another_node_is_reported_within_a_second()
    {
        await using var watch = new WatchRecorder(store.Main);
        await watch.WaitForVersionAsync(await VersionAsync(store.Main), MaxWait);
        await watch.ExpectPromptAsync(store.OtherNode);
    }

    [Fact]
    public async Task A_change_at_the_same_node_is_reported_within_a_second()
    {
        await using var watch = new WatchRecorder(store.Main);
        await watch.WaitForVersionAsync(await VersionAsync(store.Main), MaxWait);
        await watch.ExpectPromptAsync(store.Main);
    }

    // A version that was raised between a read and the start of the watch would otherwise be missed until the next change.
    [Fact]
    public async Task A_watch_starts_with_the_current_version()
    {
        var stands = await RaiseAsync(store.OtherNode);
        await using var watch = new WatchRecorder(store.Main);

        await watch.WaitForVersionAsync(stands, MaxWait);
    }

    [Fact]
    public async Task Changes_of_other_tables_are_not_reported()
    {
        await using var watch = new WatchRecorder(store.Main);
        await watch.WaitForVersionAsync(await VersionAsync(store.Main), MaxWait);
        await store.OtherNode.WriteAsync(
            "INSERT INTO revoked_tokens (id, expires_at) VALUES ('tkn_watched', 1)", SqlValues.None, static _ => true,
            CancellationToken.None);

        // Longer than the polling interval of a watch.
        await watch.ExpectNothingAsync(TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_watch_that_starts_before_the_migration_reports_later_changes()
    {
        var database = await store.OpenEmptyAsync();
        await using var watch = new WatchRecorder(database);
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await database.MigrateAsync(CancellationToken.None);

        await watch.WaitForVersionAsync(await RaiseAsync(database), MaxWait);
    }

    [Fact]
    public async Task A_disposed_watch_reports_nothing()
    {
        var watch = new WatchRecorder(store.Main);
        await watch.WaitForVersionAsync(await VersionAsync(store.Main), MaxWait);
        await watch.DisposeAsync();
        await RaiseAsync(store.OtherNode);

        await watch.ExpectNothingAsync(WithinASecond);
    }

    internal static Task<long> RaiseAsync(IDatabase database) => database.WriteAsync(
        "UPDATE config_version SET version = version + 1 WHERE id = 1 RETURNING version", SqlValues.None, First, CancellationToken.None);

    private static Task<long> VersionAsync(IDatabase database) => database.ReadAsync(
        "SELECT version FROM config_version WHERE id = 1", SqlValues.None, First, CancellationToken.None);

    private static long First(DbDataReader reader) => reader.Read() ? reader.GetInt64(0) : 0;
}

/// <summary>Records the versions that a watch reports, in order.</summary>
internal sealed class WatchRecorder : IAsyncDisposable
{
    private readonly Channel<long> versions = Channel.CreateUnbounded<long>();
    private readonly IAsyncDisposable watch;

    public WatchRecorder(IDatabase database) =>
        watch = database.WatchConfiguration(Supervisors.New(), version => versions.Writer.TryWrite(version));

    /// <summary>Waits for <paramref name="version"/>; earlier versions may come before it.</summary>
    public async Task WaitForVersionAsync(long version, TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within);
        try
        {
            while (await versions.Reader.ReadAsync(timeout.Token) < version)
            {
                // An earlier version.
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"version {version} was not reported within {within.TotalMilliseconds} ms");
        }
    }

    /// <summary>
    /// Expects that changes are reported within a second. Each change follows the report of the former one, so a watch that polls needs its
    /// whole interval for it.
    /// </summary>
    public async Task ExpectPromptAsync(IDatabase node)
    {
        await WaitForVersionAsync(await Configuration_watch.RaiseAsync(node), Eventually.MaxWait);
        await Promptness.ExpectWithinAsync(TimeSpan.FromSeconds(1), async () =>
        {
            var version = await Configuration_watch.RaiseAsync(node);
            var changed = Stopwatch.GetTimestamp();
            await WaitForVersionAsync(version, Eventually.MaxWait);
            return Stopwatch.GetElapsedTime(changed);
        });
    }

    public async Task ExpectNothingAsync(TimeSpan time)
    {
        await Task.Delay(time);
        Assert.False(versions.Reader.TryRead(out var version), $"version {version} was reported");
    }

    public ValueTask DisposeAsync() => watch.DisposeAsync();
}
