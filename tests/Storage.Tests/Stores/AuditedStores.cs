using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Storage.Tests.Stores;

/// <summary>Stores whose changes are recorded, as a test needs them.</summary>
internal static class Records
{
    /// <summary>Who changes something in a test.</summary>
    public static readonly Actor Tester = new Actor.Machine("test");

    private static readonly Seal Sealing = new(new byte[Seal.KeyLength]);

    public static AuditLog Of(IDatabase database) => new(database, Sealing, TimeProvider.System);

    public static ConfigurationStore Configuration(IDatabase database) => new(database, Of(database));

    public static ClientDirectory Directory(IDatabase database) => new(database, Of(database));

    /// <summary>Blocks a client as it was read, or lets it in again.</summary>
    public static async Task<bool> SetEnabledAsync(IDatabase database, Client client, bool isEnabled, DateTimeOffset at) =>
        await Directory(database).UpdateAsync(client, client with { IsEnabled = isEnabled, UpdatedAt = at }, Tester, CancellationToken.None) is ConfigurationChange.Done;

    public static KeyStore Keys(IDatabase database) => new(database, Of(database));
}
