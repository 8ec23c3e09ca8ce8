using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// One SQLite file in WAL mode: writes through the single <see cref="SqliteWriter"/>, reads side by side on read-only connections, on the caller's
/// thread, because they take microseconds.
/// </summary>
internal sealed class SqliteDatabase(string path, Durability durability, MigrationSet migrations) : IDatabase
{
    private const int MaxIdleReaders = 32;
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxWaitForMigration = TimeSpan.FromSeconds(60);

    private readonly ConcurrentBag<SqliteSession> idleReaders = [];
    private readonly Lazy<SqliteWriter> writer = new(() => new SqliteWriter(path, durability));
    private volatile bool isDisposed;

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.Value.WriteAsync(sql, values, read);
    }

    public Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!idleReaders.TryTake(out var reader))
        {
            reader = new SqliteSession(path, SqliteOpenMode.ReadOnly, durability);
        }

        try
        {
            var answer = reader.Execute(sql, values, read);
            GiveBack(reader);
            return Task.FromResult(answer);
        }
        catch (SqliteException problem)
        {
            reader.Dispose();
            throw SqliteSession.Translate(problem);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var known = migrations.For("Sqlite");
        await using var turn = await TakeTurnAsync(cancellationToken);
        var applied = await WriteAsync(
            $"CREATE TABLE IF NOT EXISTS {migrations.Table} (name TEXT NOT NULL PRIMARY KEY); SELECT name FROM {migrations.Table} ORDER BY name",
            SqlValues.None,
            Migrations.Names,
            cancellationToken);
        foreach (var migration in Migrations.Missing(known, applied))
        {
            await WriteAsync(
                $"{migration.Sql};\nINSERT INTO {migrations.Table} (name) VALUES (@name)", new() { { "name", migration.Name } }, static _ => true, cancellationToken);
        }
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            var applied = await ReadAsync($"SELECT name FROM {migrations.Table} ORDER BY name", SqlValues.None, Migrations.Names, cancellationToken);
            return Migrations.Missing(migrations.For("Sqlite"), applied).Count == 0;
        }
        catch (Exception problem) when (problem is StorageUnavailable or SqliteException or UnusableDatabase)
        {
            return false;
        }
    }

    public IAsyncDisposable WatchConfiguration(Action<long> changed) => new Watch(stop => PollAsync(changed, stop));

    public ValueTask DisposeAsync()
    {
        isDisposed = true;
        if (writer.IsValueCreated)
        {
            writer.Value.Dispose();
        }

        while (idleReaders.TryTake(out var reader))
        {
            reader.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private void GiveBack(SqliteSession reader)
    {
        if (isDisposed || idleReaders.Count >= MaxIdleReaders)
        {
            reader.Dispose();
        }
        else
        {
            idleReaders.Add(reader);
        }
    }

    /// <summary><c>data_version</c> moves when any other connection, of this process or another, has committed; it costs no read of a page.</summary>
    private async Task PollAsync(Action<long> changed, CancellationToken stop)
    {
        using var session = new SqliteSession(path, SqliteOpenMode.ReadOnly, durability);
        var (seen, version) = (-1L, Read(session, "SELECT version FROM config_version WHERE id = 1"));
        while (true)
        {
            await Task.Delay(PollPause, stop);
            var now = Read(session, "PRAGMA data_version");
            if (now == seen)
            {
                continue;
            }

            seen = now;
            var current = Read(session, "SELECT version FROM config_version WHERE id = 1");
            if (current != version)
            {
                version = current;
                changed(current);
            }
        }
    }

    private static long Read(SqliteSession session, string sql) => session.Execute(sql, SqlValues.None, static reader => reader.Read() ? reader.GetInt64(0) : 0);

    /// <summary>Of several programs starting on one file, one migrates and the others wait.</summary>
    private async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path + ".migrating", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException problem)
            {
                if (waited.Elapsed > MaxWaitForMigration)
                {
                    throw new StorageUnavailable($"another program has been migrating {path} for a minute", problem);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }
}
