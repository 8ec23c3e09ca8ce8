using Latchkey.Server.Storage;

namespace Storage.Tests.Stores;

/// <summary>A kind of database the server runs on: one that is fresh and migrated, seen by two nodes, and as many empty ones as a test asks for.</summary>
public abstract class Store : IAsyncLifetime
{
    private readonly Dictionary<IDatabase, string> addresses = [];

    /// <summary>This node's door to what must survive a power cut.</summary>
    internal IDatabase Main { get; private set; } = null!;

    /// <summary>Another node's door to the same database.</summary>
    internal IDatabase OtherNode { get; private set; } = null!;

    internal IDatabase Journeys { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Main = await OpenEmptyAsync();
        OtherNode = OpenAnother(Main);
        Journeys = Keep(JourneysOf(AddressOf(Main)), Durability.Relaxed, MigrationSet.Journeys);
        await Main.MigrateAsync(CancellationToken.None);
        await Journeys.MigrateAsync(CancellationToken.None);
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

    /// <summary>A door to a new database with nothing in it; closed with the store.</summary>
    internal async Task<IDatabase> OpenEmptyAsync() => Keep(await CreateAsync(), Durability.Full, MigrationSet.Main);

    /// <summary>One more door to the same database, as another node or process has it.</summary>
    internal IDatabase OpenAnother(IDatabase database) => Keep(AddressOf(database), Durability.Full, MigrationSet.Main);

    /// <summary>A door to where no database is.</summary>
    internal IDatabase OpenMissing() => Keep(Missing, Durability.Full, MigrationSet.Main);

    /// <summary>The server's setting <c>Storage</c> for this database.</summary>
    internal abstract string SettingOf(IDatabase database);

    /// <summary>Makes every write of the table <c>things</c> wait until the answer is disposed; reads go on.</summary>
    internal abstract Task<IAsyncDisposable> HoldAsync(IDatabase database);

    private protected abstract string Missing { get; }

    private protected string AddressOf(IDatabase database) => addresses[database];

    private protected abstract Task<string> CreateAsync();

    /// <summary>Where the journeys of a server lie whose main database is at <paramref name="address"/>.</summary>
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
