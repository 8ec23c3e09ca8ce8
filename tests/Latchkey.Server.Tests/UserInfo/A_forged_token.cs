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

/// <summary>Somebody makes a token after a good one, with a key of their own, or with none, or (as if ours had been stolen for an hour) with ours but wrong in something else.</summary>
public sealed class A_forged_token(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>Header, payload, and whose key signs: ours, mine (RSA), public (ours, taken for a shared secret), nobodys. {kid} ours; {claims} those of a good token; {url} where something listens; {key} my public key.</summary>
    public static TheoryData<string, string, string> Forgeries => new()
    {
        { """{"alg":"none","typ":"at+jwt"}""", "{claims}", "nobodys" },
        { """{"alg":"None","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "nobodys" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "nobodys" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "mine" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"key_0000000000000000000000"}""", "{claims}", "mine" },
        { """{"alg":"RS256","typ":"at+jwt"}""", "{claims}", "mine" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}","jwk":{key}}""", "{claims}", "mine" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}","jku":"{url}"}""", "{claims}", "mine" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{url}","x5u":"{url}"}""", "{claims}", "mine" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}","x5c":["MIIB"]}""", "{claims}", "mine" },
        { """{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}""", "{claims}", "public" },
        { """{"alg":"HS256","typ":"at+jwt"}""", "{claims}", "public" },
        { """{"alg":"RS256","typ":"JWT","kid":"{kid}"}""", "{claims}", "ours" },
        { """{"alg":"RS256","kid":"{kid}"}""", "{claims}", "ours" },
        { """{"alg":"RS256","typ":"lk-api+jwt","kid":"{kid}"}""", "{claims}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt"}""", "{claims}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"exp\":1}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"sub\":\"root\"}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"grant_id\":\"grt_0000000000000000000000\"}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{claims,\"nobody_knows_this\":1,\"nobody_knows_this\":2}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "{}", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "[]", "ours" },
        { """{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}""", "not JSON", "ours" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    [Spec("OAuth 2.1 §1.4", "unforgeable-access-tokens")]
    [Spec("RFC 7662 §2.2", "inactive-only")]
    [Spec("RFC 9068 §4", "other-jwts-refused")]
    public async Task Opens_nothing_whatever_it_is_wrong_in(string header, string payload, string signer)
    {
        var good = (await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync(scope: "openid notes:read")).Access;
        var (goodHeader, goodPayload) = RawJwt.Read(good);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var mine = RSA.Create(2048);
        var key = $$"""{"kty":"RSA","n":"{{Base64Url.EncodeToString(mine.ExportParameters(includePrivateParameters: false).Modulus)}}","e":"AQAB"}""";
        var filled = header.Replace("{kid}", goodHeader.GetProperty("kid").GetString(), StringComparison.Ordinal)
            .Replace("{url}", $"http://{listener.LocalEndpoint}/keys", StringComparison.Ordinal).Replace("{key}", key, StringComparison.Ordinal);
        var claims = payload.StartsWith("{claims", StringComparison.Ordinal) ? goodPayload.GetRawText()[..^1] + payload["{claims".Length..] : payload;
        var ours = Assert.IsType<RsaSecurityKey>(host.Services.GetRequiredService<KeyRing>().SigningKeys.Single(k => k.Id == goodHeader.GetProperty("kid").GetString()).Key).Rsa;

        foreach (var sign in Signers(signer, mine, ours))
        {
            var forged = RawJwt.Token(filled, claims, sign);
            using var told = await UserInfoAsync(forged);
            Assert.Equal((401, "Bearer error=\"invalid_token\"", ""), ((int)told.StatusCode, told.Headers.WwwAuthenticate.ToString(), await told.Content.ReadAsStringAsync()));
            Assert.Equal("""{"active":false}""", await IntrospectAsync(forged));
        }

        Assert.False(listener.Pending(), "something was fetched");
    }

    /// <summary>The table above would pass if everything were refused.</summary>
    [Fact]
    public async Task Is_not_one_that_we_would_have_made()
    {
        var good = (await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync(scope: "openid notes:read")).Access;
        var (header, payload) = RawJwt.Read(good);
        var ours = ((RsaSecurityKey)host.Services.GetRequiredService<KeyRing>().SigningKeys.Single(k => k.Id == header.GetProperty("kid").GetString()).Key).Rsa;

        var made = RawJwt.Token(header.GetRawText(), payload.GetRawText(), Rs256(ours));

        using var told = await UserInfoAsync(made);
        Assert.Equal("ada", (await told.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("sub").GetString());
        Assert.StartsWith("""{"active":true,""", await IntrospectAsync(made), StringComparison.Ordinal);
    }

    private static IEnumerable<Func<byte[], byte[]>?> Signers(string signer, RSA mine, RSA ours) => signer switch
    {
        "nobodys" => [null],
        "mine" => [Rs256(mine)],
        "ours" => [Rs256(ours)],
        _ =>
        [
            RawJwt.Hmac(Encoding.ASCII.GetBytes(ours.ExportSubjectPublicKeyInfoPem())), RawJwt.Hmac(ours.ExportSubjectPublicKeyInfo()), RawJwt.Hmac(ours.ExportRSAPublicKey()),
            RawJwt.Hmac(ours.ExportParameters(includePrivateParameters: false).Modulus!),
        ],
    };

    private static Func<byte[], byte[]> Rs256(RSA key) => input => key.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private async Task<HttpResponseMessage> UserInfoAsync(string bearer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", bearer);
        return await host.Anonymous.SendAsync(request);
    }

    private async Task<string> IntrospectAsync(string token)
    {
        using var form = new FormUrlEncodedContent([new("token", token), new("client_id", LatchkeyHost.OperatorId), new("client_secret", LatchkeyHost.OperatorSecret)]);
        using var answer = await host.Anonymous.PostAsync("/oauth/introspect", form);
        Assert.Equal(200, (int)answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
