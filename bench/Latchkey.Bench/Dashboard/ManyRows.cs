using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Latchkey.Bench.Dashboard;

/// <summary>
/// Fills a stopped server's databases with copies of rows that it wrote itself, so that every column has a value that the server writes.
/// </summary>
internal sealed class ManyRows(Scenario scenario, string data)
{
    private const long Clients = 100_000;
    private const long People = 100_000;
    private const long Grants = 1_000_000;
    private const long SignIns = 1_000_000;
    private const long Period = 30L * 24 * 3600 * 1000;

    /// <summary>Causes and stations of the stopped sign-ins.</summary>
    private static readonly (string Cause, string Station)[] Stops =
    [
        ("login_never_reported", "login"), ("never_came_back", "return"), ("consent_left", "consent"),
        ("code_never_redeemed", "token"), ("redirect_not_registered", "ask"),
    ];

    private Dialect Sql => scenario.Postgres is null ? Dialect.Sqlite : Dialect.Postgres;

    /// <param name="client">The client of the copied rows. It is copied too.</param>
    public async Task WriteAsync(string client)
    {
        await using (var main = await OpenAsync("latchkey.db"))
        {
            await CopyAsync(main, new("clients", Clients, new()
            {
                ["id"] = Sql.Id("b.id", "i"),
                ["fingerprint"] = null,
                ["last_seen_at"] = $"b.last_seen_at - i * {Period / Clients}",
                ["created_at"] = $"b.created_at - i * {Period / Clients}",
            })
            { Where = $"id = '{client}'" });
            await CopyAsync(main, new("users", People, new() { ["subject"] = "b.subject || '-' || n" }));
            await CopyAsync(main, new("grants", Grants, new()
            {
                ["id"] = Sql.Id("b.id", "n"),
                ["auth_request_id"] = Sql.Id("b.auth_request_id", "n"),
                ["subject"] = "b.subject || '-' || (n % 100 + 1)",
                ["client_id"] = Sql.Id("b.client_id", $"i % {Clients}"),
                ["created_at"] = $"b.created_at - i * {Period} / {Grants}",
                ["used_at"] = $"b.used_at - i * {Period} / {Grants}",
                ["ended_at"] = "CASE WHEN i % 5 = 0 THEN b.used_at END",
                ["ended_reason"] = "CASE WHEN i % 5 = 0 THEN 'revoked' END",
            }));
            await AnalyzeAsync(main);
        }

        await using var log = await OpenAsync("latchkey.journeys.db");
        await CopyAsync(log, new("journeys", SignIns, SignInColumns()));
        await CopyAsync(log, new("journey_events", SignIns, new()
        {
            ["position"] = null,
            ["auth_request_id"] = Sql.Id("b.auth_request_id", "n"),
            ["login_request_id"] = Sql.Id("b.login_request_id", "n"),
            ["at"] = $"b.at - n * {Period / 1000}",
        }));
        await CountAsync(log);
        await AnalyzeAsync(log);
    }

    private Dictionary<string, string?> SignInColumns()
    {
        var earlier = $"i * {Period} / {SignIns}";
        var stopped = "i % 7 = 0";
        var columns = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["auth_request_id"] = Sql.Id("b.auth_request_id", "n"),
            ["reference"] = $"substr({Sql.Random}, 1, 4) || '-' || substr({Sql.Random}, 1, 4)",
            ["subject"] = "b.subject || '-' || (n % 100 + 1)",
            ["email"] = "n || b.email",
            ["client_id"] = Sql.Id("b.client_id", $"i % {Clients}"),
            ["grant_id"] = Sql.Id("b.grant_id", "n"),
            ["due_at"] = null,
            ["outcome"] = $"CASE WHEN {stopped} THEN 'stopped' ELSE 'connected' END",
            ["counted_outcome"] = $"CASE WHEN {stopped} THEN 'stopped' ELSE 'connected' END",
            ["cause"] = Chosen(stop => stop.Cause),
            ["counted_cause"] = Chosen(stop => stop.Cause),
            ["station"] = Chosen(stop => stop.Station),
            ["network"] = $"'198.51.' || (i % 100) || '.' || (i % 250)",
        };
        foreach (var time in (string[])["started_at", "last_at", "state_at"])
        {
            columns[time] = $"b.{time} - {earlier}";
        }

        return columns;

        string Chosen(Func<(string Cause, string Station), string> of) =>
            $"CASE WHEN NOT ({stopped}) THEN NULL "
            + string.Concat(Stops.Select((stop, k) => $"WHEN i % {Stops.Length} = {k} THEN '{of(stop)}' ")) + "END";
    }

    private async Task CopyAsync(DbConnection database, CopiedTable table)
    {
        var has = (long)(await ScalarAsync(database, $"SELECT COUNT(*) FROM {table.Name} WHERE {table.Where}"))!;
        var columns = (await ColumnsAsync(database, table.Name)).Where(c => table.Changed.GetValueOrDefault(c, c) is not null).ToList();
        var values = columns.Select(c => table.Changed.GetValueOrDefault(c) ?? $"b.{c}");
        var copies = table.Rows / has;
        await ExecuteAsync(
            database,
            $"INSERT INTO {table.Name} ({string.Join(", ", columns)}) SELECT {string.Join(", ", values)} FROM "
            + $"(SELECT r.*, s.n, r.number * {copies} + s.n - 1 AS i FROM "
            + $"(SELECT t.*, ROW_NUMBER() OVER () - 1 AS number FROM {table.Name} t WHERE {table.Where}) r "
            + $"CROSS JOIN {Sql.Numbers(copies)} s) b");
        Console.WriteLine($"  {table.Name}: {copies * has} rows");
    }

    /// <summary>What the server adds up per hour and day.</summary>
    private static Task CountAsync(DbConnection log) => ExecuteAsync(
        log,
        """
        DELETE FROM journey_hours; DELETE FROM journey_days;
        INSERT INTO journey_hours (hour, resource_id, family, outcome, cause, number)
        SELECT started_at / 3600000, COALESCE(resource_id, ''), COALESCE(family, ''), counted_outcome, COALESCE(counted_cause, ''), COUNT(*)
          FROM journeys WHERE counted_outcome IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
        INSERT INTO journey_days (day, resource_id, family, outcome, cause, number)
        SELECT hour / 24, resource_id, family, outcome, cause, SUM(number) FROM journey_hours GROUP BY 1, 2, 3, 4, 5
        """);

    /// <summary>PostgreSQL does this by itself some minutes later; SQLite never does.</summary>
    private async Task AnalyzeAsync(DbConnection database)
    {
        if (scenario.Postgres is not null)
        {
            await ExecuteAsync(database, "VACUUM ANALYZE");
        }
    }

    private async Task<DbConnection> OpenAsync(string file)
    {
        DbConnection database = scenario.Postgres is { } postgres
            ? new NpgsqlConnection(postgres.ConnectionString + ";Command Timeout=0")
            : new SqliteConnection($"Data Source={Path.Combine(data, file)};Pooling=False");
        await database.OpenAsync();
        if (scenario.Postgres is null)
        {
            await ExecuteAsync(database, "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000");
        }

        return database;
    }

    private static async Task<List<string>> ColumnsAsync(DbConnection database, string table)
    {
        await using var command = database.CreateCommand();
        command.CommandText = $"SELECT * FROM {table} LIMIT 1";
        await using var reader = await command.ExecuteReaderAsync();
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
    }

    private static async Task<object?> ScalarAsync(DbConnection database, string sql)
    {
        await using var command = database.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    private static Task ExecuteAsync(DbConnection database, string sql) => ScalarAsync(database, sql);
}
