using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.Management;

/// <summary>The backend signs a client assertion (<c>private_key_jwt</c>); Latchkey stores only its public key.</summary>
public sealed class API_clients_with_private_key_jwt(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static int assertions;

    [Fact]
    public async Task An_assertion_gets_a_token_and_its_replay_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (_, id) = await NewAsync(key);
        var assertion = Assertion(id, key);
        using var answer = await AskAsync(assertion);
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/resources");
        request.Headers.Authorization = new("Bearer", token);
        using var called = await host.Anonymous.SendAsync(request);

        Assert.Equal(200, (int)called.StatusCode);
        await Expect.ErrorAsync(await AskAsync(assertion), 401, "invalid_client");
    }

    [Fact]
    public async Task An_API_client_with_a_key_has_no_secret_and_cannot_be_given_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (path, id) = await NewAsync(key);
        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Post, $"{path}/secrets"), 409, "client_without_secrets");
        using var withSecret = await host.Anonymous.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", "")]));

        await Expect.ErrorAsync(withSecret, 401, "invalid_client");
    }

    [Fact]
    public async Task Both_keys_are_accepted_during_a_key_rotation()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (path, id) = await NewAsync(first);
        await Expect.ErrorAsync(await AskAsync(Assertion(id, second)), 401, "invalid_client");
        await host.SendAsync(HttpMethod.Patch, path, new { jwks = Jwks(first, second) });
        foreach (var key in new[] { first, second })
        {
            using var both = await AskAsync(Assertion(id, key));
            Assert.Equal(200, (int)both.StatusCode);
        }

        await host.SendAsync(HttpMethod.Patch, path, new { jwks = Jwks(second) });
        await Expect.ErrorAsync(await AskAsync(Assertion(id, first)), 401, "invalid_client");
    }

    [Fact]
    public async Task An_assertion_for_another_client_or_audience_with_a_long_lifetime_or_of_a_disabled_client_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (path, id) = await NewAsync(key);
        await Expect.ErrorAsync(await AskAsync(Assertion(LatchkeyHost.OperatorId, key)), 401, "invalid_client");
        await Expect.ErrorAsync(await AskAsync(Assertion(id, key, ("aud", "https://other.example"))), 401, "invalid_client");
        await Expect.ErrorAsync(
            await AskAsync(Assertion(id, key, ("exp", host.Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds()))), 401, "invalid_client");
        await host.SendAsync(HttpMethod.Patch, path, new { enabled = false });
        await Expect.ErrorAsync(await AskAsync(Assertion(id, key)), 401, "invalid_client");
    }

    [Theory]
    [InlineData("\"x\"")]
    [InlineData("{}")]
    [InlineData("{\"keys\":[]}")]
    [InlineData("{\"keys\":7}")]
    [InlineData("{\"keys\":[7]}")]
    [InlineData("{\"keys\":[{\"kty\":7}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\",\"d\":\"AA\"}]}")]
    public async Task A_jwks_without_a_usable_public_key_is_400(string jwks)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"name":"n","role":"management","jwks":{{jwks}}}""");
        await Expect.ProblemAsync(await host.TrySendBytesAsync(HttpMethod.Post, "/api/v1/clients", body), 400, "invalid_argument", "jwks");
    }

    [Fact]
    public async Task Keys_can_neither_be_removed_nor_be_added_to_a_client_with_secrets()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (path, _) = await NewAsync(key);
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { jwks = (object?)null }), 400, "invalid_argument", "jwks");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, $"/api/v1/clients/{LatchkeyHost.OperatorId}", new { jwks = Jwks(key) }), 400,
            "invalid_argument", "jwks");
    }

    private async Task<(string Path, string Id)> NewAsync(ECDsa key)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "signing", role = "management", jwks = Jwks(key) });
        Assert.False(made.TryGetProperty("plain_secret", out _));
        Assert.Empty(made.GetProperty("client").GetProperty("secrets").EnumerateArray());
        var id = made.GetProperty("client").GetProperty("client_id").GetString()!;
        return ($"/api/v1/clients/{id}", id);
    }

    private static object Jwks(params ECDsa[] keys) => new
    {
        keys = keys.Select(k => JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new(k)))
            .Select(k => new { kty = k.Kty, crv = k.Crv, x = k.X, y = k.Y, kid = k.X[..8], use = "sig" }),
    };

    private string Assertion(string id, ECDsa key, params (string Name, object Value)[] changes)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = id,
            ["sub"] = id,
            ["aud"] = host.BaseUrl,
            ["exp"] = host.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeSeconds(),
            ["jti"] = $"api-{Interlocked.Increment(ref assertions)}",
        };
        foreach (var (name, value) in changes)
        {
            claims[name] = value;
        }

        var keyId = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new(key)).X[..8];
        return RawJwt.Token($$"""{"alg":"ES256","kid":"{{keyId}}","typ":"JWT"}""", JsonSerializer.Serialize(claims), input =>
            key.SignData(input, HashAlgorithmName.SHA256));
    }

    private Task<HttpResponseMessage> AskAsync(string assertion) => host.Anonymous.PostAsync("/oauth/token", new FormUrlEncodedContent(
        [new("grant_type", "client_credentials"), new("client_assertion", assertion), new(
            "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]));
}
