using System.Data;

namespace Latchkey.Server.Storage;

/// <summary>
/// The named values of one SQL text (<c>@name</c>), each with its type, because PostgreSQL needs the type of a null.
/// Times are Unix milliseconds (BIGINT), durations milliseconds, hashes raw bytes, documents JSON text, booleans 0 or 1 (SMALLINT).
/// </summary>
internal sealed class SqlValues : List<SqlValue>
{
    public static SqlValues None => [];

    public void Add(string name, string? value) => Add(new SqlValue(name, DbType.String, value));

    public void Add(string name, long? value) => Add(new SqlValue(name, DbType.Int64, value));

    public void Add(string name, byte[]? value) => Add(new SqlValue(name, DbType.Binary, value));

    public void Add(string name, bool value) => Add(new SqlValue(name, DbType.Int16, value ? (short)1 : (short)0));

    /// <summary>JSON text for <c>json_each</c>.</summary>
    public void AddJson(string name, string value) => Add(new SqlValue(name, DbType.Object, value));

    public void Add(string name, DateTimeOffset? value) => Add(name, value?.ToUnixTimeMilliseconds());
}

internal readonly record struct SqlValue(string Name, DbType Type, object? Value);
