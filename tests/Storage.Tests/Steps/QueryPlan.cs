using System.Text.RegularExpressions;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

/// <summary>How a database runs a query.</summary>
internal static class QueryPlan
{
    /// <summary>
    /// The steps of the plan that read a whole table. Reading an index from its newest entry on is none: the limit ends it. PostgreSQL
    /// reads a small table as a whole, unless that is made expensive.
    /// </summary>
    /// <param name="derived">The name of a table that the query itself makes and limits.</param>
    public static async Task<List<string>> FullScansAsync(
        Store store, IDatabase database, string statement, SqlValues values, string derived)
    {
        var isSqlite = store is SqliteStore;
        return [.. (await StepsAsync(store, database, statement, values)).Where(step => isSqlite
            ? step.StartsWith("SCAN", StringComparison.Ordinal) && !step.Contains("INDEX", StringComparison.Ordinal)
                && !step.Contains("VIRTUAL TABLE", StringComparison.Ordinal) && step != $"SCAN {derived}"
            : step.Contains("Seq Scan", StringComparison.Ordinal))];
    }

    /// <summary>The steps of the plan in words of the database.</summary>
    public static Task<List<string>> StepsAsync(Store store, IDatabase database, string statement, SqlValues values)
    {
        var isSqlite = store is SqliteStore;
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
