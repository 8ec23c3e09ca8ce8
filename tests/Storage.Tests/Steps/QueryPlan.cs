using System.Text.RegularExpressions;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Sqlite;

namespace Storage.Tests.Steps;

/// <summary>How a database would run a query.</summary>
internal static class QueryPlan
{
    /// <summary>
    /// The steps of the plan that read a whole table. Reading an index from its newest entry on is none: the limit ends it. PostgreSQL
    /// reads a small table as a whole, unless that is made expensive.
    /// </summary>
    /// <param name="values">May hold values that the statement does not use.</param>
    public static async Task<List<string>> FullScansAsync(IDatabase database, string statement, SqlValues values) =>
        [.. (await StepsAsync(database, statement, values)).Where(step => database is SqliteDatabase
            ? step.StartsWith("SCAN", StringComparison.Ordinal) && !step.Contains("INDEX", StringComparison.Ordinal)
                && !step.Contains("VIRTUAL TABLE", StringComparison.Ordinal) && !IsSubquery(step)
            : step.Contains("Seq Scan", StringComparison.Ordinal))];

    /// <summary>The steps of the plan in words of the database.</summary>
    public static Task<List<string>> StepsAsync(IDatabase database, string statement, SqlValues values)
    {
        var isSqlite = database is SqliteDatabase;
        return database.ReadAsync(
            isSqlite ? $"EXPLAIN QUERY PLAN {statement}" : $"SELECT set_config('enable_seqscan', 'off', true); EXPLAIN {statement}",
            Used(statement, values),
            row =>
            {
                if (!isSqlite)
                {
                    row.NextResult();
                }

                var steps = new List<string>();
                while (row.Read())
                {
                    steps.Add(row.GetString(isSqlite ? 3 : 0));
                }

                return steps;
            },
            CancellationToken.None);
    }

    /// <summary>The rows of a subquery with a limit.</summary>
    private static bool IsSubquery(string step) => step is "SCAN c" or "SCAN l" or "SCAN r" or "SCAN counted";

    private static SqlValues Used(string statement, SqlValues values)
    {
        var used = new SqlValues();
        foreach (var value in values.Where(v => Regex.IsMatch(statement, $@"@{v.Name}\b", RegexOptions.None, TimeSpan.FromSeconds(1))))
        {
            used.Add(value);
        }

        return used;
    }
}
