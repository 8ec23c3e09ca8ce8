using Latchkey.Server.Keys;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Key_rows_on_SQLite(OnSqlite store) : Key_rows(store), IClassFixture<OnSqlite>;

public sealed class Key_rows_on_PostgreSQL(OnPostgres store) : Key_rows(store), IClassFixture<OnPostgres>;

public abstract class Key_rows(Store store)
{
    private const int Starters = 64;

    private readonly KeyStore keys = Records.Keys(store.Main);
    private readonly KeyStore otherNode = Records.Keys(store.OtherNode);

    [Theory]
    [InlineData("current")]
    [InlineData("next")]
    public async Task Of_64_starters_are_one_of_each_purpose(string state)
    {
        var purpose = $"purpose of {state}";

        var added = await Task.WhenAll(Enumerable.Range(0, Starters).Select(i => Task.Run(() =>
            (i % 2 == 0 ? keys : otherNode).AddAsync(new($"key_{state}{i}", purpose, state, [1, 0, (byte)i], Login.Begun), CancellationToken.None))));
        var winner = Assert.Single(added.Index(), a => a.Item).Index;
        var kept = Assert.Single(await otherNode.AllAsync(CancellationToken.None), k => k.Purpose == purpose);
        Assert.Equal(($"key_{state}{winner}", state, Login.Begun), (kept.Id, kept.State, kept.CreatedAt));
        Assert.Equal([1, 0, (byte)winner], kept.Sealed);
    }

    [Fact]
    public async Task Of_former_times_are_as_many_as_there_were_oldest_first()
    {
        for (var i = 3; i > 0; i--)
        {
            Assert.True(await keys.AddAsync(new($"key_former{i}", "former purpose", "former", [1], Login.Begun.AddDays(i)), CancellationToken.None));
        }

        Assert.Equal(["key_former1", "key_former2", "key_former3"], (await keys.AllAsync(CancellationToken.None)).Where(k => k.Purpose == "former purpose").Select(k => k.Id));
    }

    [Fact]
    public async Task Tell_every_node_when_one_was_added()
    {
        var configuration = Records.Configuration(store.Main);
        var before = (await configuration.LoadAsync(CancellationToken.None)).Version;
        Assert.True(await keys.AddAsync(new("key_told", "told purpose", "current", [1], Login.Begun), CancellationToken.None));

        Assert.True((await configuration.LoadAsync(CancellationToken.None)).Version > before);
    }
}
