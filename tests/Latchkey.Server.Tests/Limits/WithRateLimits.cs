using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// A host with small allowances behind a trusted proxy, so that each test has networks of its own. Requests of the shared actors come from
/// the address of the proxy, which has a hundred times the allowance.
/// </summary>
public sealed class WithRateLimits : WithClientHost
{
    public const int Registrations = 5;
    public const int Authorizations = 6;
    public const int Fetches = 2;
    public const int Failures = 3;
    public const string KnownNetwork = "198.51.100.0/24";

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        var withClients = await base.ConfigureAsync(settings);
        return withClients with
        {
            TrustedProxies = NetworkList.Parse("127.0.0.1;::1", out _)!,
            KnownNetworks = NetworkList.Parse($"127.0.0.1,::1,{KnownNetwork}", out _)!,
            RegistrationsPerHour = Registrations,
            AuthorizationsPerMinute = Authorizations,
            DocumentFetchesPerMinute = Fetches,
            FailuresPerMinute = Failures,
        };
    }
}

/// <summary>A host behind a trusted proxy whose budget of requests, stored bytes and recorded refusals is small.</summary>
public sealed class WithSmallBudget : LatchkeyHost
{
    /// <summary>In units.</summary>
    public const int Requests = 100;
    public const int Megabytes = 1;
    public const int Refusals = 10;

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) => Task.FromResult(settings with
    {
        TrustedProxies = NetworkList.Parse("127.0.0.1;::1", out _)!,
        RequestsPerMinute = Requests,
        StoredMegabytesPerHour = Megabytes,
        RefusalsPerMinute = Refusals,
    });
}

/// <summary>The smallest allowances, with rate limits disabled.</summary>
public sealed class WithoutRateLimits : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with
        {
            RateLimitsEnabled = false,
            RegistrationsPerHour = 1,
            AuthorizationsPerMinute = 1,
            DocumentFetchesPerMinute = 1,
            FailuresPerMinute = 1
        });
}
