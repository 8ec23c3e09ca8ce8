using System.Data;
using System.Data.Common;
using System.Globalization;
using Latchkey.Server.Supervision;
using Npgsql;

namespace Latchkey.Server.Storage.Postgres;

/// <summary>
/// PostgreSQL 15 and later. A step is one round trip: its statements are sent together and are one implicit transaction. Under READ
/// COMMITTED a conditional update that waited for another sees what that one wrote, so exactly one of them finds its condition true.
/// </summary>
internal sealed class PostgresDatabase : IDatabase
{
    private const int MaxTries = 5;
    private const string Channel = "latchkey_config";
    private const string IntegrityClass = "23";

    /// <summary>For migrations, which may take any time, as may waiting for those of another node.</summary>
    private const int NoTimeout = 0;

    /// <summary>How often the listener polls the version, and the time limit of that query.</summary>
    private const int CheckSeconds = 5;

    /// <summary>Temporary errors: connection, authorization and database at connect, resources, operator intervention, system.</summary>
    private static readonly string[] TemporaryClasses = ["08", "28", "3D", "53", "57P", "58"];

    private static readonly RetryPace WatchPace = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2));

    /// <summary>How often the version is polled where a pooler prevents notifications.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(2);

    private readonly PostgresConnections connections;
    private readonly MigrationSet migrations;

    private PostgresDatabase(PostgresConnections connections, MigrationSet migrations) =>
        (this.connections, this.migrations) = (connections, migrations);

    public static PostgresDatabase Open(PostgresAddress address, Durability durability, MigrationSet migrations) =>
        new(new PostgresConnections(address, durability), migrations);

    /// <exception cref="UnusableSetting">The connection string is invalid.</exception>
    public static PostgresDatabase Open(string address, Durability durability, MigrationSet migrations) =>
        Open(PostgresAddress.Parse(address, directory: ""), durability, migrations);

    public async Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ExecuteAsync(sql, values, read, isWrite: true, cancellationToken);
            }
            catch (PostgresException conflict)
                when (conflict.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
                    && tries < MaxTries)
            {
                // A serialization failure or deadlock rolls the whole step back: run the same step again.
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                throw new UniqueViolation(taken);
            }
            catch (Exception problem) when (IsTemporary(problem))
            {
                throw new StorageUnavailable(problem.Message, problem);
            }
        }
    }

    public async Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await ExecuteAsync(sql, values, read, isWrite: false, cancellationToken);
        }
        catch (Exception problem) when (IsTemporary(problem))
        {
            throw new StorageUnavailable(problem.Message, problem);
        }
    }

    public Task<DateTimeOffset?> ClockAsync(CancellationToken cancellationToken) => ReadAsync(
        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        SqlValues.None,
        static reader => reader.Read() ? DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)) : (DateTimeOffset?)null,
        cancellationToken);

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        PostgresFacts? facts = null;
        try
        {
            await using var connection = await connections.OpenAsync(cancellationToken);
            facts = await FactsAsync(connection, cancellationToken);
            if (PostgresFailure.OfFacts(facts, connections) is { } unusable)
            {
                throw unusable;
            }

            while (!await IsMigratedAsync(connection, cancellationToken))
            {
                await MigrateOnceAsync(connection, cancellationToken);
            }
        }
        catch (Exception problem) when (problem is not (UnusableDatabase or UnusableSetting or OperationCanceledException))
        {
            throw PostgresFailure.AtStart(problem, connections, facts);
        }
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyTimeout);
        try
        {
            await using var connection = await connections.OpenAsync(limit.Token);
            return await IsMigratedAsync(connection, limit.Token);
        }
        catch (Exception problem) when (problem is NpgsqlException or UnusableDatabase or OperationCanceledException or TimeoutException)
        {
            return false;
        }
    }

    public IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed)
    {
        // Survives a restart of the loop, so that the same version is not told twice.
        long? told = null;
        return supervisor.Start(IDatabase.WatchName, stop => ListenAsync(Tell, stop), WatchPace);

        void Tell(string? version)
        {
            supervisor.Succeeded(IDatabase.WatchName);
            if (long.TryParse(version, CultureInfo.InvariantCulture, out var number) && number != told)
            {
                told = number;
                changed(number);
            }
        }
    }

    public ValueTask DisposeAsync() => connections.DisposeAsync();

    private async Task<T> ExecuteAsync<T>(
        string sql, SqlValues values, Func<DbDataReader, T> read, bool isWrite, CancellationToken cancellationToken)
    {
        // Npgsql returns an idle connection without checking the token.
        cancellationToken.ThrowIfCancellationRequested();
        await using var connection = await connections.OpenAsync(cancellationToken);
        var isPrefixed = isWrite && connections.RelaxesEachWrite;
        await using var command = new NpgsqlCommand(isPrefixed ? PostgresConnections.RelaxedInTransaction + sql : sql, connection);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { ParameterName = value.Name, Value = value.Value ?? DBNull.Value };
            if (value.Type == DbType.Object)
            {
                parameter.NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Json;
            }
            else
            {
                parameter.DbType = value.Type;
            }

            command.Parameters.Add(parameter);
        }

        try
        {
            // Once sent, the step runs to its end, so that a caller that disconnects does not leave it half known.
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            if (isPrefixed)
            {
                await reader.NextResultAsync(CancellationToken.None);
            }

            var answer = read(reader);
            while (await reader.NextResultAsync(CancellationToken.None))
            {
                // An error of a later statement is thrown when its result is read.
            }

            return answer;
        }
        catch (PostgresException refused)
            when (connection.State == ConnectionState.Open && !connections.IsPooled
                && !refused.SqlState.StartsWith(IntegrityClass, StringComparison.Ordinal))
        {
            // When the execution that prepares a statement fails, Npgsql keeps it without its columns, and the next caller cannot read its
            // result (npgsql#6391). Integrity violations are exempt: they occur later, and the audit log causes them in normal operation.
            connection.UnprepareAll();
            throw;
        }
    }

    /// <summary>
    /// When several nodes start at once, one holds the lock and applies the next script together with its name. The lock is bound to the
    /// transaction, because connections return to the pool without a reset and a session lock would stay on them.
    /// </summary>
    private async Task MigrateOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, "SELECT pg_advisory_xact_lock(hashtext('latchkey migrations'))", NoTimeout, cancellationToken);
        await RunAsync(
            connection, $"CREATE TABLE IF NOT EXISTS {migrations.Table} (name TEXT NOT NULL PRIMARY KEY)", NoTimeout, cancellationToken);
        if (Migrations.Missing(migrations.For("Postgres"), await AppliedAsync(connection, cancellationToken)) is [var next, ..])
        {
            await RunAsync(connection, next.Sql, NoTimeout, cancellationToken);
            await RunAsync(connection, $"INSERT INTO {migrations.Table} (name) VALUES ('{next.Name}')", NoTimeout, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private async Task ListenAsync(Action<string?> tell, CancellationToken stop)
    {
        await using var connection = await connections.OpenAsync(stop);

        // A pooler gives the backend that listens to others, and passes no notification on.
        var canListen = !connections.IsPooled;
        if (canListen)
        {
            connection.Notification += (_, notification) => tell(notification.Payload);
            await RunAsync(connection, $"LISTEN {Channel}", CheckSeconds, stop);
        }

        while (true)
        {
            // Catches a notification that was missed while disconnected. Only this query detects a connection that died silently.
            await using (var command =
                new NpgsqlCommand("SELECT version FROM config_version WHERE id = 1", connection) { CommandTimeout = CheckSeconds })
            {
                tell(Convert.ToString(await command.ExecuteScalarAsync(stop), CultureInfo.InvariantCulture));
            }

            if (canListen)
            {
                await connection.WaitAsync(TimeSpan.FromSeconds(CheckSeconds), stop);
            }
            else
            {
                await Task.Delay(PollPause, stop);
            }
        }
    }

    private static async Task<PostgresFacts> FactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT current_user::text, current_schema()::text,
                   COALESCE(has_schema_privilege(current_schema()::text, 'CREATE'), false),
                   pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
                   current_setting('server_version_num')::int
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(
            reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3),
            reader.GetInt32(4));
    }

    private async Task<bool> IsMigratedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass(@table) IS NOT NULL", connection);
        exists.Parameters.AddWithValue("table", NpgsqlTypes.NpgsqlDbType.Text, migrations.Table);
        return await exists.ExecuteScalarAsync(cancellationToken) is true
            && Migrations.Missing(migrations.For("Postgres"), await AppliedAsync(connection, cancellationToken)).Count == 0;
    }

    private async Task<List<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT name FROM {migrations.Table} ORDER BY name", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return Migrations.Names(reader);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, int timeoutSeconds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = timeoutSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>True when the server is unreachable, out of resources, a standby or too slow; false for a refused statement.</summary>
    public static bool IsTemporary(Exception problem) => problem switch
    {
        PostgresException { SqlState: var state } => TemporaryClasses.Any(c => state.StartsWith(c, StringComparison.Ordinal)) || state is
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or TimeoutException or System.Net.Sockets.SocketException => true,
        _ => false,
    };
}
