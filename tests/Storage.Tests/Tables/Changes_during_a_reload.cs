using System.Diagnostics;
using Latchkey.Server.Configuration;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Testing;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Changes_during_a_reload_on_SQLite(SqliteStore store) : Changes_during_a_reload(store), IClassFixture<SqliteStore>;

public sealed class Changes_during_a_reload_on_PostgreSQL(PostgresStore store)
    : Changes_during_a_reload(store), IClassFixture<PostgresStore>;

/// <summary>
/// A cache reads the version of the configuration and the rows that it vouches for. Another node changes the rows between the two reads,
/// and the notification arrives after them.
/// </summary>
public abstract class Changes_during_a_reload(Store store)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    [InlineData("refresh")]
    [InlineData("api-token")]
    public Task A_key_retired_during_a_reload_is_dead_within_a_second(string purpose) => Promptness.ExpectWithinAsync(Within, async () =>
    {
        var database = new HeldDatabase(store.Main);
        var (cache, ring) = await StartAsync(database);
        await using var _ = cache;
        var former = await RotateAtOtherNodeAsync(purpose);
        await UntilAsync(() => Knows(ring, former));

        // The reload that follows the rotation must have ended, or its read would be held instead.
        await cache.ReloadAsync(CancellationToken.None);
        database.LetNotificationsThrough = false;
        var held = database.HoldNextRead();
        var reload = cache.ReloadAsync(CancellationToken.None);
        await held.Answered.Task;
        Assert.True(await AuditedStores.Keys(store.OtherNode).RetireAsync(
            former, AuditedStores.Tester, TimeProvider.System.GetUtcNow(), CancellationToken.None));
        held.Released.SetResult();
        await reload;
        database.LetNotificationsThrough = true;

        return await UntilAsync(() => !Knows(ring, former));
    });

    [Fact]
    public Task A_connection_changed_during_a_reload_is_visible_within_a_second() => Promptness.ExpectWithinAsync(Within, async () =>
    {
        var database = new HeldDatabase(store.Main);
        var (cache, _) = await StartAsync(database);
        await using var disposed = cache;
        database.LetNotificationsThrough = false;
        var held = database.HoldNextRead();
        var reload = cache.ReloadAsync(CancellationToken.None);
        await held.Answered.Task;
        var connection = Configuration_rows.NewConnection();
        await AuditedStores.Configuration(store.OtherNode).InsertAsync(connection, AuditedStores.Tester, CancellationToken.None);
        held.Released.SetResult();
        await reload;
        database.LetNotificationsThrough = true;

        return await UntilAsync(() => cache.Current.Find(connection.Id) is not null);
    });

    /// <summary>The configuration stays as it was, and the key is dead all the same.</summary>
    [Fact]
    public Task A_key_retired_beside_a_corrupt_row_is_dead_within_a_second() => Promptness.ExpectWithinAsync(Within, async () =>
    {
        var (cache, ring) = await StartAsync(new HeldDatabase(store.Main));
        await using var _ = cache;
        var former = await RotateAtOtherNodeAsync("RS256");
        await UntilAsync(() => Knows(ring, former));
        await store.OtherNode.WriteAsync(
            "INSERT INTO connections (id, created_at, revision, document) VALUES ('conn_corrupt', 1, 1, 'not json')",
            new(), static _ => true, CancellationToken.None);
        try
        {
            await AuditedStores.Keys(store.OtherNode).RetireAsync(
                former, AuditedStores.Tester, TimeProvider.System.GetUtcNow(), CancellationToken.None);
            return await UntilAsync(() => !Knows(ring, former));
        }
        finally
        {
            await store.OtherNode.WriteAsync(
                "DELETE FROM connections WHERE id = 'conn_corrupt'", new(), static _ => true, CancellationToken.None);
        }
    });

    private static bool Knows(KeyRing ring, string key) =>
        ring.SigningKeys.Any(k => k.Id == key) || ring.FindSymmetric(key) is not null || ring.ApiTokenKeys.Any(k => k.KeyId == key);

    private static async Task<(ConfigurationCache Cache, KeyRing Ring)> StartAsync(HeldDatabase database)
    {
        var ring = new KeyRing(AuditedStores.Keys(database), new Seal(new byte[Seal.KeyLength]), TimeProvider.System);
        await ring.StartAsync(CancellationToken.None);
        var cache = new ConfigurationCache(
            database, AuditedStores.Configuration(database), ring, Supervisors.New());
        await cache.StartAsync(CancellationToken.None);
        return (cache, ring);
    }

    /// <returns>The id of the key that is no longer current.</returns>
    private async Task<string> RotateAtOtherNodeAsync(string purpose)
    {
        var keys = AuditedStores.Keys(store.OtherNode);
        var ring = new KeyRing(keys, new Seal(new byte[Seal.KeyLength]), TimeProvider.System);
        await ring.StartAsync(CancellationToken.None);
        return Assert.IsType<RotationOutcome.Rotated>(
            await new KeyRotation(keys, ring, TimeProvider.System).RotateAsync(
                purpose, force: true, AuditedStores.Tester, CancellationToken.None)).FormerId;
    }

    /// <returns>How long it took.</returns>
    private static async Task<TimeSpan> UntilAsync(Func<bool> condition)
    {
        var from = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(condition, "the change is not visible");
        return Stopwatch.GetElapsedTime(from);
    }
}
