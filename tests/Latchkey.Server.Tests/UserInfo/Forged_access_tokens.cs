using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Keys;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.UserInfo;

/// <summary>
/// Tokens forged from a valid one: signed with an attacker's key, unsigned, or signed with the server's own key but with a wrong header or
/// claim.
/// </summary>
public sealed class Forged_access_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>
    /// Header, payload and signer: server, attacker, public (the server's public key used as an HMAC secret) or unsigned. {kid} is the
    /// server's key id, {claims} are the claims of a valid token, {url} is a listening server, {key} is the attacker's public key.
    /// </summary>
    public static TheoryData<string, string, string> Forgeries => new()
    {
        { """{"alg":"none","typ":"at+jwt"}""", "{claims}", "unsigned" },
        { """{"alg":"None","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "unsigned" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "unsigned" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "attacker" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"key_0000000000000000000000"}""", "{claims}", "attacker" },
        { """{"alg":"RS256","typ":"at+jwt"}""", "{claims}", "attacker" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}","jwk":{key}}""", "{claims}", "attacker" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}","jku":"{url}"}""", "{claims}", "attacker" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{url}","x5u":"{url}"}""", "{claims}", "attacker" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}","x5c":["MIIB"]}""", "{claims}", "attacker" },
        { """{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "public" },
        { """{"alg":"HS256","typ":"at+jwt"}""", "{claims}", "public" },
        { """{"alg":"RS256","typ":"JWT","kid":"{kid}"}""", "{claims}", "server" },
        { """{"alg":"RS256","kid":"{kid}"}""", "{claims}", "server" },
        { """{"alg":"RS256","typ":"lk-api+jwt","kid":"{kid}"}""", "{claims}", "server" },
        { """{"alg":"RS256","typ":"at+jwt"}""", "{claims}", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"exp\":1}", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"sub\":\"root\"}", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"grant_id\":\"grt_0000000000000000000000\"}", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"unknown_member\":1,\"unknown_member\":2}", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{}", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "[]", "server" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "not JSON", "server" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    [Spec("OAuth 2.1 §1.4", "unforgeable-access-tokens")]
    [Spec("RFC 7662 §2.2", "inactive-only")]
    [Spec("RFC 9068 §4", "other-jwts-refused")]
    public async Task A_forged_token_is_refused_by_UserInfo_and_inactive_at_introspection(string header, string payload, string signer)
    {
        var good = (await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync(scope: "openid notes:read")).Access;
        var (goodHeader, goodPayload) = RawJwt.Read(good);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var attackerKey = RSA.Create(2048);
        var modulus = Base64Url.EncodeToString(attackerKey.ExportParameters(includePrivateParameters: false).Modulus);
        var key = $$"""{"kty":"RSA","n":"{{modulus}}","e":"AQAB"}""";
        var filled = header.Replace("{kid}", goodHeader.GetProperty("kid").GetString(), StringComparison.Ordinal)
            .Replace(
                "{url}", $"http://{listener.LocalEndpoint}/keys", StringComparison.Ordinal).Replace("{key}", key, StringComparison.Ordinal);
        var claims = payload.StartsWith("{claims", StringComparison.Ordinal)
            ? goodPayload.GetRawText()[..^1] + payload["{claims".Length..]
            : payload;
        var serverKey = Assert.IsType<RsaSecurityKey>(
            host.Services.GetRequiredService<KeyRing>().SigningKeys.Single(k => k.Id == goodHeader.GetProperty("kid").GetString()).Key).Rsa;

        var server = await ResourceServer.CreateAsync(await host.CompanyAsync());
        foreach (var sign in Signers(signer, attackerKey, serverKey))
        {
            var forged = RawJwt.Token(filled, claims, sign);
            using var told = await UserInfoAsync(forged);
            Assert.Equal(
                (401, "Bearer error=\"invalid_token\"", ""),
                ((int)told.StatusCode, told.Headers.WwwAuthenticate.ToString(), await told.Content.ReadAsStringAsync()));
            Assert.Equal("""{"active":false}""", await IntrospectAsync(server, forged));
        }

        Assert.False(listener.Pending(), "a key was fetched");
    }

    /// <summary>Without this test the table above would pass if every token were refused.</summary>
    [Fact]
    public async Task A_token_with_valid_header_claims_and_signature_is_accepted()
    {
        var good = (await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync(scope: "openid notes:read")).Access;
        var (header, payload) = RawJwt.Read(good);
        var serverKey = ((RsaSecurityKey)host.Services.GetRequiredService<KeyRing>().SigningKeys
            .Single(k => k.Id == header.GetProperty("kid").GetString()).Key).Rsa;

        var made = RawJwt.Token(header.GetRawText(), payload.GetRawText(), Rs256(serverKey));

        using var told = await UserInfoAsync(made);
        Assert.Equal("ada", (await told.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("sub").GetString());
        Assert.StartsWith(
            """{"active":true,""",
            await IntrospectAsync(await ResourceServer.CreateAsync(await host.CompanyAsync()), made),
            StringComparison.Ordinal);
    }

    private static IEnumerable<Func<byte[], byte[]>?> Signers(string signer, RSA attackerKey, RSA serverKey) => signer switch
    {
        "unsigned" => [null],
        "attacker" => [Rs256(attackerKey)],
        "server" => [Rs256(serverKey)],
        _ =>
        [
            RawJwt.Hmac(Encoding.ASCII.GetBytes(serverKey.ExportSubjectPublicKeyInfoPem())),
            RawJwt.Hmac(serverKey.ExportSubjectPublicKeyInfo()), RawJwt.Hmac(serverKey.ExportRSAPublicKey()),
            RawJwt.Hmac(serverKey.ExportParameters(includePrivateParameters: false).Modulus!),
        ],
    };

    private static Func<byte[], byte[]> Rs256(RSA key) => input => key.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private async Task<HttpResponseMessage> UserInfoAsync(string bearer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", bearer);
        return await host.Anonymous.SendAsync(request);
    }

    private static async Task<string> IntrospectAsync(ResourceServer server, string token) =>
        (await server.IntrospectAsync(token)).GetRawText();
}
