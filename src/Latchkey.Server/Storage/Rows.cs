using System.Data.Common;

namespace Latchkey.Server.Storage;

/// <summary>Reads the results of conditional statements from their RETURNING rows.</summary>
internal static class Rows
{
    /// <summary>Returns true when the current result set has a row: the condition held and this call took the step.</summary>
    public static bool Any(DbDataReader reader) => reader.Read();

    /// <summary>Returns the number of rows of the current result set.</summary>
    public static int Count(DbDataReader reader)
    {
        var count = 0;
        while (reader.Read())
        {
            count++;
        }

        return count;
    }

    /// <summary>Reads the result of <see cref="RowFilter.CountAndPage"/>: a count, then rows.</summary>
    /// <param name="readOne">Returns null after the last row.</param>
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

    /// <summary>Returns the enum value of exactly this name, or null. A number is not a name.</summary>
    public static T? Named<T>(string text)
        where T : struct, Enum => Enum.TryParse<T>(text, out var value) && Enum.GetName(value) == text ? value : null;
}
