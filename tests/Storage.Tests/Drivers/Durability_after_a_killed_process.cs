using System.Globalization;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>SQLite: kill -9 during writes. (A test cannot cut the power; <see cref="SQLite_group_commit"/> shows that the writer
/// waits for the disk.)</summary>
public sealed class Durability_after_a_killed_process(SqliteStore store) : IClassFixture<SqliteStore>
{
    private const int Kills = 4;

    [Fact]
    public async Task A_killed_process_loses_no_confirmed_write()
    {
        var database = await store.OpenEmptyAsync();
        await database.MigrateAsync(CancellationToken.None);
        var answered = new List<long>();
        for (var kill = 1; kill <= Kills; kill++)
        {
            await using var process = OtherProcess.StartWriting(store.PathOf(database), kill * 1_000_000L);
            answered.AddRange(await process.KillAfterAsync(kill * 100));
        }

        var written = await database.ReadAsync(
            "SELECT id, expires_at FROM revoked_tokens",
            SqlValues.None,
            static reader =>
            {
                var numbers = new HashSet<long>();
                while (reader.Read())
                {
                    Assert.Equal("tkn_" + reader.GetInt64(1).ToString(CultureInfo.InvariantCulture), reader.GetString(0));
                    numbers.Add(reader.GetInt64(1));
                }

                return numbers;
            },
            CancellationToken.None);
        Assert.True(answered.Count >= 100 + 200 + 300 + 400);
        Assert.Empty(answered.Except(written));
        Assert.Equal("ok", await database.ReadAsync(
            "PRAGMA integrity_check", SqlValues.None, static reader => reader.Read() ? reader.GetString(0) : "", CancellationToken.None));
    }
}
