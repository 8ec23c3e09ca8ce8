using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

/// <summary>The management API opens to management tokens of this server and to nothing that resembles one.</summary>
public sealed class A_bearer(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Path = "/api/v1/resources";

    /// <summary>{id}: the kid; {claims}: those of a good token. What each signs with is the key of good ones.</summary>
    public static TheoryData<string, string> WrongInSomethingElse => new()
    {
        { """{"alg":"HS256","kid":"{id}","typ":"JWT"}""", "{claims}" },
        { """{"alg":"HS256","kid":"{id}"}""", "{claims}" },
        { """{"alg":"HS256","kid":"{id}","typ":"at+jwt"}""", "{claims}" },
        { """{"alg":"HS256","kid":"{id}","typ":"LK-API+JWT"}""", "{claims}" },
        { """{"alg":"HS384","kid":"{id}","typ":"lk-api+jwt"}""", "{claims}" },
        { """{"alg":"none","kid":"{id}","typ":"lk-api+jwt"}""", "{claims}" },
        { """{"alg":"HS256","kid":"key_0000000000000000000000","typ":"lk-api+jwt"}""", "{claims}" },
        { """{"alg":"HS256","typ":"lk-api+jwt"}""", "{claims}" },
        { """{"alg":"HS256","alg":"none","kid":"{id}","typ":"lk-api+jwt"}""", "{claims}" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator"}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","exp":1}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","exp":1e400}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":["{base}/API"],"sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"https://evil.example","aud":"{base}/api","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"aud":"{base}/api","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":7,"exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_nobody","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"m2m_0000000000000000000000","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_nobody","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","sub":"skc_nobody","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","exp":1,"exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","nbf":9999999998,"exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", "not JSON" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", "[]" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"sub":"\ud800"}""" },
        { "not JSON", "{claims}" },
    };

    [Theory]
    [MemberData(nameof(WrongInSomethingElse))]
    [Spec("RFC 6750 §3.1", "invalid-token")]
    public async Task That_is_wrong_in_anything_is_401_even_with_the_right_signature(string header, string claims)
    {
        var (id, key) = RawJwt.ApiTokenKey(host);
        var (_, good) = RawJwt.Read(await host.OperatorTokenAsync());
        var payload = claims.Replace("{claims}", good.GetRawText(), StringComparison.Ordinal).Replace("{base}", host.BaseUrl, StringComparison.Ordinal);

        await InvalidAsync(RawJwt.Token(header.Replace("{id}", id, StringComparison.Ordinal), payload, RawJwt.Hmac(key)));
    }

    /// <summary>The table above would pass if everything were refused.</summary>
    [Fact]
    [Spec("OAuth 2.1 §5.1.1", "bearer-header")]
    public async Task That_is_right_in_everything_is_let_in()
    {
        var (id, key) = RawJwt.ApiTokenKey(host);
        var token = RawJwt.Token(
            $$"""{"alg":"HS256","kid":"{{id}}","typ":"lk-api+jwt"}""", $$"""{"iss":"{{host.BaseUrl}}","aud":"{{host.BaseUrl}}/api","sub":"skc_operator","exp":9999999999}""", RawJwt.Hmac(key));
        using var answer = await SendAsync(Path, $"Bearer {token}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task That_names_where_its_key_lies_is_401_and_nothing_is_fetched()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://{listener.LocalEndpoint}/keys";
        using var rsa = RSA.Create(2048);
        var jwk = $$"""{"kty":"RSA","n":"{{System.Buffers.Text.Base64Url.EncodeToString(rsa.ExportParameters(false).Modulus)}}","e":"AQAB"}""";
        var (_, good) = RawJwt.Read(await host.OperatorTokenAsync());
        foreach (var where in new[] { $"\"jku\":\"{url}\"", $"\"x5u\":\"{url}\"", $"\"jwk\":{jwk}", "\"x5c\":[\"MIIB\"]", "\"kid\":\"../../../dev/null\"", $"\"kid\":\"{url}\"", "\"kid\":\"' UNION SELECT 'x\"" })
        {
            await InvalidAsync(RawJwt.Token(
                $$"""{"alg":"RS256","typ":"lk-api+jwt",{{where}}}""", good.GetRawText(), input => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
            await InvalidAsync(RawJwt.Token($$"""{"alg":"HS256","typ":"lk-api+jwt",{{where}}}""", good.GetRawText(), RawJwt.Hmac(new byte[32])));
        }

        Assert.False(listener.Pending(), "something was fetched");
    }

    /// <summary>A verifier that lets the token choose the algorithm would take the public key for a shared one.</summary>
    [Fact]
    public async Task That_is_signed_with_the_public_key_as_if_it_were_a_secret_is_401()
    {
        var (_, good) = RawJwt.Read(await host.OperatorTokenAsync());
        var keys = await host.Anonymous.GetFromJsonAsync<JsonElement>("/keys");
        foreach (var key in keys.GetProperty("keys").EnumerateArray())
        {
            var modulus = key.GetProperty("n").GetString()!;
            using var rsa = RSA.Create(new RSAParameters { Modulus = System.Buffers.Text.Base64Url.DecodeFromChars(modulus), Exponent = [1, 0, 1] });
            byte[][] spellings = [Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n"), rsa.ExportSubjectPublicKeyInfo(), rsa.ExportRSAPublicKey(), Encoding.ASCII.GetBytes(modulus), Encoding.UTF8.GetBytes(key.GetRawText())];
            foreach (var secret in spellings)
            {
                await InvalidAsync(RawJwt.Token($$"""{"alg":"HS256","kid":"{{key.GetProperty("kid").GetString()}}","typ":"lk-api+jwt"}""", good.GetRawText(), RawJwt.Hmac(secret)));
            }
        }
    }

    [Fact]
    [Spec("RFC 6750 §3.1", "invalid-token")]
    public async Task That_is_a_good_one_cut_changed_or_unsigned_is_401()
    {
        var token = await host.OperatorTokenAsync();
        var parts = token.Split('.');
        var (header, payload) = RawJwt.Read(token);
        foreach (var broken in new[]
        {
            $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}", $".{parts[1]}.{parts[2]}", $"{parts[0]}..{parts[2]}", token + "x", token[..^2], token + ".x", token.ToUpperInvariant(), "..", ".", "x", "null",
            RawJwt.Token(header.GetRawText().Replace("HS256", "none", StringComparison.Ordinal), payload.GetRawText(), sign: null),
            RawJwt.Token(header.GetRawText().Replace("HS256", "None", StringComparison.Ordinal), payload.GetRawText(), sign: null),
            new string('a', 30_000),
        })
        {
            await InvalidAsync(broken);
        }
    }

    /// <summary>Whatever a person allowed, a token that speaks for them never opens the API; nor does a client's own.</summary>
    [Fact]
    public async Task That_is_a_users_or_a_clients_token_is_401_whatever_its_audience()
    {
        var company = await host.NewCompanyAsync(resource: new { token_issuer = "environment" });
        await InvalidAsync((await (await McpClient.RegisterAsync(company)).TokensAsync()).Access);
        var machine = await McpClient.CreateAsync(company, []);
        await InvalidAsync((await Tokens.OfAsync(await machine.PostAsync("/oauth/token", [("grant_type", "client_credentials"), ("client_id", machine.Id), ("client_secret", machine.Secret)], []))).Access);

        // A resource cannot even be given the API's address as its own, in any spelling.
        foreach (var uri in new[] { "{base}/api", "{BASE}/api", "{base}/api/", "{base}", "{base}/mcp" })
        {
            var resource = uri.Replace("{base}", host.BaseUrl, StringComparison.Ordinal).Replace("{BASE}", host.BaseUrl.ToUpperInvariant(), StringComparison.Ordinal);
            await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Post, Path, new { name = "API", resource_uri = resource }), 400, "invalid_argument", "resource_uri");
        }
    }

    [Fact]
    public async Task That_looks_like_an_ID_token_is_401()
    {
        var now = host.Clock.GetUtcNow().ToUnixTimeSeconds();
        var (id, key) = RawJwt.ApiTokenKey(host);
        var claims = $$"""{"iss":"{{host.BaseUrl}}","aud":"skc_operator","sub":"ada","iat":{{now}},"exp":{{now + 600}},"nonce":"n"}""";

        await InvalidAsync(RawJwt.Token($$"""{"alg":"HS256","kid":"{{id}}","typ":"JWT"}""", claims, RawJwt.Hmac(key)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("{token}")]
    [InlineData("Basic {basic}")]
    [InlineData("Token {token}")]
    [InlineData("Bearer: {token}")]
    [InlineData("DPoP {token}")]
    [Spec("OAuth 2.1 §5.3.1", "bearer-challenge")]
    [Spec("OAuth 2.1 §5.3.2", "no-error-without-token")]
    public async Task That_is_not_there_is_401_and_told_what_to_send(string authorization)
    {
        var basic = Convert.ToBase64String("skc_operator:operator-secret-of-32-characters-or-more"u8);
        var header = authorization.Replace("{token}", await host.OperatorTokenAsync(), StringComparison.Ordinal).Replace("{basic}", basic, StringComparison.Ordinal);
        var answer = await SendAsync(Path, header);

        Assert.Equal("Bearer realm=\"latchkey\"", Assert.Single(answer.Headers.WwwAuthenticate).ToString());
        await Expect.ProblemAsync(answer, 401, "unauthenticated");
    }

    [Fact]
    [Spec("OAuth 2.1 §5.1", "bearer-not-in-query")]
    public async Task That_stands_in_the_query_or_the_body_is_not_seen()
    {
        var token = await host.OperatorTokenAsync();
        await Expect.ProblemAsync(await SendAsync($"{Path}?access_token={token}", ""), 401, "unauthenticated");
        using var form = new FormUrlEncodedContent([new("access_token", token)]);
        await Expect.ProblemAsync(await host.Anonymous.PostAsync(Path, form), 401, "unauthenticated");
    }

    [Fact]
    [Spec("RFC 6750 §2", "one-method")]
    public async Task That_is_one_of_two_is_400()
    {
        var token = await host.OperatorTokenAsync();
        foreach (var second in new[] { token, "stale" })
        {
            var answer = await RawHttp.SendAsync(host, "GET", Path, [$"Authorization: Bearer {token}", $"Authorization: Bearer {second}"]);
            Assert.Equal(400, answer.Status);
            Assert.Contains("\"code\":\"two_credentials\"", answer.Body, StringComparison.Ordinal);
            await Expect.ProblemAsync(await SendAsync(Path, $"Bearer {token}, Bearer {second}"), 400, "two_credentials");
        }
    }

    [Fact]
    [Spec("OAuth 2.1 §5.2", "token-validated")]
    public async Task That_is_an_hour_old_or_whose_client_was_deleted_is_401()
    {
        var credential = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "gone", role = "management" });
        var id = credential.GetProperty("client").GetProperty("client_id").GetString()!;
        var secret = credential.GetProperty("plain_secret").GetString()!;
        var token = await host.ManagementTokenAsync(id, secret);
        using (var let = await SendAsync(Path, $"bearer {token}"))
        {
            Assert.Equal(HttpStatusCode.OK, let.StatusCode);
        }

        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{id}");
        await InvalidAsync(token);

        var old = await host.OperatorTokenAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(60));
        await InvalidAsync(old);
    }

    private async Task InvalidAsync(string token)
    {
        var answer = await SendAsync(Path, $"Bearer {token}");
        Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{answer.StatusCode}: {token}");
        Assert.Equal("Bearer error=\"invalid_token\"", Assert.Single(answer.Headers.WwwAuthenticate).ToString());
        await Expect.ProblemAsync(answer, 401, "invalid_token");
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await host.Anonymous.SendAsync(request);
    }
}
