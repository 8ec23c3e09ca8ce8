using System.Collections.Concurrent;
using System.Diagnostics;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Microsoft.Extensions.Logging;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class The_configuration_in_memory_on_SQLite(OnSqlite store) : The_configuration_in_memory(store), IClassFixture<OnSqlite>;

public sealed class The_configuration_in_memory_on_PostgreSQL(OnPostgres store) : The_configuration_in_memory(store), IClassFixture<OnPostgres>;

public abstract class The_configuration_in_memory(Store store)
{
    private readonly KeptLog log = new();

    [Fact]
    public async Task Has_a_change_of_another_node_within_a_second()
    {
        await using var cache = await StartAsync();
        var connection = Configuration_rows.NewConnection();
        await Records.Configuration(store.OtherNode).InsertAsync(connection, Records.Tester, CancellationToken.None);

        Assert.Equal(connection with { Revision = 1 }, await SeenAsync(cache, connection.Id, TimeSpan.FromSeconds(1)));
        await Records.Configuration(store.OtherNode).UpdateAsync(connection with { Revision = 1 }, connection with { IsEnabled = false }, Records.Tester, CancellationToken.None);
        var waited = Stopwatch.StartNew();
        while (cache.Current.Find(connection.Id)!.IsEnabled)
        {
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    [Fact]
    public async Task Stays_as_it_was_while_a_row_is_corrupt_and_says_which()
    {
        await using var cache = await StartAsync();
        var former = cache.Current;
        var (corrupt, sound) = (Configuration_rows.NewConnection(), Configuration_rows.NewConnection());
        await store.OtherNode.WriteAsync(
            "INSERT INTO connections (id, created_at, revision, document) VALUES (@id, 1, 1, 'not json'); UPDATE config_version SET version = version + 1 WHERE id = 1",
            new() { { "id", corrupt.Id.Value } },
            static _ => true,
            CancellationToken.None);
        var said = await log.SaidAsync(corrupt.Id.Value, TimeSpan.FromSeconds(5));
        Assert.Contains("connections", said, StringComparison.Ordinal);
        Assert.Same(former, cache.Current);

        await store.OtherNode.WriteAsync("DELETE FROM connections WHERE id = @id", new() { { "id", corrupt.Id.Value } }, static _ => true, CancellationToken.None);
        await Records.Configuration(store.OtherNode).InsertAsync(sound, Records.Tester, CancellationToken.None);
        Assert.NotNull(await SeenAsync(cache, sound.Id, TimeSpan.FromSeconds(5)));
    }

    private async Task<ConfigurationCache> StartAsync()
    {
        var cache = new ConfigurationCache(store.Main, Records.Configuration(store.Main), new KeyRing(Records.Keys(store.Main), new Seal(new byte[Seal.KeyLength]), TimeProvider.System), log);
        await cache.StartAsync(CancellationToken.None);
        return cache;
    }

    private static async Task<Latchkey.Server.Connections.Connection?> SeenAsync(ConfigurationCache cache, ConnectionId id, TimeSpan within)
    {
        var waited = Stopwatch.StartNew();
        while (cache.Current.Find(id) is null && waited.Elapsed < within)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        return cache.Current.Find(id);
    }

    /// <summary>What was logged, with the exceptions' messages.</summary>
    private sealed class KeptLog : ILogger<ConfigurationCache>
    {
        private readonly ConcurrentQueue<string> said = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            said.Enqueue($"{formatter(state, exception)} {exception?.Message}");

        public async Task<string> SaidAsync(string text, TimeSpan within)
        {
            var waited = Stopwatch.StartNew();
            string? found;
            while ((found = said.FirstOrDefault(s => s.Contains(text, StringComparison.Ordinal))) is null && waited.Elapsed < within)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }

            return found ?? "";
        }
    }
}
