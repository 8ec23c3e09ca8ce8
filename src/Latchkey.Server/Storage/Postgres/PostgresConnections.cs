using Npgsql;

namespace Latchkey.Server.Storage.Postgres;

/// <summary>
/// Opens connections the way the other side allows: 1. the first connection uses no prepared statement and no startup option; 2. when the
/// process id of the protocol is not the one of the backend, a pooler such as PgBouncer is in between, which may give each transaction
/// another backend; then connections keep no state; 3. otherwise statements are prepared and options are set at the start.
/// </summary>
internal sealed class PostgresConnections(PostgresAddress address, Durability durability) : IAsyncDisposable
{
    private const int MaxPrepared = 200;
    private readonly SemaphoreSlim probing = new(1, 1);
    private volatile Route? route;

    /// <summary>What a pooled connection sets in each transaction instead of at its start. Its result set is the first one.</summary>
    public const string RelaxedInTransaction = "SELECT set_config('synchronous_commit', 'off', true); ";

    public string Shown => address.Shown;

    public string? Username => address.Keywords.Username;

    /// <summary>Whether a pooler is in between. Known after the first connection.</summary>
    public bool IsPooled => route is { IsPooled: true };

    /// <summary>Whether each write has to begin with <see cref="RelaxedInTransaction"/>.</summary>
    public bool RelaxesEachWrite => IsPooled && durability == Durability.Relaxed;

    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var known = route ?? await ProbeAsync(cancellationToken);
        return await known.Source.OpenConnectionAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (route is { } known)
        {
            await known.Source.DisposeAsync();
        }

        probing.Dispose();
    }

    private async Task<Route> ProbeAsync(CancellationToken cancellationToken)
    {
        await probing.WaitAsync(cancellationToken);
        try
        {
            return route ??= await NewRouteAsync(cancellationToken);
        }
        finally
        {
            probing.Release();
        }
    }

    private async Task<Route> NewRouteAsync(CancellationToken cancellationToken)
    {
        var stateless = Keywords();
        stateless.MaxAutoPrepare = 0;
        stateless.NoResetOnClose = true;
        var source = Build(stateless);
        try
        {
            bool isPooled;
            await using (var connection = await source.OpenConnectionAsync(cancellationToken))
            {
                await using var backend = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
                isPooled = address.IsPooled
                    || await backend.ExecuteScalarAsync(cancellationToken) is not int pid || pid != connection.ProcessID;
                if (isPooled)
                {
                    await RequireTransactionsAsync(connection, cancellationToken);
                }
            }

            if (isPooled)
            {
                return new(source, IsPooled: true);
            }
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }

        await source.DisposeAsync();
        var direct = Keywords();
        direct.MaxAutoPrepare = MaxPrepared;
        direct.AutoPrepareMinUsages = 2;
        direct.NoResetOnClose = true;
        if (durability == Durability.Relaxed)
        {
            direct.Options = $"{direct.Options} -c synchronous_commit=off".TrimStart();
        }

        return new(Build(direct), IsPooled: false);
    }

    /// <exception cref="UnusableDatabase">The pooler gives each statement another backend.</exception>
    private async Task RequireTransactionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var statement = new NpgsqlCommand("SELECT 1", connection);
            await statement.ExecuteScalarAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.ProtocolViolation)
        {
            throw new UnusableDatabase(
                $"The connection pooler at {Shown} allows no transactions ({refused.MessageText}). Set its pool mode to transaction or "
                    + "session, "
                + "or let Storage name PostgreSQL itself.");
        }
    }

    private NpgsqlConnectionStringBuilder Keywords()
    {
        var keywords = new NpgsqlConnectionStringBuilder(address.Keywords.ConnectionString) { Enlist = false };
        keywords.ApplicationName ??= "latchkey";
        return keywords;
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder keywords)
    {
        try
        {
            var builder = new NpgsqlSlimDataSourceBuilder(keywords.ConnectionString);
            builder.EnableTransportSecurity();
            return builder.Build();
        }
#pragma warning disable CA1031 // the driver throws many types, and every message of theirs may repeat a part of the password
        catch (Exception)
#pragma warning restore CA1031
        {
            throw new UnusableSetting(
                $"Storage has keywords for PostgreSQL that cannot be used together. It must look like {PostgresAddress.Example}.");
        }
    }

    private sealed record Route(NpgsqlDataSource Source, bool IsPooled);
}
