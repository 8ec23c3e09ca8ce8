using System.Data.Common;
using System.Globalization;
using Latchkey.Server;
using Latchkey.Server.Storage;
using Latchkey.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Floods;

/// <param name="LiveMegabytes">The pages in use (SQLite), or the size of the database (PostgreSQL).</param>
/// <param name="FileMegabytes">The files, including write-ahead logs on SQLite.</param>
internal sealed record DatabaseSize(IReadOnlyDictionary<string, long> RowsOfTable, double LiveMegabytes, double FileMegabytes)
{
    public long Rows => RowsOfTable.Values.Sum();

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{LiveMegabytes,7:0.0} MB live, {string.Join(", ", RowsOfTable.Select(rows => $"{rows.Key} {rows.Value}"))}");
}

/// <summary>Counts the rows that strangers can cause, and the size of the databases.</summary>
internal sealed class DatabaseFigures(string storage, string data)
{
    private const double Megabyte = 1024 * 1024;
    private static readonly string[] MainTables =
        ["login_requests", "pushed_requests", "clients", "client_changes", "used_assertions", "grants", "consents"];
    private static readonly string[] SignInTables = ["journeys", "journey_events"];

    private readonly Settings settings = new()
    {
        Storage = storage,
        DataDirectory = data,
        KeyEncryptionKey = Convert.ToBase64String(new byte[32]),
    };

    public async Task<DatabaseSize> ReadAsync()
    {
        await using var databases = Databases.Open(settings);
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (database, tables) in new[] { (databases.Main, MainTables), (databases.SignIns, SignInTables) })
        {
            foreach (var table in tables)
            {
                rows[table] = await NumberAsync(database, $"SELECT COUNT(*) FROM {table}");
            }
        }

        var isSqlite = storage.StartsWith("sqlite:", StringComparison.Ordinal);
        const string LivePages =
            "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
        var live = isSqlite
            ? await NumberAsync(databases.Main, LivePages) + await NumberAsync(databases.SignIns, LivePages)
            : await NumberAsync(databases.Main, "SELECT pg_database_size(current_database())");
        var files = isSqlite ? Directory.EnumerateFiles(data, "*.db*").Sum(file => new FileInfo(file).Length) : live;
        return new(rows, live / Megabyte, files / Megabyte);
    }

    /// <summary>Runs the cleanup as if half a year had passed, twice: registrations expire first, and their tombstones then.</summary>
    public async Task CleanUpAsync(string baseUrl)
    {
        var clock = new OffsetTimeProvider();
        await using var app = Server.Program.Build(settings with { BaseUrl = baseUrl }, clock);
        var cleanup = app.Services.GetRequiredService<Cleanup>();
        for (var i = 0; i < 2; i++)
        {
            clock.Advance(TimeSpan.FromDays(182));
            await cleanup.SweepAsync(CancellationToken.None);
        }
    }

    private static Task<long> NumberAsync(IDatabase database, string sql) => database.ReadAsync(
        sql, [], static (DbDataReader reader) => reader.Read() ? reader.GetInt64(0) : 0, CancellationToken.None);
}
