using Latchkey.Server.Ports;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// A host with small allowances behind a proxy that it trusts, so that each test comes from addresses of its own. What the host's actors do comes from the
/// proxy's own address, which has a hundred times the allowance.
/// </summary>
public sealed class Limited : LatchkeyHost
{
    public const int Registrations = 5;
    public const int Authorizations = 6;
    public const int Fetches = 2;
    public const int Failures = 3;
    public const string KnownNetwork = "198.51.100.0/24";

    public ClientHost? Clients { get; private set; }

    private protected override ValueTask LeaveAsync() => Clients?.DisposeAsync() ?? ValueTask.CompletedTask;

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task<Settings> ChangeAsync(Settings settings)
    {
        Clients = await ClientHost.StartAsync();
        var authority = Path.Combine(DataDirectory, "clients-ca.pem");
        await File.WriteAllTextAsync(authority, Clients.AuthorityPem);
        return settings with
        {
            CimdExtraCa = authority,
            CimdHostMap = $"client.example=127.0.0.1:{Clients.Port}",
            TrustedProxies = NetworkList.Parse("127.0.0.1;::1", out _)!,
            KnownNetworks = NetworkList.Parse($"127.0.0.1,::1,{KnownNetwork}", out _)!,
            RegistrationsPerHour = Registrations,
            AuthorizationsPerMinute = Authorizations,
            DocumentFetchesPerMinute = Fetches,
            FailuresPerMinute = Failures,
        };
    }
}

/// <summary>As small as allowances can be, and switched off.</summary>
public sealed class Unlimited : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ChangeAsync(Settings settings) =>
        Task.FromResult(settings with { RateLimitsEnabled = false, RegistrationsPerHour = 1, AuthorizationsPerMinute = 1, DocumentFetchesPerMinute = 1, FailuresPerMinute = 1 });
}

/// <summary>Somebody at an address, as the proxy in front tells it.</summary>
internal sealed class Somewhere(LatchkeyHost host, string address)
{
    private static int last;

    /// <summary>An address that nobody else has.</summary>
    public static Somewhere New(LatchkeyHost host) => new(host, $"203.0.113.{Interlocked.Increment(ref last)}");

    public string Address => address;

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path, content: null, authorization: null);

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent content, string? authorization = null) => SendAsync(HttpMethod.Post, path, content, authorization);

    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string? Value)[] form) =>
        PostAsync(path, new FormUrlEncodedContent(form.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Name, f.Value!))));

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, string? authorization)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", address);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await host.Anybody.SendAsync(request);
    }
}
