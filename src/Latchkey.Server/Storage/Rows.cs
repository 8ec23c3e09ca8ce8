using System.Data.Common;

namespace Latchkey.Server.Storage;

/// <summary>The answers a conditional statement gives through its RETURNING rows.</summary>
internal static class Rows
{
    /// <summary>True when the current result set has a row: the condition held and this call took the step.</summary>
    public static bool Any(DbDataReader reader) => reader.Read();

    /// <summary>How many rows the current result set has.</summary>
    public static int Count(DbDataReader reader)
    {
        var count = 0;
        while (reader.Read())
        {
            count++;
        }

        return count;
    }

    /// <summary>The answer to <see cref="RowFilter.CountAndPage"/>: a count, then rows.</summary>
    /// <param name="readOne">Null: there is no further row.</param>
    public static (int Total, List<T> Page) Counted<T>(DbDataReader reader, Func<DbDataReader, T?> readOne)
        where T : class
    {
        var total = reader.Read() ? (int)reader.GetInt64(0) : 0;
        reader.NextResult();
        var page = new List<T>();
        while (readOne(reader) is { } row)
        {
            page.Add(row);
        }

        return (total, page);
    }

    /// <summary>The case of that very name; null: there is none (a number is no name).</summary>
    public static T? Named<T>(string text)
        where T : struct, Enum => Enum.TryParse<T>(text, out var value) && Enum.GetName(value) == text ? value : null;
}
