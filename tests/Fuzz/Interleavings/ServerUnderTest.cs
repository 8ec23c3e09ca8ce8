using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Keys;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Fuzz.Interleavings;

/// <summary>The server's services on a database whose steps the schedule orders.
/// No port is open: schedules call the flows directly.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    public const string BaseUrl = "http://localhost:5480";
    public const string Verifier = "a-verifier-of-43-characters-or-a-few-more-of-them";
    public const string ClientSecretText = "lks_secret-of-the-confidential-client";

    private readonly WebApplication app;
    private readonly string folder;

    private ServerUnderTest(WebApplication app, string folder, IDatabase store) => (this.app, this.folder, Store) = (app, folder, store);

    /// <summary>The database without the order of a schedule.</summary>
    public IDatabase Store { get; }

    public Resource Resource { get; private set; } = null!;

    public Connection Required { get; private set; } = null!;

    public Connection StateOnly { get; private set; } = null!;

    /// <summary>A resource with the other connection.</summary>
    public Resource ResourceByState { get; private set; } = null!;

    public Client Public { get; private set; } = null!;

    public Client OtherPublic { get; private set; } = null!;

    public Client Confidential { get; private set; } = null!;

    public ApiCaller Backend { get; private set; } = null!;

    public static string Challenge { get; } = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public T Part<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <param name="open">Opens the database in a given folder.</param>
    public static async Task<ServerUnderTest> NewAsync(Func<string, Task<IDatabase>> open)
    {
        var data = Directory.CreateTempSubdirectory("lkturns").FullName;
        var store = await open(data);
        await store.MigrateAsync(CancellationToken.None);
        var builder = WebApplication.CreateSlimBuilder();
        ServiceRegistration.Add(
            builder, new Settings { DataDirectory = data, KeyEncryptionKey = Convert.ToBase64String(new byte[32]) }, new ScheduleClock());
        builder.Services.Replace(ServiceDescriptor.Singleton<IDatabase>(new ScheduledDatabase(store)));

        // It writes in the background, and the actor does not wait for it: its step would be counted as one of the actor's.
        builder.Services.Replace(
            ServiceDescriptor.Singleton(parts => new SecretUses(store, parts.GetRequiredService<ILogger<SecretUses>>())));
        var server = new ServerUnderTest(builder.Build(), data, store);
        await server.Part<KeyRing>().StartAsync(CancellationToken.None);
        await server.ConfigureAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await Store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Deletes all logins and grants between schedules, so that the database of a long run does not grow.</summary>
    public Task DeleteLoginsAsync() => Store.WriteAsync(
        "DELETE FROM login_requests; DELETE FROM grants; DELETE FROM consents; DELETE FROM users; DELETE FROM revoked_tokens",
        SqlValues.None, static _ => true, CancellationToken.None);

    /// <summary>Creates two connections with one resource each, three clients and an API client.</summary>
    private async Task ConfigureAsync()
    {
        var (configuration, clients, begin) = (Part<ConfigurationStore>(), Part<ClientStore>(), ScheduleClock.Begin);
        Required = ConnectionFields.New(begin) with { LoginUrl = "https://app.example/login" };
        StateOnly = Required with { Id = ConnectionId.New(), Verification = CallbackVerification.DangerousStateOnly };
        Resource = ResourceFields.New(begin) with
        {
            Name = "Notes",
            Uri = "https://mcp.example/mcp",
            Scopes =
                [new(ScopeId.New(), "notes:read", "Read", IsEnabled: true), new(ScopeId.New(), "notes:write", "Write", IsEnabled: true)],
            Algorithm = SigningAlgorithm.ES256,
            ConnectionId = Required.Id,
        };
        ResourceByState = Resource with
        {
            Id = ResourceId.New(),
            Name = "Notes by state",
            Uri = "https://state.example/mcp",
            ConnectionId = StateOnly.Id
        };
        await configuration.InsertAsync(Required, new Actor.Machine("torture"), CancellationToken.None);
        await configuration.InsertAsync(StateOnly, new Actor.Machine("torture"), CancellationToken.None);
        await configuration.InsertAsync(Resource, new Actor.Machine("torture"), CancellationToken.None);
        await configuration.InsertAsync(ResourceByState, new Actor.Machine("torture"), CancellationToken.None);

        Public = NewClient(ClientClass.Public);
        OtherPublic = NewClient(ClientClass.Public);
        Confidential = NewClient(ClientClass.Secret);
        foreach (var client in new[] { Public, OtherPublic, Confidential })
        {
            await Part<ClientDirectory>().InsertAsync(client, new Actor.Machine("torture"), CancellationToken.None);
        }

        var backend = new ApiClient
        {
            Id = ApiClientId.New(),
            Name = "backend",
            Role = ApiRole.Login,
            ConnectionIds = [Required.Id, StateOnly.Id],
            CreatedAt = begin,
            UpdatedAt = begin
        };
        await configuration.InsertAsync(backend, new Actor.Machine("torture"), CancellationToken.None);
        Backend = new ApiCaller(backend, Address: IPAddress.Loopback);
        await Part<ConfigurationCache>().ReloadAsync(CancellationToken.None);
        foreach (var client in new[] { Public, OtherPublic, Confidential })
        {
            // Loaded into the cache: otherwise the first schedule would have an additional step.
            await Part<ClientCache>().FindAsync(client.Id, CancellationToken.None);
        }
    }

    private static Client NewClient(ClientClass kind)
    {
        var isPublic = kind == ClientClass.Public;
        return new()
        {
            Id = ClientId.New(),
            Name = "Inspector",
            Origin = isPublic ? ClientOrigin.Registered : ClientOrigin.Operator,
            RedirectUris = ["http://127.0.0.1/callback"],
            Class = kind,
            TokenEndpointAuthMethod = isPublic ? "none" : "client_secret_post",
            GrantTypes = [GrantType.AuthorizationCodeName, GrantType.RefreshTokenName],
            Secrets = isPublic ? [] : [ClientSecret.Of(new Secret(ClientSecretText), ScheduleClock.Begin)],
            CreatedAt = ScheduleClock.Begin,
            UpdatedAt = ScheduleClock.Begin,
        };
    }
}
