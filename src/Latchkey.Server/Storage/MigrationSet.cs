using System.Collections.Immutable;
using System.Reflection;

namespace Latchkey.Server.Storage;

/// <summary>The numbered SQL files of one database, embedded in this program, and the table that lists the applied ones.</summary>
internal sealed record MigrationSet(string Folder, string Table)
{
    public static readonly MigrationSet Main = new("", "schema_versions");
    public static readonly MigrationSet SignIns = new("Journeys", "journey_schema_versions");

    /// <summary>The files for a kind of database (<c>Sqlite</c>, <c>Postgres</c>) in numeric order.</summary>
    public ImmutableArray<Migration> For(string kind)
    {
        var assembly = typeof(MigrationSet).Assembly;
        var prefix = $"Latchkey.Server.Storage.Migrations.{Folder}{kind}.";
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new Migration(name[prefix.Length..^".sql".Length], Text(assembly, name))),
        ];
    }

    private static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

internal sealed record Migration(string Name, string Sql);
