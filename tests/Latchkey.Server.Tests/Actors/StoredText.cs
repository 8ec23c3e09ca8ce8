using System.Data.Common;
using System.Globalization;
using System.Text;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Finds a text in every column of every table.</summary>
internal static class StoredText
{
    /// <summary>The tables of both databases that have the text in any column.</summary>
    public static async Task<List<string>> TablesWithAsync(LatchkeyHost host, string text)
    {
        await host.Services.GetRequiredService<SignInRecorder>().FlushAsync(CancellationToken.None);
        var databases = host.Services.GetRequiredService<Databases>();
        var tables = databases.AreShared
            ? "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
            : "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        List<string> found = [];
        foreach (var database in (IDatabase[])[databases.Main, databases.SignIns])
        {
            foreach (var table in await ReadAsync(database, tables))
            {
                if ((await ReadAsync(database, $"SELECT * FROM {table}")).Exists(row => row.Contains(text, StringComparison.Ordinal)))
                {
                    found.Add(table);
                }
            }
        }

        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    private static Task<List<string>> ReadAsync(IDatabase database, string sql) => database.ReadAsync(
        sql, SqlValues.None, static (DbDataReader reader) =>
        {
            List<string> rows = [];
            while (reader.Read())
            {
                rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(column => TextOf(reader.GetValue(column)))));
            }

            return rows;
        }, CancellationToken.None);

    private static string TextOf(object value) =>
        value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
