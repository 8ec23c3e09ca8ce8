using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>Copies SQLite databases, also while a server uses them, and puts a copy in the place of a database.</summary>
internal static class SqliteBackup
{
    /// <summary>
    /// Writes a consistent copy of one moment into a new file that only its owner can read. Writers are not blocked. The copy is complete
    /// on disk when the call returns.
    /// </summary>
    /// <exception cref="StorageUnavailable">The database cannot be read, or the disk is full.</exception>
    public static void Copy(string database, string copy)
    {
        PrivateFile.Create(copy, "");
        using (var session = new SqliteSession(database, SqliteOpenMode.ReadOnly, Durability.Full))
        {
            try
            {
                session.Execute("VACUUM INTO @copy", new() { { "copy", copy } }, static _ => true);
            }
            catch (SqliteException problem)
            {
                throw session.Translate(problem);
            }
        }

        Verify(copy);
        Flush(copy);
    }

    /// <exception cref="UnusableDatabase">The file is damaged or is not a database.</exception>
    public static void Verify(string database)
    {
        using var session = new SqliteSession(database, SqliteOpenMode.ReadOnly, Durability.Full);
        try
        {
            var verdict = session.Execute(
                "PRAGMA integrity_check(1)", SqlValues.None, static reader => reader.Read() ? reader.GetString(0) : "");
            if (verdict != "ok")
            {
                throw new UnusableDatabase($"{database} is damaged: {verdict}");
            }
        }
        catch (SqliteException problem)
        {
            throw session.Translate(problem);
        }
    }

    /// <summary>
    /// Puts a closed database in the place of another, which is kept under <paramref name="former"/> with its WAL: a WAL belongs to one
    /// file, and beside another it would be applied to the wrong one. A server that still runs notices it and refuses writes.
    /// </summary>
    public static void Replace(string database, string replacement, string former)
    {
        foreach (var companion in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(database + companion))
            {
                File.Move(database + companion, former + companion);
            }
        }

        File.Move(replacement, database);
    }

    private static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }
}
