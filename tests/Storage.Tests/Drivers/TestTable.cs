using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Latchkey.Testing;

namespace Storage.Tests.Drivers;

/// <summary>A table with a column of every type, for the tests of the drivers.</summary>
internal static class TestTable
{
    /// <summary>The number that the table's CHECK constraint refuses.</summary>
    public const long Forbidden = 666;

    private const string Insert = "INSERT INTO things (id, number) VALUES (@id, @number)";

    public static Task PrepareAsync(IDatabase database) => database.WriteAsync(
        "CREATE TABLE IF NOT EXISTS things (id TEXT NOT NULL PRIMARY KEY, name TEXT UNIQUE, number BIGINT CHECK (number <> 666), "
        + "flag SMALLINT, bytes BYTEA)",
        SqlValues.None,
        static _ => true,
        CancellationToken.None);

    /// <summary>The check of the readiness has a time limit, which a busy machine can exceed.</summary>
    public static Task ExpectReadyAsync(this IDatabase database) =>
        Eventually.TrueAsync(() => database.IsReadyAsync(CancellationToken.None), "the database is not ready");

    public static string NewId() => Ids.New("thing_");

    public static Task<bool> AddAsync(IDatabase database, string id, long number, CancellationToken cancellationToken = default) =>
        database.WriteAsync(Insert, new() { { "id", id }, { "number", number } }, static _ => true, cancellationToken);

    /// <summary>Adds both rows in one write.</summary>
    public static Task<bool> AddBothAsync(IDatabase database, string first, string second, long number) => database.WriteAsync(
        "INSERT INTO things (id, number) VALUES (@first, 1); INSERT INTO things (id, number) VALUES (@second, @number)",
        new() { { "first", first }, { "second", second }, { "number", number } },
        static _ => true,
        CancellationToken.None);

    public static Task<bool> MoveAsync(IDatabase database, string id, long from, long to) => database.WriteAsync(
        "UPDATE things SET number = @to WHERE id = @id AND number = @from RETURNING id",
        new() { { "id", id }, { "from", from }, { "to", to } },
        Rows.Any,
        CancellationToken.None);

    /// <summary>Reads the number of a row. Returns null if the row does not exist.</summary>
    public static Task<long?> NumberAsync(IDatabase database, string id) => database.ReadAsync<long?>(
        "SELECT number FROM things WHERE id = @id", new() { { "id", id } }, static reader => reader.Read() ? reader.GetInt64(0) : null,
        CancellationToken.None);
}
