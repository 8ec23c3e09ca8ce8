using System.Data.Common;
using Latchkey.Server.Supervision;

namespace Latchkey.Server.Storage;

/// <summary>
/// The only way to the database. There are two implementations: SQLite (default) and PostgreSQL 15.
/// A protocol step is one SQL text of one or more statements separated by <c>;</c>, in the part of SQL that both databases share
/// (<c>docs/decisions/0001</c>). A store of a feature owns the text; a driver owns connections, transactions, durability and retries.
/// </summary>
/// <remarks>
/// All statements of one <see cref="WriteAsync{T}"/> take effect together or not at all, and are durable when the task completes. Of any
/// number of concurrent writes with the same condition in their WHERE, on any node, exactly one finds it true. Time and randomness are
/// parameters; SQL never asks the database for them. An exception of a <c>read</c> function reaches the caller and says nothing about what
/// was written. Only an impossible row (<see cref="CorruptRow"/>) causes one.
/// </remarks>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>The name of the watch in logs and metrics.</summary>
    const string WatchName = "watch of the configuration";

    /// <summary>Runs the statements atomically. <paramref name="read"/> gets the result sets; statements without one are skipped.</summary>
    /// <param name="cancellationToken">Honoured until the step is sent to the database; after that the step runs to its end.</param>
    /// <exception cref="StorageUnavailable">A temporary failure. Nothing is known to have been written.</exception>
    Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken);

    /// <summary>Runs one or more SELECTs. Sees every write that completed before the call.</summary>
    /// <exception cref="StorageUnavailable">The database cannot be reached.</exception>
    Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken);

    /// <summary>Applies the missing migrations under a lock. When several nodes start at once, one migrates and the others wait.</summary>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Returns true when a trivial read succeeds within two seconds and no migration is missing. <c>/readyz</c> uses it.</summary>
    Task<bool> IsReadyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Returns the time of the database's own clock: the one question about the time that SQL may ask. Null when the database runs on the
    /// clock of this node (SQLite).
    /// </summary>
    Task<DateTimeOffset?> ClockAsync(CancellationToken cancellationToken) => Task.FromResult<DateTimeOffset?>(null);

    /// <summary>
    /// Calls <paramref name="changed"/> with <c>config_version</c>, and again within one second after any process or node raised it
    /// (NOTIFY on PostgreSQL, a polled <c>data_version</c> on SQLite). The supervisor lets it go on after a failure of the database.
    /// Dispose
    /// the result to stop.
    /// </summary>
    IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed);
}

/// <summary>The database is unreachable or overloaded. The response is 503 with <c>Retry-After</c>, never <c>invalid_grant</c>.</summary>
/// <param name="mayComeBack">Whether a start waits for it, as for a database that is being started.</param>
internal sealed class StorageUnavailable(string message, Exception? inner = null, bool mayComeBack = false) : Exception(message, inner)
{
    public bool MayComeBack => mayComeBack;
}

/// <summary>A row with the same unique value exists. Inserts use ON CONFLICT instead; updates cannot.</summary>
internal sealed class UniqueViolation(Exception inner) : Exception("a unique value is taken", inner);

/// <summary>A row that no step of this program could have written: a bug or a manual change. Never shown to a client.</summary>
internal sealed class CorruptRow(string table, string key, string reason) : Exception($"{table} {key}: {reason}");
