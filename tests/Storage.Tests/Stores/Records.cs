using Latchkey.Server.Audit;
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

    public static KeyStore Keys(IDatabase database) => new(database, Of(database));
}
