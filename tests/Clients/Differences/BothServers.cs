using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Clients.Programs;

namespace Clients.Differences;

/// <summary>Latchkey and node-oidc-provider side by side, with the same clients.</summary>
public sealed class BothServers(RunningDemo demo) : IAsyncLifetime
{
    internal ComparedServer Ours { get; private set; } = null!;

    internal ComparedServer Theirs { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var clients = await RegisteredClients.CreateAsync(demo);
        var port = TestEnvironment.FreePorts(1)[0];
        var program = NodeProgram.Start("oidc-provider", [$"{port}", clients.ResourceUri, JsonSerializer.Serialize(clients.Metadata)]);
        Ours = new ComparedLatchkey(demo, clients);
        Theirs = new ComparedNodeOidcProvider(program, port, clients);
        await program.ReadResultAsync();
    }

    public ValueTask DisposeAsync() => ((ComparedNodeOidcProvider)Theirs).DisposeAsync();
}

/// <summary>The clients: created by Latchkey's operator, and registered at the other server with the same ids and secrets.</summary>
internal sealed class RegisteredClients
{
    public const string RedirectUri = "http://127.0.0.1:33418/callback";

    // RFC 7636, appendix B.
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private readonly Dictionary<string, (string Id, string? Secret)> credentials = new(StringComparer.Ordinal);
    private readonly List<Dictionary<string, object>> metadata = [];

    private RegisteredClients(string resourceUri) => ResourceUri = resourceUri;

    public string ResourceUri { get; }

    /// <summary>The metadata of the clients for the other server.</summary>
    public IEnumerable<object> Metadata => metadata;

    public static async Task<RegisteredClients> CreateAsync(RunningDemo demo)
    {
        var clients = new RegisteredClients(demo.NotesUrl);
        await clients.CreateAsync(demo, "public", "none", RedirectUri);
        await clients.CreateAsync(demo, "other", "none", RedirectUri);
        await clients.CreateAsync(demo, "two", "none", RedirectUri, "http://127.0.0.1:33418/second");
        await clients.CreateAsync(demo, "secret", "client_secret_basic", RedirectUri);
        await clients.CreateAsync(demo, "machine", "client_secret_basic");
        await clients.RegisterAsync(demo, "registered");
        return clients;
    }

    public string IdOf(string name) => credentials[name].Id;

    public string SecretOf(string name) => credentials[name].Secret ?? "";

    /// <summary>Creates a client over the management API.</summary>
    private async Task CreateAsync(RunningDemo demo, string name, string method, params string[] redirectUris)
    {
        var body = new { name = $"Differences: {name}", redirect_uris = redirectUris, token_endpoint_auth_method = method };
        var created = await demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/resources/{demo.ResourceId}/clients", body);
        Keep(name, created.GetProperty("client"), created.TryGetProperty("plain_secret", out var secret) ? secret.GetString() : null);
    }

    /// <summary>Registers a client with a secret dynamically (RFC 7591).</summary>
    private async Task RegisterAsync(RunningDemo demo, string name)
    {
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync(
            $"{demo.LatchkeyUrl}/api/v1/resources/{demo.ResourceId}/clients:register",
            new { client_name = $"Differences: {name}", redirect_uris = new[] { RedirectUri } });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var registered = await response.Content.ReadFromJsonAsync<JsonElement>();
        Keep(name, registered, registered.GetProperty("client_secret").GetString());
    }

    private void Keep(string name, JsonElement client, string? secret)
    {
        var id = client.GetProperty("client_id").GetString()!;
        credentials.Add(name, (id, secret));
        var isForPeople = client.GetProperty("redirect_uris").GetArrayLength() > 0;
        var described = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["client_id"] = id,
            ["application_type"] = isForPeople ? "native" : "web",
            ["response_types"] = isForPeople ? ["code"] : Array.Empty<string>(),
        };
        foreach (var member in (string[])["token_endpoint_auth_method", "redirect_uris", "grant_types"])
        {
            described[member] = client.GetProperty(member);
        }

        if (secret is not null)
        {
            described["client_secret"] = secret;
        }

        metadata.Add(described);
    }
}
