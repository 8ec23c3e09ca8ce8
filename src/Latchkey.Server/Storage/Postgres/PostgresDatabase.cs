using System.Data;
using System.Data.Common;
using Latchkey.Server.Keys;
using Npgsql;

namespace Latchkey.Server.Storage.Postgres;

/// <summary>
/// PostgreSQL 15 and later. A step is one round trip: its statements travel together and are one implicit transaction. Under READ COMMITTED a conditional
/// update that waited for another sees what that one wrote, so exactly one of them finds its condition true.
/// </summary>
internal sealed class PostgresDatabase : IDatabase
{
    private const int MaxTries = 5;
    private const int MaxPrepared = 200;
    private const string Channel = "latchkey_config";
    private const string IntegrityClass = "23";

    /// <summary>A migration, or another starter's, takes as long as it takes.</summary>
    private const int NoTimeout = 0;

    /// <summary>How often a listener asks by itself, and how long it waits for the answer.</summary>
    private const int CheckSeconds = 5;

    /// <summary>Connection, authorization and database at connecting, resources, an operator's intervention, system.</summary>
    private static readonly string[] PassingClasses = ["08", "28", "3D", "53", "57P", "58"];

    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(2);

    private readonly NpgsqlDataSource source;
    private readonly MigrationSet migrations;

    private PostgresDatabase(NpgsqlDataSource source, MigrationSet migrations) => (this.source, this.migrations) = (source, migrations);

    /// <exception cref="UnusableSetting">The connection string cannot be read.</exception>
    public static PostgresDatabase Open(string connectionString, Durability durability, MigrationSet migrations)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = MaxPrepared, AutoPrepareMinUsages = 2, NoResetOnClose = true, Enlist = false };
            settings.ApplicationName ??= "latchkey";
            if (durability == Durability.Relaxed)
            {
                settings.Options = $"{settings.Options} -c synchronous_commit=off".TrimStart();
            }

            var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
            builder.EnableTransportSecurity();
            return new(builder.Build(), migrations);
        }
        catch (ArgumentException unreadable)
        {
            throw new UnusableSetting($"Storage: the PostgreSQL connection string cannot be read: {unreadable.Message}");
        }
    }

    public async Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ExecuteAsync(sql, values, read, cancellationToken);
            }
            catch (PostgresException conflict) when (conflict.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected && tries < MaxTries)
            {
                // Rolled back as a whole and by no fault of its own: the same step again.
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                throw new UniqueViolation(taken);
            }
            catch (Exception problem) when (IsAway(problem))
            {
                throw new StorageUnavailable(problem.Message, problem);
            }
        }
    }

    public async Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await ExecuteAsync(sql, values, read, cancellationToken);
        }
        catch (Exception problem) when (IsAway(problem))
        {
            throw new StorageUnavailable(problem.Message, problem);
        }
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            while (!await IsMigratedAsync(connection, cancellationToken))
            {
                await MigrateOnceAsync(connection, cancellationToken);
            }
        }
        catch (Exception problem) when (IsAway(problem))
        {
            throw new StorageUnavailable(problem.Message, problem);
        }
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyTimeout);
        try
        {
            await using var connection = await source.OpenConnectionAsync(limit.Token);
            return await IsMigratedAsync(connection, limit.Token);
        }
        catch (Exception problem) when (problem is NpgsqlException or UnusableDatabase or OperationCanceledException or TimeoutException)
        {
            return false;
        }
    }

    public IAsyncDisposable WatchConfiguration(Action<long> changed) => new Watch(stop => ListenAsync(changed, stop));

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> ExecuteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        // An idle connection is handed out without a look at the token.
        cancellationToken.ThrowIfCancellationRequested();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { ParameterName = value.Name, DbType = value.Type, Value = value.Value ?? DBNull.Value });
        }

        try
        {
            // Once sent, the step runs to its end: a caller that goes away must not leave it half known.
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            var answer = read(reader);
            while (await reader.NextResultAsync(CancellationToken.None))
            {
                // An error of a later statement arrives with its result.
            }

            return answer;
        }
        catch (PostgresException refused) when (connection.State == ConnectionState.Open && !refused.SqlState.StartsWith(IntegrityClass, StringComparison.Ordinal))
        {
            // A statement whose values are refused at the very use that prepares it is remembered as prepared without its columns, and the next caller could not
            // read its answer (npgsql#6391). What breaks a constraint is found later, when it runs, and is part of the day's work of the audit record.
            connection.UnprepareAll();
            throw;
        }
    }

    /// <summary>
    /// Of several nodes starting at once one holds the lock and takes the next script, whole with its name. The lock goes with the transaction, however that ends:
    /// connections go back to the pool as they are, and a lock of the session would go with them.
    /// </summary>
    private async Task MigrateOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, "SELECT pg_advisory_xact_lock(hashtext('latchkey migrations'))", NoTimeout, cancellationToken);
        await RunAsync(connection, $"CREATE TABLE IF NOT EXISTS {migrations.Table} (name TEXT NOT NULL PRIMARY KEY)", NoTimeout, cancellationToken);
        if (Migrations.Missing(migrations.For("Postgres"), await AppliedAsync(connection, cancellationToken)) is [var next, ..])
        {
            await RunAsync(connection, next.Sql, NoTimeout, cancellationToken);
            await RunAsync(connection, $"INSERT INTO {migrations.Table} (name) VALUES ('{next.Name}')", NoTimeout, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private async Task ListenAsync(Action<long> changed, CancellationToken stop)
    {
        long? told = null;
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stop);
                connection.Notification += (_, notification) => Tell(notification.Payload);
                await RunAsync(connection, $"LISTEN {Channel}", CheckSeconds, stop);
                while (true)
                {
                    // What was said while nobody listened; and a link that went dead without a word shows itself by this question alone.
                    await using (var command = new NpgsqlCommand("SELECT version FROM config_version WHERE id = 1", connection) { CommandTimeout = CheckSeconds })
                    {
                        Tell(Convert.ToString(await command.ExecuteScalarAsync(stop), System.Globalization.CultureInfo.InvariantCulture));
                    }

                    await connection.WaitAsync(TimeSpan.FromSeconds(CheckSeconds), stop);
                }
            }
            catch (Exception problem) when (problem is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
            {
                await Task.Delay(ReconnectPause, stop);
            }
        }

        void Tell(string? version)
        {
            if (long.TryParse(version, System.Globalization.CultureInfo.InvariantCulture, out var number) && number != told)
            {
                told = number;
                changed(number);
            }
        }
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

    /// <summary>Trouble that may pass: the server is away or does not let us in, is out of room, stands by, or lost patience. A refused statement is not among it.</summary>
    private static bool IsAway(Exception problem) => problem switch
    {
        PostgresException { SqlState: var state } => PassingClasses.Any(c => state.StartsWith(c, StringComparison.Ordinal)) || state is
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or TimeoutException or System.Net.Sockets.SocketException => true,
        _ => false,
    };
}
