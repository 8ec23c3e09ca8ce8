using System.Collections.Immutable;
using System.Data.Common;

namespace Latchkey.Server.Storage;

/// <summary>Finds the migrations that a database needs.</summary>
internal static class Migrations
{
    /// <exception cref="UnusableDatabase">The database has migrations this program does not know: a newer version wrote it.</exception>
    public static IReadOnlyList<Migration> Missing(ImmutableArray<Migration> known, IReadOnlyCollection<string> applied)
    {
        var newer = applied.Except(known.Select(m => m.Name), StringComparer.Ordinal).FirstOrDefault();
        return newer is null
            ? [.. known.Where(m => !applied.Contains(m.Name, StringComparer.Ordinal))]
            : throw new UnusableDatabase($"The database in Storage was written by a newer version of Latchkey (it has {newer}). "
                + "Start that version, or restore a backup from before the upgrade.");
    }

    public static List<string> Names(DbDataReader reader)
    {
        var names = new List<string>();
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}

/// <summary>The database cannot be used by this program. The message says what to do.</summary>
/// <param name="isDamaged">Whether the file is damaged or is not a database.</param>
internal sealed class UnusableDatabase(string message, bool isDamaged = false) : Exception(message)
{
    public bool IsDamaged => isDamaged;
}
