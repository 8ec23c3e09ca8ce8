using Latchkey.Server.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Latchkey.Server.Storage;

/// <summary>
/// What is wrong with the storage, for <c>/readyz</c> and for pages. The code is stable (docs/guide/operate.md); the sentence names no
/// path, host or account, because <c>/readyz</c> is public.
/// </summary>
internal sealed record StorageProblem(string Code, string Detail)
{
    public static readonly StorageProblem Full = new(
        "storage_full", "The disk of the database is full. Writes are refused until space is freed; no restart is needed.");

    public static readonly StorageProblem WriteFailed = new(
        "storage_write_failed", "The disk of the database refuses writes. See the log for the error of the operating system.");

    public static readonly StorageProblem ReadOnly = new(
        "storage_read_only", "The database is read-only: a file without write permission, a read-only file system, or a standby server.");

    public static readonly StorageProblem Lost = new(
        "storage_file_lost",
        "The database file was deleted, moved or replaced while the server uses it. Nothing is written. Move the file back, or stop the "
        + "server, restore a backup and start it again.");

    public static readonly StorageProblem Locked = new(
        "storage_locked", "Another process holds the database locked.");

    public static readonly StorageProblem Hangs = new(
        "storage_hangs", "The database did not complete a write in time.");

    public static readonly StorageProblem NotMigrated = new(
        "storage_not_migrated", "The database does not have the schema of this version.");

    public static readonly StorageProblem Damaged = new(
        "storage_damaged", "The database is damaged, or is not a database of this version. Restore a backup.");

    public static readonly StorageProblem Unreachable = new("storage_unreachable", "The database cannot be reached.");

    /// <summary>True when it ends only when the operator does something; then waiting a few seconds does not help.</summary>
    public bool NeedsOperator => this == Full || this == WriteFailed || this == ReadOnly || this == Lost || this == Damaged;

    public static StorageProblem Of(Exception problem) => (problem, problem.InnerException) switch
    {
        (_, LostDatabaseFile) => Lost,
        (UnusableDatabase, _) => Damaged,
        (SqliteException sqlite, _) => OfSqlite(sqlite),
        (_, SqliteException sqlite) => OfSqlite(sqlite),
        (PostgresException postgres, _) => OfPostgres(postgres),
        (_, PostgresException postgres) => OfPostgres(postgres),
        (TimeoutException, _) or (_, TimeoutException) => Hangs,
        _ => Unreachable,
    };

    private static StorageProblem OfSqlite(SqliteException problem) => problem.SqliteErrorCode switch
    {
        1 => NotMigrated,
        5 or 6 => Locked,
        8 => ReadOnly,
        10 => WriteFailed,
        11 or 26 => Damaged,
        13 => Full,
        _ => Unreachable,
    };

    private static StorageProblem OfPostgres(PostgresException problem) => problem.SqlState switch
    {
        PostgresErrorCodes.DiskFull => Full,
        PostgresErrorCodes.ReadOnlySqlTransaction => ReadOnly,
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn => NotMigrated,
        PostgresErrorCodes.LockNotAvailable => Locked,
        PostgresErrorCodes.QueryCanceled => Hangs,
        _ => Unreachable,
    };
}
