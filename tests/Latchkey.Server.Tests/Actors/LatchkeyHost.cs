using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Latchkey.Server.Network;
using Latchkey.Server.Storage;
using Latchkey.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The server in this process, on a TCP port, with a clock that tests advance and a new database.</summary>
public abstract class LatchkeyHost : IAsyncLifetime
{
    /// <summary>Short, because tests wait for it in real time.</summary>
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

    protected LatchkeyHost()
    {
        responseAudit = new($"{GetType().Name}-{Path.GetFileName(data)}");
        Clock.Lift(StorageHealthCheck.Limit);
    }

    public OffsetTimeProvider Clock { get; } = new();

    /// <summary>Lets time pass until the rate limits that earlier tests used up are full again.</summary>
    public void Refill() => Clock.Advance(TimeSpan.FromHours(2));

    /// <summary>The public URL of the server.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>Environment variables with which the command line uses the database of this host.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Sees every answer of this host.</summary>
    public ResponseAudit ResponseAudit => responseAudit;

    /// <summary>The URL on which the server listens: the base URL, or an address behind a proxy that terminates TLS.</summary>
    public string Address { get; private set; } = "";

    /// <summary>An HTTP client without credentials.</summary>
    public HttpClient Anonymous { get; private set; } = new();

    public IServiceProvider Services => app!.Services;

    public async ValueTask InitializeAsync()
    {
        Address = $"{Scheme}://localhost:{FreePorts.Next()}";
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
            CimdProbe = Settings.Off,

            // Rate limits are enabled and are not reached: all tests of a class have one address.
            RequestsPerMinute = OutOfReach,
            StoredMegabytesPerHour = OutOfReach,
            RefusalsPerMinute = OutOfReach,
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
        await StartAsync(await ConfigureAsync(settings));
        responseAudit.Keep(OperatorSecret);
        Anonymous = NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        Anonymous.Dispose();
        await StopAsync();
        await DisposeAsyncCore();
        responseAudit.Dispose();
        Directory.Delete(data, recursive: true);
        GC.SuppressFinalize(this);
    }

    public HttpClient NewClient() => new(responseAudit.Watch(NewHandler())) { BaseAddress = new Uri(Address) };

    /// <summary>Connects to this host only, follows no redirects and keeps no cookies.</summary>
    public virtual SocketsHttpHandler NewHandler() => new() { AllowAutoRedirect = false, UseCookies = false };

    /// <summary>Returns an HTTP client that connects from this address of the machine.</summary>
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

    /// <summary>A company that is shared by all tests of a class that do not change it.</summary>
    internal async Task<Company> CompanyAsync(string verification = "required")
    {
        if (!shared.TryGetValue(verification, out var company))
        {
            shared[verification] = company = await NewCompanyAsync(verification);
        }

        return company;
    }

    /// <summary>Creates a company with a resource, a connection and a backend with a credential for its reports.</summary>
    internal async Task<Company> NewCompanyAsync(string verification = "required", object? resource = null)
    {
        var number = Interlocked.Increment(ref companies);
        var members = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["resource_type"] = "MCP_SERVER",
            ["name"] = $"Notes {number}",
            ["resource_uri"] = $"https://mcp{number}.example/mcp",
            ["scopes"] = new object[] { new { name = "notes:read", description = "Read your notes" },
                new { name = "notes:write", description = "Change your notes" } },
        };
        foreach (var (name, value) in JsonSerializer.SerializeToElement(resource ?? new { }).EnumerateObject()
            .Select(p => (p.Name, (object?)p.Value)))
        {
            members[name] = value;
        }

