namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// Notices that the database was deleted, moved or replaced while it is open. SQLite goes on with the file that it opened, which has no
/// name any more, so what is written then is gone after the next start. Every commit is therefore confirmed only while the names of the
/// database and of its WAL still lead to the open files. A file that is moved back is used again.
/// </summary>
internal sealed class SqliteFile(string path)
{
    private readonly Lock looking = new();
    private FileIdentity? database;
    private FileIdentity? wal;
    private volatile bool isKnown;
    private volatile bool isLost;

    /// <summary>True after the database has been opened once. From then on a missing file is never created.</summary>
    public bool IsKnown => isKnown;

    /// <summary>True when the last look found another file, or none.</summary>
    public bool IsLost => isLost;

    /// <summary>Called before a connection is opened, which would otherwise use a file that took the name.</summary>
    /// <exception cref="StorageUnavailable">There is another file at the path, or none.</exception>
    public void Opening() => Look(hasCommitted: false);

    /// <summary>Called when the writer has opened the database: its WAL may be a new one.</summary>
    /// <exception cref="StorageUnavailable">It is not the file that was opened first.</exception>
    public void Opened()
    {
        lock (looking)
        {
            database ??= FileIdentity.Of(path);
            isKnown = database is not null;
            wal = null;
        }

        Look(hasCommitted: false);
    }

    /// <summary>Called before a commit is confirmed.</summary>
    /// <exception cref="StorageUnavailable">The database or its WAL is not the open file.</exception>
    public void Check() => Look(hasCommitted: true);

    public StorageUnavailable Lost() => new($"{path} was deleted or replaced while the server uses it", new LostDatabaseFile());

    private void Look(bool hasCommitted)
    {
        if (!isKnown)
        {
            return;
        }

        lock (looking)
        {
            var currentWal = FileIdentity.Of(path + "-wal");
            if (hasCommitted)
            {
                wal ??= currentWal;
            }

            isLost = FileIdentity.Of(path) != database || (wal is not null && currentWal != wal);
        }

        if (isLost)
        {
            throw Lost();
        }
    }
}

/// <summary>The database file was deleted, moved or replaced under the server.</summary>
internal sealed class LostDatabaseFile : Exception;
