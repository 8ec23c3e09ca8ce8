using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Sqlite;

namespace Storage.Tests.Drivers;

public sealed class SQLite_file_permissions
{
    [Fact]
    public async Task The_database_file_and_its_companions_are_readable_by_the_owner_only()
    {
        var folder = Directory.CreateTempSubdirectory("lkstore").FullName;
        await using (var database = new SqliteDatabase(Path.Combine(folder, "latchkey.db"), Durability.Full, MigrationSet.Main))
        {
            await database.MigrateAsync(CancellationToken.None);
            var files = Directory.GetFiles(folder, "latchkey.db*").Where(f => !f.EndsWith(".migrating", StringComparison.Ordinal)).ToList();
            Assert.Contains(files, f => f.EndsWith("-wal", StringComparison.Ordinal));
            Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(f).UnixFileMode));
        }

        Directory.Delete(folder, recursive: true);
    }
}
