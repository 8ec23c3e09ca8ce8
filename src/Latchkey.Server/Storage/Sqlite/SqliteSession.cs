using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>One SQLite connection with its prepared texts. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private const int MaxPrepared = 200;
    private const int BusyTimeoutMilliseconds = 5000;

    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);

    public SqliteSession(string path, SqliteOpenMode mode, Durability durability)
    {
        // The pool would hand back connections with other settings; sessions are pooled here instead.
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, Cache = SqliteCacheMode.Private }.ToString());
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

    /// <summary>Runs a text to its end, whatever <paramref name="read"/> looked at.</summary>
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
            // Each further statement runs when its result is asked for.
        }

        return answer;
    }

    /// <summary>Runs a text without values that need not be prepared.</summary>
    public void Run(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    public static Exception Translate(SqliteException problem)
    {
        const int Constraint = 19;
        const int UniqueConstraint = 2067;
        const int PrimaryKeyConstraint = 1555;

        // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN: the file, the disk or another process is in the way, and may get out of it.
        return problem.SqliteErrorCode switch
        {
            5 or 6 or 8 or 10 or 13 or 14 => new StorageUnavailable(problem.Message, problem),
            Constraint when problem.SqliteExtendedErrorCode is UniqueConstraint or PrimaryKeyConstraint => new UniqueViolation(problem),
            _ => problem,
        };
    }

    private SqliteCommand Prepared(string sql, SqlValues values)
    {
        if (prepared.TryGetValue(sql, out var known))
        {
            return known;
        }

        if (prepared.Count >= MaxPrepared)
        {
            throw new InvalidOperationException("too many different SQL texts: a text must not be put together from values");
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
