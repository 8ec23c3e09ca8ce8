using System.Data.Common;

namespace Latchkey.Server.Storage;

/// <summary>
/// The one door to the database. Two implementations: SQLite (default) and PostgreSQL 15.
/// A protocol step is one SQL text, of one statement or of several separated by <c>;</c>, in the part of SQL both databases share
/// (<c>docs/decisions/0001</c>). Feature stores own the text; a driver owns connections, transactions, durability and retry.
/// </summary>
/// <remarks>
/// Atomicity: all statements of one <see cref="WriteAsync{T}"/> take effect together or not at all, and are durable when the task completes.
/// Of any number of concurrent writes with the same condition in their WHERE, on any node, exactly one finds it true.
/// Time and randomness come in as parameters; SQL never asks the database for them.
/// What a <c>read</c> function throws reaches the caller, and tells nothing about what was written: it is for rows that cannot be (<see cref="CorruptRow"/>).
/// </remarks>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>Runs the statements atomically and durably. <paramref name="read"/> sees the result sets in order (statements without one are skipped).</summary>
    /// <param name="cancellationToken">Honoured until the step is handed to the database; after that the step runs to its end.</param>
    /// <exception cref="StorageUnavailable">The database cannot be reached or refused for a reason that may pass; nothing is known to have been written.</exception>
    Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken);

    /// <summary>Runs one or more SELECTs. Sees every write that completed before the call.</summary>
    /// <exception cref="StorageUnavailable">The database cannot be reached.</exception>
    Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken);

    /// <summary>Applies the numbered migrations that are missing, under a lock: of several starters at once one migrates, the others wait and find it done.</summary>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>True when a trivial read succeeds within two seconds and no migration is missing (the <c>/readyz</c> question).</summary>
    Task<bool> IsReadyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="changed"/> with the number that stands in <c>config_version</c>, and again after any process or node raised it, within one second
    /// (NOTIFY on PostgreSQL, a polled <c>data_version</c> on SQLite). Survives a database that is away. Dispose the answer to stop.
    /// </summary>
    IAsyncDisposable WatchConfiguration(Action<long> changed);
}

/// <summary>The database is away or overloaded: the caller answers 503 with <c>Retry-After</c>, never a verdict about a credential.</summary>
internal sealed class StorageUnavailable(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A row with the same unique value exists. Steps that expect this use ON CONFLICT; this is for updates, which cannot.</summary>
internal sealed class UniqueViolation(Exception inner) : Exception("a unique value is taken", inner);

/// <summary>A row that no step of ours could have written. A bug or a hand in the database; never an answer to a client.</summary>
internal sealed class CorruptRow(string table, string key, string reason) : Exception($"{table} {key}: {reason}");
