using Latchkey.Server.Storage;

namespace Storage.Tests.Stores;

/// <summary>One of the two kinds of database. Opens a migrated database for two nodes, and empty databases for the tests.</summary>
public abstract class Store : IAsyncLifetime
{
    private readonly Dictionary<IDatabase, string> addresses = [];

    /// <summary>This node's driver of the main database, which is durable.</summary>
    internal IDatabase Main { get; private set; } = null!;

    /// <summary>Another node's driver of the same database.</summary>
    internal IDatabase OtherNode { get; private set; } = null!;

    internal IDatabase SignIns { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Main = await OpenEmptyAsync();
        OtherNode = OpenAnother(Main);
        SignIns = Keep(JourneysOf(AddressOf(Main)), Durability.Relaxed, MigrationSet.SignIns);
        await Main.MigrateAsync(CancellationToken.None);
        await SignIns.MigrateAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in addresses.Keys)
        {
            await database.DisposeAsync();
        }

        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a new empty database. It is closed with the store.</summary>
    internal async Task<IDatabase> OpenEmptyAsync() => Keep(await CreateAsync(), Durability.Full, MigrationSet.Main);

    /// <summary>Opens another driver on the same database, as another node or process does.</summary>
    internal IDatabase OpenAnother(IDatabase database) => Keep(AddressOf(database), Durability.Full, MigrationSet.Main);

    /// <summary>Opens a driver on a database that does not exist.</summary>
    internal IDatabase OpenMissing() => Keep(Missing, Durability.Full, MigrationSet.Main);

    /// <summary>The server's setting <c>Storage</c> for this database.</summary>
    internal abstract string SettingOf(IDatabase database);

    /// <summary>Blocks every write of the table <c>things</c> until the result is disposed. Reads are not blocked.</summary>
    internal abstract Task<IAsyncDisposable> HoldAsync(IDatabase database);

    /// <summary>
    /// Waits until a write that was started waits for <see cref="HoldAsync"/>. On SQLite a write that was started is queued at once.
    /// </summary>
    internal virtual Task WaitForBlockedSessionAsync(IDatabase database) => Task.CompletedTask;

    private protected abstract string Missing { get; }

    private protected string AddressOf(IDatabase database) => addresses[database];

    private protected abstract Task<string> CreateAsync();

    /// <summary>The address of the sign-in events of a server whose main database is at <paramref name="address"/>.</summary>
    private protected abstract string JourneysOf(string address);

    private protected abstract IDatabase Open(string address, Durability durability, MigrationSet migrations);

    private protected virtual Task CleanUpAsync() => Task.CompletedTask;

    private protected IDatabase Keep(string address, Durability durability, MigrationSet migrations)
    {
        var database = Open(address, durability, migrations);
        addresses.Add(database, address);
        return database;
    }
}
