using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Storage.Tests.Stores;

/// <summary>Creates the stores whose changes are recorded in the audit log.</summary>
internal static class AuditedStores
{
    /// <summary>The actor of a test's changes.</summary>
    public static readonly Actor Tester = new Actor.Machine("test");

    private static readonly Seal Sealing = new(new byte[Seal.KeyLength]);

    public static AuditLog Of(IDatabase database) => new(database, Sealing, TimeProvider.System);

    public static ConfigurationStore Configuration(IDatabase database) => new(database, Of(database));

    public static ClientDirectory Directory(IDatabase database) => new(database, Of(database));

    /// <summary>Blocks or unblocks a client, if it has not changed since it was read.</summary>
    public static async Task<bool> SetEnabledAsync(IDatabase database, Client client, bool isEnabled, DateTimeOffset at) =>
        await Directory(database).UpdateAsync(
            client, client with { IsEnabled = isEnabled, UpdatedAt = at }, Tester, CancellationToken.None) is ConfigurationChange.Done;

    public static KeyStore Keys(IDatabase database) => new(database, Of(database));
}
