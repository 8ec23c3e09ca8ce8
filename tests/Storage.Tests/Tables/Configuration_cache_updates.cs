using System.Collections.Concurrent;
using System.Diagnostics;
using Latchkey.Server.Configuration;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Supervision;
using Latchkey.Testing;
using Microsoft.Extensions.Logging;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Configuration_cache_updates_on_SQLite(SqliteStore store)
    : Configuration_cache_updates(store), IClassFixture<SqliteStore>;

public sealed class Configuration_cache_updates_on_PostgreSQL(PostgresStore store)
    : Configuration_cache_updates(store), IClassFixture<PostgresStore>;

public abstract class Configuration_cache_updates(Store store)
{
    private readonly RecordedLog log = new();

    [Fact]
    public async Task A_change_at_another_node_is_visible_within_a_second()
    {
        await using var cache = await StartAsync();
        var connection = Configuration_rows.NewConnection();
        await AuditedStores.Configuration(store.OtherNode).InsertAsync(connection, AuditedStores.Tester, CancellationToken.None);

        Assert.Equal(connection with { Revision = 1 }, await SeenAsync(cache, connection.Id));
        var revision = 1;
        await Promptness.ExpectWithinAsync(TimeSpan.FromSeconds(1), async () =>
        {
            var before = cache.Current.Find(connection.Id)!;
            await AuditedStores.Configuration(store.OtherNode).UpdateAsync(
                before, before with { IsEnabled = !before.IsEnabled }, AuditedStores.Tester, CancellationToken.None);
            var changed = Stopwatch.GetTimestamp();
            await Eventually.TrueAsync(
                () => cache.Current.Find(connection.Id)!.IsEnabled != before.IsEnabled, "the cache keeps the former connection");
            Assert.Equal(++revision, cache.Current.Find(connection.Id)!.Revision);
            return Stopwatch.GetElapsedTime(changed);
        });
    }

    [Fact]
    public async Task A_corrupt_row_is_logged_and_the_cache_keeps_the_former_configuration()
    {
        await using var cache = await StartAsync();
        var former = cache.Current;
        var (corrupt, sound) = (Configuration_rows.NewConnection(), Configuration_rows.NewConnection());
        await store.OtherNode.WriteAsync(
            "INSERT INTO connections (id, created_at, revision, document) VALUES (@id, 1, 1, 'not json'); "
            + "UPDATE config_version SET version = version + 1 WHERE id = 1",
            new() { { "id", corrupt.Id.Value } },
            static _ => true,
            CancellationToken.None);
        var messages = await log.WaitForMessageAsync(corrupt.Id.Value);
        Assert.Contains("connections", messages, StringComparison.Ordinal);
        Assert.Same(former, cache.Current);

        await store.OtherNode.WriteAsync(
            "DELETE FROM connections WHERE id = @id", new() { { "id", corrupt.Id.Value } }, static _ => true, CancellationToken.None);
        await AuditedStores.Configuration(store.OtherNode).InsertAsync(sound, AuditedStores.Tester, CancellationToken.None);
        Assert.NotNull(await SeenAsync(cache, sound.Id));
    }

    private async Task<ConfigurationCache> StartAsync()
    {
        var cache = new ConfigurationCache(
            store.Main, AuditedStores.Configuration(store.Main),
            new KeyRing(AuditedStores.Keys(store.Main), new Seal(new byte[Seal.KeyLength]), TimeProvider.System),
            Supervisors.New(log));
        await cache.StartAsync(CancellationToken.None);
        return cache;
    }

    private static async Task<Latchkey.Server.Connections.Connection?> SeenAsync(ConfigurationCache cache, ConnectionId id)
    {
        await Eventually.TrueAsync(() => cache.Current.Find(id) is not null, $"the cache does not have {id}");
        return cache.Current.Find(id);
    }

    /// <summary>Records the log messages with the exceptions' messages.</summary>
    private sealed class RecordedLog : ILogger<Supervisor>
    {
        private readonly ConcurrentQueue<string> messages = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            messages.Enqueue($"{formatter(state, exception)} {exception?.Message}");

        public async Task<string> WaitForMessageAsync(string text)
        {
            string? found = null;
            await Eventually.TrueAsync(
                () => (found = messages.FirstOrDefault(s => s.Contains(text, StringComparison.Ordinal))) is not null,
                $"no message contains {text}");
            return found!;
        }
    }
}
