using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Keys;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Torture.Turns;

/// <summary>The parts of the server, put together as it does itself, on a store whose steps wait for their turns. No port is open: schedules call the flows.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string BaseUrl = "http://localhost:5480";
    public const string Verifier = "a-verifier-of-43-characters-or-a-few-more-of-them";
    public const string ClientSecretText = "lks_secret-of-the-confidential-client";

    private readonly WebApplication app;
    private readonly string folder;

    private World(WebApplication app, string folder, IDatabase store) => (this.app, this.folder, Store) = (app, folder, store);

    /// <summary>Without turns.</summary>
    public IDatabase Store { get; }

    public Resource Resource { get; private set; } = null!;

    public Connection Required { get; private set; } = null!;

    public Connection StateOnly { get; private set; } = null!;

    /// <summary>The same resource at the other connection.</summary>
    public Resource ResourceByState { get; private set; } = null!;

    public Client Public { get; private set; } = null!;

    public Client OtherPublic { get; private set; } = null!;

    public Client Confidential { get; private set; } = null!;

    public ApiCaller Backend { get; private set; } = null!;

    public static string Challenge { get; } = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public T Part<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <param name="open">The store, given a folder of its own.</param>
    public static async Task<World> NewAsync(Func<string, Task<IDatabase>> open)
    {
        var data = Directory.CreateTempSubdirectory("lkturns").FullName;
        var store = await open(data);
        await store.MigrateAsync(CancellationToken.None);
        var builder = WebApplication.CreateSlimBuilder();
        Parts.Add(builder, new Settings { DataDirectory = data, KeyEncryptionKey = Convert.ToBase64String(new byte[32]) }, new ScheduleClock());
        builder.Services.Replace(ServiceDescriptor.Singleton<IDatabase>(new TurnTaking(store)));

        // It writes behind the back of whoever used a secret, who does not wait for it: a turn taken there would be counted as theirs.
        builder.Services.Replace(ServiceDescriptor.Singleton(parts => new SecretUses(store, parts.GetRequiredService<ILogger<SecretUses>>())));
        var world = new World(builder.Build(), data, store);
        await world.Part<KeyRing>().StartAsync(CancellationToken.None);
        await world.FurnishAsync();
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await Store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Forgets every login and what came of it, between schedules: a long run does not play in an ever larger database.</summary>
    public Task ForgetAsync() => Store.WriteAsync(
        "DELETE FROM login_requests; DELETE FROM grants; DELETE FROM consents; DELETE FROM users; DELETE FROM revoked_tokens", SqlValues.None, static _ => true, CancellationToken.None);

    /// <summary>Two connections with a resource each, three clients and a backend.</summary>
    private async Task FurnishAsync()
    {
        var (configuration, clients, begin) = (Part<ConfigurationStore>(), Part<ClientStore>(), ScheduleClock.Begin);
        Required = ConnectionFields.New(begin) with { LoginUrl = "https://app.example/login" };
        StateOnly = Required with { Id = ConnectionId.New(), Verification = CallbackVerification.DangerousStateOnly };
        Resource = ResourceFields.New(begin) with
        {
            Name = "Notes",
            Uri = "https://mcp.example/mcp",
            Scopes = [new(ScopeId.New(), "notes:read", "Read", IsEnabled: true), new(ScopeId.New(), "notes:write", "Write", IsEnabled: true)],
            Algorithm = SigningAlgorithm.ES256,
            ConnectionId = Required.Id,
        };
        ResourceByState = Resource with { Id = ResourceId.New(), Name = "Notes by state", Uri = "https://state.example/mcp", ConnectionId = StateOnly.Id };
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

        var backend = new ApiClient { Id = ApiClientId.New(), Name = "backend", Role = ApiRole.Login, ConnectionIds = [Required.Id, StateOnly.Id], CreatedAt = begin, UpdatedAt = begin };
        await configuration.InsertAsync(backend, new Actor.Machine("torture"), CancellationToken.None);
        Backend = new ApiCaller(backend, Address: IPAddress.Loopback);
        await Part<ConfigurationCache>().ReloadAsync(CancellationToken.None);
        foreach (var client in new[] { Public, OtherPublic, Confidential })
        {
            // Read once and remembered: in the first schedule this would be a step that the others have not.
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
            GrantTypes = [Client.AuthorizationCode, Client.RefreshToken],
            Secrets = isPublic ? [] : [ClientSecret.Of(new Secret(ClientSecretText), ScheduleClock.Begin)],
            CreatedAt = ScheduleClock.Begin,
            UpdatedAt = ScheduleClock.Begin,
        };
    }
}
