using System.Globalization;

namespace Latchkey.Bench.Dashboard;

/// <summary>A table whose rows are copied, with new values in the columns that must differ.</summary>
/// <param name="Changed">
/// The SQL expression of a column in a copy: <c>b</c> is the copied row, <c>n</c> the number of its copy from 1, and <c>i</c> the number
/// of the new row among all. A column that is not named keeps its value; null leaves it out.
/// </param>
internal sealed record CopiedTable(string Name, long Rows, Dictionary<string, string?> Changed)
{
    /// <summary>Only these rows are copied.</summary>
    public string Where { get; init; } = "1 = 1";
}

/// <summary>The expressions in which the two databases differ.</summary>
/// <param name="Series">A table with one column <c>n</c>, the numbers from 1 to <c>{0}</c>.</param>
/// <param name="Padded">Seven digits of the number <c>{0}</c>.</param>
/// <param name="Random">Eight random hexadecimal digits.</param>
internal sealed record Dialect(string Series, string Padded, string Random)
{
    public static readonly Dialect Sqlite = new(
        "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {0}) SELECT n FROM c)",
        "printf('%07d', {0})",
        "hex(randomblob(4))");

    public static readonly Dialect Postgres = new(
        "(SELECT n FROM generate_series(1, {0}) AS c(n))", "lpad(({0})::text, 7, '0')", "upper(substr(md5(random()::text), 1, 8))");

    /// <summary>The id in a column with its last seven characters replaced by a number.</summary>
    public string Id(string column, string number) =>
        $"substr({column}, 1, length({column}) - 7) || {Format(Padded, number)}";

    public string Numbers(long count) => Format(Series, count.ToString(CultureInfo.InvariantCulture));

    private static string Format(string text, string value) => text.Replace("{0}", value, StringComparison.Ordinal);
}
