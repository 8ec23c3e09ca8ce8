using System.Collections.Concurrent;
using System.Data.Common;
using Latchkey.Server.Supervision;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// One SQLite file in WAL mode. Writes go through the single <see cref="SqliteWriter"/>. Reads run concurrently on read-only connections,
/// on the caller's thread, because they take microseconds.
/// </summary>
internal sealed class SqliteDatabase : IDatabase
{
    private const int MaxIdleReaders = 32;
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(250);
    private static readonly RetryPace WatchPace = new(PollPause, TimeSpan.FromSeconds(2));
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxWaitForMigration = TimeSpan.FromSeconds(60);

    private readonly string path;
    private readonly Durability durability;
    private readonly MigrationSet migrations;
    private readonly ConcurrentBag<SqliteSession> idleReaders = [];
    private readonly SqliteFile file;
    private readonly SqliteWriter writer;
    private volatile bool isDisposed;

    public SqliteDatabase(string path, Durability durability, MigrationSet migrations)
    {
        (this.path, this.durability, this.migrations) = (path, durability, migrations);
        file = new(path);
        writer = new(path, file, durability);
    }

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.WriteAsync(sql, values, read);
    }

    public Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (file.IsLost)
        {
            throw file.Lost();
        }

        if (!idleReaders.TryTake(out var reader))
        {
            file.Opening();
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
            throw reader.Translate(problem);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await MigrateFileAsync(cancellationToken);
        }
        catch (Exception problem) when ((problem as StorageUnavailable)?.InnerException is SqliteException || problem is SqliteException)
        {
            throw SqliteFailure.AtStart(problem, path);
        }
    }

    private async Task MigrateFileAsync(CancellationToken cancellationToken)
    {
        var known = migrations.For("Sqlite");
        await using var turn = await TakeTurnAsync(cancellationToken);
        var applied = await WriteAsync(
            $"CREATE TABLE IF NOT EXISTS {migrations.Table} (name TEXT NOT NULL PRIMARY KEY); "
            + $"SELECT name FROM {migrations.Table} ORDER BY name",
            SqlValues.None,
            Migrations.Names,
            cancellationToken);
        foreach (var migration in Migrations.Missing(known, applied))
        {
            await WriteAsync(
                $"{migration.Sql};\nINSERT INTO {migrations.Table} (name) VALUES (@name)", new() { { "name", migration.Name } },
                static _ => true, cancellationToken);
        }
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A read blocks its thread as long as another process holds the file.
            var applied = await Task.Run(
                () => ReadAsync($"SELECT name FROM {migrations.Table} ORDER BY name", SqlValues.None, Migrations.Names, cancellationToken),
                cancellationToken)
                .WaitAsync(ReadyTimeout, cancellationToken);
            return Migrations.Missing(migrations.For("Sqlite"), applied).Count == 0;
        }
        catch (Exception problem) when (problem is StorageUnavailable or SqliteException or UnusableDatabase or TimeoutException)
        {
            return false;
        }
    }

    public IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed)
    {
        // Survives a restart of the loop, so that the same version is not told twice.
        long? told = null;
        return supervisor.Start(IDatabase.WatchName, PollAsync, WatchPace);

        async Task PollAsync(CancellationToken stop)
        {
            using var session = new SqliteSession(path, SqliteOpenMode.ReadOnly, durability);
            await SqliteDatabase.PollAsync(session, Tell, stop);
        }

        void Tell(long version)
        {
            supervisor.Succeeded(IDatabase.WatchName);
            if (version != told)
            {
                told = version;
                changed(version);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        isDisposed = true;
        while (idleReaders.TryTake(out var reader))
        {
            reader.Dispose();
        }

        // Last, because the last connection to close checkpoints the WAL, and only a writable one can.
        writer.Dispose();
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

    /// <summary><c>data_version</c> changes when any other connection commits, in any process. Reading it reads no page.</summary>
    private static async Task PollAsync(SqliteSession session, Action<long> tell, CancellationToken stop)
    {
        var seen = -1L;
        while (true)
        {
            var now = Read(session, "PRAGMA data_version");
            if (now != seen)
            {
                tell(Read(session, "SELECT version FROM config_version WHERE id = 1"));
                seen = now;
            }

            await Task.Delay(PollPause, stop);
        }
    }

    private static long Read(SqliteSession session, string sql) =>
        session.Execute(sql, SqlValues.None, static reader => reader.Read() ? reader.GetInt64(0) : 0);

    /// <summary>When several programs start on one file, one migrates and the others wait.</summary>
    private async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path + ".migrating", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException taken) when (IsTaken(taken))
            {
                if (waited.Elapsed > MaxWaitForMigration)
                {
                    throw new StorageUnavailable($"another program has been migrating {path} for a minute", taken);
                }
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw SqliteFailure.AtStart(problem, path);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>True when another process has the file open: EWOULDBLOCK on Linux and macOS, a sharing violation on Windows.</summary>
    private static bool IsTaken(IOException problem) => problem.HResult is 11 or 35 or unchecked((int)0x80070020);
}
