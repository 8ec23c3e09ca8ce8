using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>One SQLite connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private const int MaxPrepared = 200;
    private const int BusyTimeoutMilliseconds = 5000;

    /// <summary>Seconds for which the driver retries a busy database (default 30). SQLite has already waited at each try.</summary>
    private const int RetrySeconds = 1;

    private readonly string path;
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);

    public SqliteSession(string path, SqliteOpenMode mode, Durability durability)
    {
        // The driver's pool would return connections with other settings; sessions are pooled here instead.
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            Cache = SqliteCacheMode.Private,
            DefaultTimeout = RetrySeconds
        };
        this.path = path;
        if (mode == SqliteOpenMode.ReadWriteCreate)
        {
            CreatePrivately(path);
        }

        connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            Run($"PRAGMA busy_timeout = {BusyTimeoutMilliseconds}; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;");
            if (mode != SqliteOpenMode.ReadOnly)
            {
                Run($"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(durability == Durability.Full ? "FULL" : "NORMAL")};");
            }
        }
        catch (SqliteException problem)
        {
            connection.Dispose();
            throw Translate(problem);
        }
    }

    /// <summary>Creates the file for its owner only: it holds personal data. SQLite gives its companion files the same mode.</summary>
    private static void CreatePrivately(string path)
    {
        try
        {
            if (!File.Exists(path) && Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            {
                PrivateFile.Create(path, "");
            }
        }
        catch (UnusableSetting)
        {
            // Another process created it at the same moment, or it cannot be created: then opening it gives the better message.
        }
    }

    /// <summary>Runs a text to its end, however much of it <paramref name="read"/> reads.</summary>
    public T Execute<T>(string sql, SqlValues values, Func<DbDataReader, T> read)
    {
        var command = Prepared(sql, values);
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        }

        using var reader = command.ExecuteReader();
        var answer = read(reader);
        while (reader.NextResult())
        {
            // Each further statement runs when its result is requested.
        }

        return answer;
    }

    /// <summary>Runs a text without values and without preparing it.</summary>
    public void Run(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Rolls the transaction back. Does nothing when SQLite has already done so.</summary>
    public void RollBack()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
        {
            Run("ROLLBACK");
        }
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    public Exception Translate(SqliteException problem)
    {
        const int Constraint = 19;
        const int UniqueConstraint = 2067;
        const int PrimaryKeyConstraint = 1555;

        return problem.SqliteErrorCode switch
        {
            // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN: temporary errors of the file, the disk or another process.
            5 or 6 or 8 or 10 or 13 or 14 => new StorageUnavailable(problem.Message, problem),

            // CORRUPT, NOTADB: permanent.
            11 or 26 => new UnusableDatabase(
                $"Storage: {path} is damaged or is not an SQLite database ({problem.Message}). Restore a backup or name another file.",
                isDamaged: true),
            Constraint when problem.SqliteExtendedErrorCode is UniqueConstraint or PrimaryKeyConstraint => new UniqueViolation(problem),
            _ => problem,
        };
    }

    /// <summary>Prepares a text ahead of its use, so that the limit cannot refuse it.</summary>
    public void Prepare(string sql) => Prepared(sql, SqlValues.None).Prepare();

    private SqliteCommand Prepared(string sql, SqlValues values)
    {
        if (prepared.TryGetValue(sql, out var known))
        {
            return known;
        }

        if (prepared.Count >= MaxPrepared)
        {
            throw new InvalidOperationException("too many different SQL texts: values must be parameters, not part of the text");
        }

        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var value in values)
        {
            command.Parameters.Add(new SqliteParameter("@" + value.Name, value.Type switch
            {
                System.Data.DbType.Int64 or System.Data.DbType.Int16 => SqliteType.Integer,
                System.Data.DbType.Binary => SqliteType.Blob,
                _ => SqliteType.Text,
            }));
        }

        prepared.Add(sql, command);
        return command;
    }
}
