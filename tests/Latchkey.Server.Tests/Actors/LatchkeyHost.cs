using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The server in this process, on a real port, with a clock that a test moves; one store, fresh.</summary>
public abstract class LatchkeyHost : IAsyncLifetime
{
    /// <summary>Short, because each test that waits for it waits for real.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    public const string OperatorId = "skc_operator";
    public const string OperatorSecret = "operator-secret-of-32-characters-or-more";

    private const int OutOfReach = 100_000;

    private readonly string data = Directory.CreateTempSubdirectory("lktest").FullName;
    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset At)> tokens = new(StringComparer.Ordinal);
    private readonly ResponseAudit responseAudit;
    private WebApplication? app;
    private int companies;
    private readonly Dictionary<string, Company> shared = new(StringComparer.Ordinal);

    protected LatchkeyHost() => responseAudit = new($"{GetType().Name}-{Path.GetFileName(data)}");

    public OffsetTimeProvider Clock { get; } = new();

    /// <summary>What the world calls the server.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>With which the command line works on this host's database.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Sees every answer of this host.</summary>
    public ResponseAudit ResponseAudit => responseAudit;

    /// <summary>Where it listens: the base URL itself, or behind something that ends TLS for it.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Somebody without credentials.</summary>
    public HttpClient Anybody { get; private set; } = new();

    public IServiceProvider Parts => app!.Services;

    public async ValueTask InitializeAsync()
    {
        Address = $"{Scheme}://localhost:{FreePort()}";
        BaseUrl = PublicUrl ?? Address;
        var settings = new Settings
        {
            BaseUrl = BaseUrl,
            Listen = PublicUrl is null ? [] : [Address],
            DataDirectory = data,
            Storage = await StorageAsync(data),
            KeyEncryptionKey = Convert.ToBase64String(new byte[32]),
            BootstrapApiClientId = OperatorId,
            BootstrapApiClientSecret = OperatorSecret,
            SettleTime = SettleTime,

            // On, and out of reach: a class of tests is one address.
            RegistrationsPerHour = OutOfReach,
            AuthorizationsPerMinute = OutOfReach,
            DocumentFetchesPerMinute = OutOfReach,
            FailuresPerMinute = OutOfReach,
        };
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Latchkey__BaseUrl"] = BaseUrl,
            ["Latchkey__DataDirectory"] = data,
            ["Latchkey__Storage"] = settings.Storage,
            ["Latchkey__KeyEncryptionKey"] = settings.KeyEncryptionKey,
        };
        app = Program.Build(await ChangeAsync(settings), Clock);
        await Server.Parts.WakeAsync(app, CancellationToken.None);
        await app.StartAsync();
        responseAudit.Keep(OperatorSecret);
        Anybody = NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        Anybody.Dispose();
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        await LeaveAsync();
        responseAudit.Dispose();
        Directory.Delete(data, recursive: true);
        GC.SuppressFinalize(this);
    }

    public HttpClient NewClient() => new(responseAudit.Watch(NewHandler())) { BaseAddress = new Uri(Address) };

    /// <summary>A connection to this host and nobody else: no redirects followed, no cookies kept.</summary>
    public virtual SocketsHttpHandler NewHandler() => new() { AllowAutoRedirect = false, UseCookies = false };

    /// <summary>Somebody whose connections come from this address of the machine.</summary>
    public HttpClient ComingFrom(string address)
    {
        var handler = NewHandler();
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return new HttpClient(responseAudit.Watch(handler)) { BaseAddress = new Uri(Address) };
    }

    /// <summary>One company for all tests of a class that change nothing about it.</summary>
    internal async Task<Company> CompanyAsync(string verification = "required")
    {
        if (!shared.TryGetValue(verification, out var company))
        {
            shared[verification] = company = await NewCompanyAsync(verification);
        }

        return company;
    }

    /// <summary>A company with a resource, a connection, and a backend whose credential may report for it.</summary>
    internal async Task<Company> NewCompanyAsync(string verification = "required", object? resource = null)
    {
        var number = Interlocked.Increment(ref companies);
        var members = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["resource_type"] = "MCP_SERVER",
            ["name"] = $"Notes {number}",
            ["resource_uri"] = $"https://mcp{number}.example/mcp",
            ["scopes"] = new object[] { new { name = "notes:read", description = "Read your notes" }, new { name = "notes:write", description = "Change your notes" } },
        };
        foreach (var (name, value) in JsonSerializer.SerializeToElement(resource ?? new { }).EnumerateObject().Select(p => (p.Name, (object?)p.Value)))
        {
            members[name] = value;
        }

        var created = await SendAsync(HttpMethod.Post, "/api/v1/resources", members);
        var id = created.GetProperty("resource").GetProperty("id").GetString()!;
        var connection = await SendAsync(HttpMethod.Post, $"/api/v1/resources/{id}/connections", new { login_url = "https://app.example/login?from=mcp", callback_verification = verification });
        var connectionId = connection.GetProperty("connection").GetProperty("id").GetString()!;
        var credential = await SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "backend", role = "login", connection_ids = new[] { connectionId } });
        var (backend, secret) = (credential.GetProperty("client").GetProperty("client_id").GetString()!, credential.GetProperty("plain_secret").GetString()!);
        return new Company(this, id, members["resource_uri"]!.ToString()!, connectionId, backend, secret);
    }

    /// <summary>A management call of the operator that must succeed; the answer's JSON.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var answer = await TrySendAsync(method, path, body);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {json}");
        return json;
    }

    /// <summary>A management call of the operator.</summary>
    public Task<HttpResponseMessage> TrySendAsync(HttpMethod method, string path, object? body = null) => SendAsync(OperatorId, OperatorSecret, method, path, body);

    /// <summary>A management call of the operator with a body as it stands, said to be JSON.</summary>
    public async Task<HttpResponseMessage> TrySendBytesAsync(HttpMethod method, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await TrySendAsync(method, path, content);
    }

    /// <summary>A management call of any API client, with a token that is fresh by the host's clock.</summary>
    public async Task<HttpResponseMessage> SendAsync(string client, string secret, HttpMethod method, string path, object? body = null)
    {
        var now = Clock.GetUtcNow();
        if (!tokens.TryGetValue(client, out var held) || now - held.At > TimeSpan.FromMinutes(30))
        {
            tokens[client] = held = (await ManagementTokenAsync(client, secret), now);
        }

        using var request = new HttpRequestMessage(method, path) { Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", held.Token);
        return await Anybody.SendAsync(request);
    }

    /// <summary>A fresh token of role management.</summary>
    public Task<string> OperatorTokenAsync() => ManagementTokenAsync(OperatorId, OperatorSecret);

    public async Task<string> ManagementTokenAsync(string id, string secret)
    {
        using var answer = await Anybody.PostAsync("/oauth/token", new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", secret)]));
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <summary>The journey of an auth request, as the operator reads it.</summary>
    public async Task<IReadOnlyList<string>> JourneyAsync(string key) =>
        [.. (await SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{key}")).GetProperty("auth_request").GetProperty("journey").EnumerateArray().Select(e => e.GetProperty("name").GetString()!)];

    protected virtual string Scheme => "http";

    protected string DataDirectory => data;

    private protected abstract Task<string> StorageAsync(string folder);

    /// <summary>What a host of its own kind takes down besides.</summary>
    private protected virtual ValueTask LeaveAsync() => ValueTask.CompletedTask;

    /// <summary>What a host of its own kind sets besides.</summary>
    private protected virtual Task<Settings> ChangeAsync(Settings settings) => Task.FromResult(settings);

    private protected virtual string? PublicUrl => null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

public sealed class OnSqlite : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}

/// <summary>On https, with the certificate it makes for itself.</summary>
public sealed class OverTls : LatchkeyHost
{
    protected override string Scheme => "https";

    public string AuthorityFile => Path.Combine(DataDirectory, "dev-cert", "ca.pem");

    public override SocketsHttpHandler NewHandler()
    {
        var handler = base.NewHandler();
        handler.SslOptions.CertificateChainPolicy = Trust();
        return handler;
    }

    /// <summary>Trust in the local authority and in nobody else.</summary>
    public X509ChainPolicy Trust() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(AuthorityFile) },
    };

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}

/// <summary>Beside a host on which clients publish their documents.</summary>
public sealed class BesideClients : LatchkeyHost
{
    public ClientHost? Clients { get; private set; }

    private protected override ValueTask LeaveAsync() => Clients?.DisposeAsync() ?? ValueTask.CompletedTask;

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task<Settings> ChangeAsync(Settings settings)
    {
        Clients = await ClientHost.StartAsync();
        var authority = Path.Combine(DataDirectory, "clients-ca.pem");
        await File.WriteAllTextAsync(authority, Clients.AuthorityPem);
        string[] names = ["client.example", "other.example", "untrusted.example", "chatgpt.com", "claude.ai"];
        return settings with { CimdExtraCa = authority, CimdHostMap = string.Join(';', names.Select(n => $"{n}=127.0.0.1:{Clients.Port}")) };
    }
}

public sealed class OnPostgres : LatchkeyHost
{
    private protected override async Task<string> StorageAsync(string folder) => "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}

/// <summary>Something in front ends TLS; the server itself listens on loopback without it.</summary>
public sealed class BehindTls : LatchkeyHost
{
    private protected override string PublicUrl => "https://auth.example";

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}
