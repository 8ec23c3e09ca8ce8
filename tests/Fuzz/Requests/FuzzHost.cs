using Latchkey.Server;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Fuzz.Requests;

/// <summary>A server on one database, and a host that publishes client metadata documents.</summary>
public abstract class FuzzHost : LatchkeyHost
{
    public ClientHost Documents { get; private set; } = null!;

    /// <summary>The connection of all spare resources.</summary>
    public string? SpareConnection { get; set; }

    private protected override ValueTask DisposeAsyncCore() => Documents?.DisposeAsync() ?? ValueTask.CompletedTask;

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        Clock.Lift(DocumentFetcher.MaxDuration);
        Documents = await ClientHost.StartAsync();
        var authority = Path.Combine(DataDirectory, "clients-ca.pem");
        await File.WriteAllTextAsync(authority, Documents.AuthorityPem);
        return settings with
        {
            CimdExtraCa = authority,
            CimdHostMap = $"client.example=127.0.0.1:{Documents.Port};other.example=127.0.0.1:{Documents.Port}",
            RateLimitsEnabled = false
        };
    }
}

public sealed class SqliteFuzzHost : FuzzHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}

public sealed class PostgresFuzzHost : FuzzHost
{
    private protected override async Task<string> StorageAsync(string folder) =>
        "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
