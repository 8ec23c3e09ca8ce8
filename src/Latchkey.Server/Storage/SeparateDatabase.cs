using System.Data.Common;
using Latchkey.Server.Supervision;

namespace Latchkey.Server.Storage;

/// <summary>
/// A database that the server goes on without: every failure of it is <see cref="StorageUnavailable"/>, also at the start and whatever the
/// reason (full, locked, away, without rights, of a newer version). It is tried again while the server runs. A damaged file is set aside
/// under another name, and a new one is begun.
/// </summary>
internal sealed partial class SeparateDatabase : IDatabase
{
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(10);

    private readonly Func<IDatabase> open;
    private readonly string? file;
    private readonly SemaphoreSlim turn = new(1);
    private readonly Lock gate = new();
    private volatile IDatabase current;
    private volatile bool isMigrated;
    private Task migrating = Task.CompletedTask;
    private long? triedAt;

    /// <param name="file">The SQLite file, which can be set aside. Null for PostgreSQL.</param>
    public SeparateDatabase(Func<IDatabase> open, string? file)
    {
        (this.open, this.file) = (open, file);
        current = open();
    }

    /// <summary>Set by the server, which alone begins a new file in place of a damaged one.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>Why the database cannot be used at present, or null.</summary>
    public string? Failure { get; private set; }

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        UseAsync(database => database.WriteAsync(sql, values, read, cancellationToken), cancellationToken);

    public Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        UseAsync(database => database.ReadAsync(sql, values, read, cancellationToken), cancellationToken);

    private bool MayBeginAnew => file is not null && Logger is not null;

    /// <summary>Waits until the migration has ended. Does not fail.</summary>
    public Task MigrateToTheEndAsync(CancellationToken cancellationToken) => Migration().WaitAsync(cancellationToken);

    /// <summary>Waits a few seconds for the migration, which then goes on in the background. Does not fail.</summary>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Migration().WaitAsync(MaxStart, cancellationToken);
        }
        catch (TimeoutException)
        {
            Fail("it does not answer");
        }
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken) =>
        isMigrated && await current.IsReadyAsync(cancellationToken);

    public IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed) =>
        current.WatchConfiguration(supervisor, changed);

    public async ValueTask DisposeAsync()
    {
        await current.DisposeAsync();
        turn.Dispose();
    }

    private async Task<T> UseAsync<T>(Func<IDatabase, Task<T>> use, CancellationToken cancellationToken)
    {
        if (!isMigrated)
        {
            RetryMigration();
            throw new StorageUnavailable(Failure ?? "it is being migrated");
        }

        var database = current;
        try
        {
            if (MayBeginAnew && !File.Exists(file))
            {
                await BeginAnewAsync(database, "was deleted", cancellationToken);
                database = current;
            }

            var answer = await use(database);
            Failure = null;
            return answer;
        }
        catch (UnusableDatabase damaged) when (damaged.IsDamaged && MayBeginAnew)
        {
            await BeginAnewAsync(database, damaged.Message, cancellationToken);
            return await OnceMoreAsync(use);
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or CorruptRow))
        {
            Fail(problem.Message);
            throw problem as StorageUnavailable ?? new StorageUnavailable(problem.Message, problem);
        }
    }

    private async Task<T> OnceMoreAsync<T>(Func<IDatabase, Task<T>> use)
    {
        try
        {
            return await use(current);
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or CorruptRow or StorageUnavailable))
        {
            throw new StorageUnavailable(problem.Message, problem);
        }
    }

    /// <summary>Sets the file aside, unless another caller has done so, and begins a new one.</summary>
    private async Task BeginAnewAsync(IDatabase broken, string why, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (current == broken)
            {
                await broken.DisposeAsync();
                var aside = SetAside();
                current = open();
                await current.MigrateAsync(CancellationToken.None);
                BegunAnew(Logger!, why, aside);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            isMigrated = false;
            Fail(problem.Message);
            throw new StorageUnavailable(problem.Message, problem);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <returns>The new name of the file.</returns>
    private string SetAside()
    {
        var aside = $"{file}.damaged-{TimeProvider.System.GetUtcNow():yyyyMMdd'T'HHmmss.fff'Z'}";
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(file + suffix))
            {
                File.Move(file + suffix, aside + suffix);
            }
        }

        return aside;
    }

    /// <summary>Starts another try, at most one at a time and one in ten seconds.</summary>
    private void RetryMigration()
    {
        lock (gate)
        {
            if (triedAt is { } at && TimeProvider.System.GetElapsedTime(at) < BetweenTries)
            {
                return;
            }
        }

        _ = Migration();
    }

    private Task Migration()
    {
        lock (gate)
        {
            if (migrating.IsCompleted && !isMigrated)
            {
                triedAt = TimeProvider.System.GetTimestamp();
                migrating = MigrateOnceAsync();
            }

            return migrating;
        }
    }

    private async Task MigrateOnceAsync()
    {
        var database = current;
        try
        {
            await database.MigrateAsync(CancellationToken.None);
            isMigrated = true;
            Failure = null;
        }
        catch (UnusableDatabase damaged) when (damaged.IsDamaged && MayBeginAnew)
        {
            try
            {
                await BeginAnewAsync(database, damaged.Message, CancellationToken.None);
                isMigrated = true;
            }
            catch (StorageUnavailable)
            {
                // Already told.
            }
        }
        catch (Exception problem)
        {
            Fail(problem.Message);
        }
    }

    private void Fail(string why)
    {
        if (Failure is null && Logger is not null)
        {
            Unusable(Logger, why);
        }

        Failure = why;
    }

    [LoggerMessage(2201, LogLevel.Error, "The sign-in log cannot be used: {Why}. Sign-ins go on without it; it is tried again")]
    private static partial void Unusable(ILogger logger, string why);

    [LoggerMessage(2202, LogLevel.Error, "The sign-in log begins anew: {Why} What could be kept is in {Aside}")]
    private static partial void BegunAnew(ILogger logger, string why, string aside);
}