        var created = await SendAsync(HttpMethod.Post, "/api/v1/resources", members);
        var id = created.GetProperty("resource").GetProperty("id").GetString()!;
        var connection = await SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{id}/connections",
            new { login_url = "https://app.example/login?from=mcp", callback_verification = verification });
        var connectionId = connection.GetProperty("connection").GetProperty("id").GetString()!;
        var credential = await SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "backend", role = "login", connection_ids = new[] { connectionId } });
        var (backend, secret) =
            (credential.GetProperty("client").GetProperty("client_id").GetString()!, credential.GetProperty("plain_secret").GetString()!);
        return new Company(this, id, members["resource_uri"]!.ToString()!, connectionId, backend, secret);
    }

    /// <summary>Sends a management request of the operator and expects success. Returns the JSON of the response.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var response = await TrySendAsync(method, path, body);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {json}");
        return json;
    }

    /// <summary>Sends a management request of the operator.</summary>
    public Task<HttpResponseMessage> TrySendAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(OperatorId, OperatorSecret, method, path, body);

    /// <summary>Sends a management request of the operator with these bytes as application/json.</summary>
    public async Task<HttpResponseMessage> TrySendBytesAsync(HttpMethod method, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await TrySendAsync(method, path, content);
    }

    /// <summary>Sends a management request of an API client, with a token that is valid by the clock of the host.</summary>
    public async Task<HttpResponseMessage> SendAsync(string client, string secret, HttpMethod method, string path, object? body = null)
    {
        var now = Clock.GetUtcNow();
        if (!tokens.TryGetValue(client, out var held) || now - held.At > TimeSpan.FromMinutes(30))
        {
            tokens[client] = held = (await ManagementTokenAsync(client, secret), now);
        }

        using var request =
            new HttpRequestMessage(method, path) { Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", held.Token);
        return await Anonymous.SendAsync(request);
    }

    /// <summary>Returns a new token of role management.</summary>
    public Task<string> OperatorTokenAsync() => ManagementTokenAsync(OperatorId, OperatorSecret);

    public async Task<string> ManagementTokenAsync(string id, string secret)
    {
        using var response = await Anonymous.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", secret)]));
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <summary>Returns the names of the recorded events of an authorization.</summary>
    public async Task<IReadOnlyList<string>> SignInEventsAsync(string key) =>
        [.. (await SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{key}")).GetProperty("auth_request").GetProperty("journey")
            .EnumerateArray().Select(e => e.GetProperty("name").GetString()!)];

    protected virtual string Scheme => "http";

    protected string DataDirectory => data;

    private protected abstract Task<string> StorageAsync(string folder);

    private protected virtual async Task StartAsync(Settings settings)
    {
        app = Program.Build(settings, Clock);
        await ServiceRegistration.StartAsync(app, CancellationToken.None);
        await app.StartAsync();

        // The server waits for it only a few seconds, and records no sign-ins until it has ended.
        await app.Services.GetRequiredService<Databases>().SignIns.MigrateToTheEndAsync(CancellationToken.None);
    }

    private protected virtual async Task StopAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    /// <summary>Stops what a derived host started.</summary>
    private protected virtual ValueTask DisposeAsyncCore() => ValueTask.CompletedTask;

    /// <summary>Changes the settings of a derived host.</summary>
    private protected virtual Task<Settings> ConfigureAsync(Settings settings) => Task.FromResult(settings);

    private protected virtual string? PublicUrl => null;
}

public sealed class OnSqlite : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}

/// <summary>A host on HTTPS with the development certificate of the server.</summary>
public class OverTls : LatchkeyHost
{
    protected override string Scheme => "https";

    public string AuthorityFile => Path.Combine(DataDirectory, "dev-cert", "ca.pem");

    public override SocketsHttpHandler NewHandler()
    {
        var handler = base.NewHandler();
        handler.SslOptions.CertificateChainPolicy = Trust();
        return handler;
    }

    /// <summary>Trusts only the development certificate authority.</summary>
    public X509ChainPolicy Trust() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(AuthorityFile) },
    };

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}

/// <summary>A host that fetches client metadata documents from a <see cref="ClientHost"/>.</summary>
public class WithClientHost : LatchkeyHost
{
    public ClientHost? Clients { get; private set; }

    private protected override ValueTask DisposeAsyncCore() => Clients?.DisposeAsync() ?? ValueTask.CompletedTask;

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        Clock.Lift(DocumentFetcher.MaxDuration);
        Clients = await ClientHost.StartAsync();
        var authority = Path.Combine(DataDirectory, "clients-ca.pem");
        await File.WriteAllTextAsync(authority, Clients.AuthorityPem);
        string[] names = ["client.example", "other.example", "untrusted.example", "chatgpt.com", "claude.ai"];
        return settings with
        {
            CimdExtraCa = authority,
            CimdHostMap = string.Join(';', names.Select(n => $"{n}=127.0.0.1:{Clients.Port}"))
        };
    }
}

public sealed class OnPostgres : LatchkeyHost
{
    private protected override async Task<string> StorageAsync(string folder) =>
        "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}

/// <summary>A host behind a proxy that terminates TLS. The server listens on loopback without TLS.</summary>
public sealed class BehindTls : LatchkeyHost
{
    private protected override string PublicUrl => "https://auth.example";

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");
}
