using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Clients.Programs;

namespace Clients.Differences;

/// <summary>Latchkey and node-oidc-provider side by side, with the same clients.</summary>
public sealed class TwoServers(DemoTrio demo) : IAsyncLifetime
{
    internal Side Ours { get; private set; } = null!;

    internal Side Theirs { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var clients = await RegisteredClients.CreateAsync(demo);
        var port = Places.FreePorts(1)[0];
        var program = NodeProgram.Start("oidc-provider", [$"{port}", clients.ResourceUri, JsonSerializer.Serialize(clients.Metadata)]);
        Ours = new Ours(demo, clients);
        Theirs = new Theirs(program, port, clients);
        await program.HearAsync();
    }

    public ValueTask DisposeAsync() => ((Theirs)Theirs).DisposeAsync();
}

/// <summary>Who may ask: made by Latchkey's operator, and known to the other server by the same ids and secrets.</summary>
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

    /// <summary>For the other server.</summary>
    public IEnumerable<object> Metadata => metadata;

    public static async Task<RegisteredClients> CreateAsync(DemoTrio demo)
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

    /// <summary>As an operator does.</summary>
    private async Task CreateAsync(DemoTrio demo, string name, string method, params string[] redirectUris)
    {
        var body = new { name = $"Differences: {name}", redirect_uris = redirectUris, token_endpoint_auth_method = method };
        var created = await demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/resources/{demo.ResourceId}/clients", body);
        Keep(name, created.GetProperty("client"), created.TryGetProperty("plain_secret", out var secret) ? secret.GetString() : null);
    }

    /// <summary>As a client does by itself (RFC 7591), with a secret.</summary>
    private async Task RegisterAsync(DemoTrio demo, string name)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(
            $"{demo.LatchkeyUrl}/api/v1/resources/{demo.ResourceId}/clients:register", new { client_name = $"Differences: {name}", redirect_uris = new[] { RedirectUri } });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var registered = await answer.Content.ReadFromJsonAsync<JsonElement>();
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
