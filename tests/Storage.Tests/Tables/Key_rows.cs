using Latchkey.Server.Keys;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Key_rows_on_SQLite(SqliteStore store) : Key_rows(store), IClassFixture<SqliteStore>;

public sealed class Key_rows_on_PostgreSQL(PostgresStore store) : Key_rows(store), IClassFixture<PostgresStore>;

public abstract class Key_rows(Store store)
{
    private const int Starters = 64;

    private readonly KeyStore keys = AuditedStores.Keys(store.Main);
    private readonly KeyStore otherNode = AuditedStores.Keys(store.OtherNode);

    [Theory]
    [InlineData("current")]
    [InlineData("next")]
    public async Task Of_64_concurrent_starts_one_adds_the_key_of_a_purpose(string state)
    {
        var purpose = $"purpose of {state}";

        var added = await Task.WhenAll(Enumerable.Range(0, Starters).Select(i => Task.Run(() =>
            (i % 2 == 0 ? keys : otherNode)
                .AddAsync(new($"key_{state}{i}", purpose, state, [1, 0, (byte)i], LoginScenario.Begun), CancellationToken.None))));
        var winner = Assert.Single(added.Index(), a => a.Item).Index;
        var kept = Assert.Single(await otherNode.AllAsync(CancellationToken.None), k => k.Purpose == purpose);
        Assert.Equal(($"key_{state}{winner}", state, LoginScenario.Begun), (kept.Id, kept.State, kept.CreatedAt));
        Assert.Equal([1, 0, (byte)winner], kept.Sealed);
    }

    [Fact]
    public async Task Former_keys_are_kept_and_listed_oldest_first()
    {
        for (var i = 3; i > 0; i--)
        {
            Assert.True(await keys.AddAsync(
                new($"key_former{i}", "former purpose", "former", [1], LoginScenario.Begun.AddDays(i)), CancellationToken.None));
        }

        Assert.Equal(
            ["key_former1", "key_former2", "key_former3"],
            (await keys.AllAsync(CancellationToken.None)).Where(k => k.Purpose == "former purpose").Select(k => k.Id));
    }

    [Fact]
    public async Task A_key_rotation_notifies_every_node()
    {
        var configuration = AuditedStores.Configuration(store.Main);
        var before = (await configuration.LoadAsync(CancellationToken.None)).Version;
        Assert.True(await keys.AddAsync(new("key_told", "told purpose", "current", [1], LoginScenario.Begun), CancellationToken.None));

        Assert.True((await configuration.LoadAsync(CancellationToken.None)).Version > before);
    }
}
