using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Latchkey.Floods;

/// <summary>One way to flood the server without a credential.</summary>
/// <param name="PrepareAsync">Prepares the flood, and returns its requests by their number.</param>
internal sealed record Flood(string Name, Func<Attacker, Task<Func<int, HttpRequestMessage>>> PrepareAsync)
{
    private const int StateBytes = 8 * 1024;
    private const int KeysPerSet = 10;
    private const int KeyBytes = 512;
    private const int Redirects = 20;
    private const int RedirectLength = 1_900;

    public static IReadOnlyList<Flood> All { get; } =
    [
        new("authorize", attacker => Simple(number => attacker.Form(
            $"/resources/{attacker.Resource}/oauth/authorize", attacker.Authorization(StateOf(number))))),
        new("par", attacker => Simple(number => attacker.Form(
            $"/resources/{attacker.Resource}/oauth/par", attacker.Authorization(StateOf(number))))),
        new("register", attacker => Simple(number => attacker.Json(
            HttpMethod.Post, attacker.RegisterPath, Metadata($"R{number}", number, "none")))),
        new("re-register", attacker => Simple(_ => attacker.Json(HttpMethod.Post, attacker.RegisterPath, Metadata("Same", 0, "none")))),
        new("put", ChangesAsync),
        new("keys", HostileKeysAsync),
        new("documents", attacker => Simple(number => attacker.Get(
            $"/resources/{attacker.Resource}/oauth/authorize?response_type=code&client_id="
            + Uri.EscapeDataString($"https://{SlowHosts.Name(number)}/{number}.json")))),
        new("jwks_uri", KeyFetchesAsync),
        new("callback", attacker => Simple(number => attacker.Get(
            $"/sso/v1/connections/{attacker.Connection}/partner:callback?state=x{number}"))),
        new("consent", attacker => Simple(number => attacker.Get($"/consent/lri_{number:D22}"))),
    ];

    private static Task<Func<int, HttpRequestMessage>> Simple(Func<int, HttpRequestMessage> requests) => Task.FromResult(requests);

    private static string StateOf(int number) => $"{number:D8}".PadRight(StateBytes, 's');

    private static Dictionary<string, object> Metadata(string name, int number, string method) => new()
    {
        ["client_name"] = name,
        ["redirect_uris"] = Enumerable.Range(0, Redirects)
            .Select(k => $"https://h{k}.example/{number}/".PadRight(RedirectLength, 'x')).ToArray(),
        ["token_endpoint_auth_method"] = method,
    };

    /// <summary>RFC 7592: one registration of its own, changed again and again.</summary>
    private static async Task<Func<int, HttpRequestMessage>> ChangesAsync(Attacker attacker)
    {
        var own = await attacker.RegisterAsync(Metadata("Own", 0, "client_secret_post"));
        var id = own.GetProperty("client_id").GetString()!;
        var token = own.GetProperty("registration_access_token").GetString()!;
        return number =>
        {
            var metadata = Metadata($"N{number}", number, "client_secret_post");
            metadata["client_id"] = id;
            return attacker.Json(HttpMethod.Put, $"/oauth/register/{id}", metadata, token);
        };
    }

    /// <summary>As many and as large keys as a registration may have, and assertions that name none of them.</summary>
    private static async Task<Func<int, HttpRequestMessage>> HostileKeysAsync(Attacker attacker)
    {
        var metadata = Metadata("Keys", 0, "private_key_jwt");
        metadata["redirect_uris"] = new[] { "https://keys.example/callback" };
        metadata["jwks"] = new { keys = Enumerable.Range(0, KeysPerSet).Select(i => new { kty = "RSA", n = Modulus(i), e = "AQAB" }) };
        var id = (await attacker.RegisterAsync(metadata)).GetProperty("client_id").GetString()!;
        return number => attacker.Token(id, Assertion(attacker.BaseUrl, id, number, keyId: null));
    }

    private static async Task<Func<int, HttpRequestMessage>> KeyFetchesAsync(Attacker attacker)
    {
        var ids = new List<string>();
        for (var i = 0; i < SlowHosts.Count; i++)
        {
            var metadata = Metadata($"Fetch {i}", i, "private_key_jwt");
            metadata["redirect_uris"] = new[] { "https://keys.example/callback" };
            metadata["jwks_uri"] = $"https://{SlowHosts.Name(i)}/keys.json";
            ids.Add((await attacker.RegisterAsync(metadata)).GetProperty("client_id").GetString()!);
        }

        return number => attacker.Token(
            ids[number % ids.Count], Assertion(attacker.BaseUrl, ids[number % ids.Count], number, keyId: $"k{number}"));
    }

    /// <summary>A modulus with the size of a real one. Its factors do not matter, because no signature is ever right.</summary>
    private static string Modulus(int number)
    {
        byte[] bytes = [.. Enumerable.Range(0, KeyBytes / SHA512.HashSizeInBytes)
            .SelectMany(part => SHA512.HashData(Encoding.ASCII.GetBytes($"{number} {part}")))];
        bytes[0] |= 0x80;
        bytes[^1] |= 1;
        return Base64Url.EncodeToString(bytes);
    }

    private static string Assertion(string audience, string client, int number, string? keyId)
    {
        var header = keyId is null ? """{"alg":"RS256"}""" : $$"""{"alg":"RS256","kid":"{{keyId}}"}""";
        var claims = JsonSerializer.Serialize(new
        {
            iss = client,
            sub = client,
            aud = audience,
            exp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 60,
            jti = $"{number}",
        });
        var signature = new byte[KeyBytes];
        signature[^1] = 1;
        return $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}."
            + Base64Url.EncodeToString(signature);
    }
}
