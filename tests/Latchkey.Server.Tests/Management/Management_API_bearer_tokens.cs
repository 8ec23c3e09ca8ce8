using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

/// <summary>The management API accepts management tokens of this server and rejects every token that resembles one.</summary>
public sealed class Management_API_bearer_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Path = "/api/v1/resources";

    /// <summary>{id} is the kid, {claims} are the claims of a valid token. Each token is signed with the key of valid tokens.</summary>
    public static TheoryData<string, string> TokensWithOneFault => new()
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
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","exp":1e400}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":["{base}/API"],"sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"https://evil.example","aud":"{base}/api","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"aud":"{base}/api","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"iss":"{base}","aud":"{base}/api","sub":7,"exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"skc_unknown","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"m2m_0000000000000000000000","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"skc_unknown","sub":"skc_operator","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","sub":"skc_unknown","exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","exp":1,"exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""",
            """{"iss":"{base}","aud":"{base}/api","sub":"skc_operator","nbf":9999999998,"exp":9999999999}""" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", "not JSON" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", "[]" },
        { """{"alg":"HS256","kid":"{id}","typ":"lk-api+jwt"}""", """{"sub":"\ud800"}""" },
        { "not JSON", "{claims}" },
    };

    [Theory]
    [MemberData(nameof(TokensWithOneFault))]
    [Spec("RFC 6750 §3.1", "invalid-token")]
    public async Task A_token_with_a_wrong_header_or_claim_is_401_even_with_a_valid_signature(string header, string claims)
    {
        var (id, key) = RawJwt.ApiTokenKey(host);
        var (_, good) = RawJwt.Read(await host.OperatorTokenAsync());
        var payload = claims.Replace("{claims}", good.GetRawText(), StringComparison.Ordinal)
            .Replace("{base}", host.BaseUrl, StringComparison.Ordinal);

        await InvalidAsync(RawJwt.Token(header.Replace("{id}", id, StringComparison.Ordinal), payload, RawJwt.Hmac(key)));
    }

    /// <summary>Without this test the table above would pass if every token were refused.</summary>
    [Fact]
    [Spec("OAuth 2.1 §5.1.1", "bearer-header")]
    public async Task A_token_with_correct_header_claims_and_signature_is_accepted()
    {
        var (id, key) = RawJwt.ApiTokenKey(host);
        var token = RawJwt.Token(
            $$"""{"alg":"HS256","kid":"{{id}}","typ":"lk-api+jwt"}""",
            $$"""{"iss":"{{host.BaseUrl}}","aud":"{{host.BaseUrl}}/api","sub":"skc_operator","exp":9999999999}""", RawJwt.Hmac(key));
        using var answer = await SendAsync(Path, $"Bearer {token}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_token_that_names_its_own_key_is_401_and_no_key_is_fetched()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://{listener.LocalEndpoint}/keys";
        using var rsa = RSA.Create(2048);
        var jwk =
            $$"""{"kty":"RSA","n":"{{System.Buffers.Text.Base64Url.EncodeToString(rsa.ExportParameters(false).Modulus)}}","e":"AQAB"}""";
        var (_, good) = RawJwt.Read(await host.OperatorTokenAsync());
        foreach (var where in new[] { $"\"jku\":\"{url}\"", $"\"x5u\":\"{url}\"", $"\"jwk\":{jwk}", "\"x5c\":[\"MIIB\"]",
            "\"kid\":\"../../../dev/null\"", $"\"kid\":\"{url}\"", "\"kid\":\"' UNION SELECT 'x\"" })
        {
            await InvalidAsync(RawJwt.Token(
                $$"""{"alg":"RS256","typ":"lk-api+jwt",{{where}}}""", good.GetRawText(),
                input => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
            await InvalidAsync(
                RawJwt.Token($$"""{"alg":"HS256","typ":"lk-api+jwt",{{where}}}""", good.GetRawText(), RawJwt.Hmac(new byte[32])));
        }

        Assert.False(listener.Pending(), "a key was fetched");
    }

    /// <summary>
    /// Algorithm confusion: a verifier that lets the token choose the algorithm would use the public key as an HMAC secret.
    /// </summary>
    [Fact]
    public async Task A_token_signed_with_the_public_key_as_HMAC_secret_is_401()
    {
        var (_, good) = RawJwt.Read(await host.OperatorTokenAsync());
        var keys = await host.Anonymous.GetFromJsonAsync<JsonElement>("/keys");
        foreach (var key in keys.GetProperty("keys").EnumerateArray())
        {
            var modulus = key.GetProperty("n").GetString()!;
            using var rsa = RSA.Create(
                new RSAParameters { Modulus = System.Buffers.Text.Base64Url.DecodeFromChars(modulus), Exponent = [1, 0, 1] });
            byte[][] spellings = [
                Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()),
                Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n"), rsa.ExportSubjectPublicKeyInfo(),
                rsa.ExportRSAPublicKey(), Encoding.ASCII.GetBytes(modulus), Encoding.UTF8.GetBytes(key.GetRawText())];
            foreach (var secret in spellings)
            {
                await InvalidAsync(RawJwt.Token(
                    $$"""{"alg":"HS256","kid":"{{key.GetProperty("kid").GetString()}}","typ":"lk-api+jwt"}""",
                    good.GetRawText(),
                    RawJwt.Hmac(secret)));
            }
        }
    }

    [Fact]
    [Spec("RFC 6750 §3.1", "invalid-token")]
    public async Task A_truncated_altered_or_unsigned_token_is_401()
    {
        var token = await host.OperatorTokenAsync();
        var parts = token.Split('.');
        var (header, payload) = RawJwt.Read(token);
        foreach (var broken in new[]
        {
            $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}", $".{parts[1]}.{parts[2]}", $"{parts[0]}..{parts[2]}", token + "x",
            token[..^2], token + ".x", token.ToUpperInvariant(), "..", ".", "x", "null",
            RawJwt.Token(header.GetRawText().Replace("HS256", "none", StringComparison.Ordinal), payload.GetRawText(), sign: null),
            RawJwt.Token(header.GetRawText().Replace("HS256", "None", StringComparison.Ordinal), payload.GetRawText(), sign: null),
            new string('a', 30_000),
        })
        {
            await InvalidAsync(broken);
        }
    }

    /// <summary>
    /// An access token of a user never opens the management API, whatever the user allowed; nor does one of an OAuth client.
    /// </summary>
    [Fact]
    public async Task An_access_token_of_a_user_or_an_OAuth_client_is_401_whatever_its_audience()
    {
        var company = await host.NewCompanyAsync(resource: new { token_issuer = "environment" });
        await InvalidAsync((await (await McpClient.RegisterAsync(company)).TokensAsync()).Access);
        var machine = await McpClient.CreateAsync(company, []);
        await InvalidAsync((await Tokens.OfAsync(await machine.PostAsync(
            "/oauth/token",
            [("grant_type", "client_credentials"), ("client_id", machine.Id), ("client_secret", machine.Secret)],
            []))).Access);

        // A resource cannot be created with the API's address as its resource_uri, in any spelling.
        foreach (var uri in new[] { "{base}/api", "{BASE}/api", "{base}/api/", "{base}", "{base}/mcp" })
        {
            var resource = uri.Replace("{base}", host.BaseUrl, StringComparison.Ordinal)
                .Replace("{BASE}", host.BaseUrl.ToUpperInvariant(), StringComparison.Ordinal);
            await Expect.ProblemAsync(
                await host.TrySendAsync(HttpMethod.Post, Path, new { name = "API", resource_uri = resource }), 400, "invalid_argument",
                "resource_uri");
        }
    }

    [Fact]
    public async Task A_token_with_the_claims_of_an_ID_token_is_401()
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
    public async Task A_request_without_a_bearer_token_is_401_with_a_challenge(string authorization)
    {
        var basic = Convert.ToBase64String("skc_operator:operator-secret-of-32-characters-or-more"u8);
        var header = authorization.Replace("{token}", await host.OperatorTokenAsync(), StringComparison.Ordinal)
            .Replace("{basic}", basic, StringComparison.Ordinal);
        var answer = await SendAsync(Path, header);

        Assert.Equal("Bearer realm=\"latchkey\"", Assert.Single(answer.Headers.WwwAuthenticate).ToString());
        await Expect.ProblemAsync(answer, 401, "unauthenticated");
    }

    [Fact]
    [Spec("OAuth 2.1 §5.1", "bearer-not-in-query")]
    public async Task A_token_in_the_query_or_the_body_is_ignored()
    {
        var token = await host.OperatorTokenAsync();
        await Expect.ProblemAsync(await SendAsync($"{Path}?access_token={token}", ""), 401, "unauthenticated");
        using var form = new FormUrlEncodedContent([new("access_token", token)]);
        await Expect.ProblemAsync(await host.Anonymous.PostAsync(Path, form), 401, "unauthenticated");
    }

    [Fact]
    [Spec("RFC 6750 §2", "one-method")]
    public async Task Two_bearer_tokens_in_one_request_are_400()
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
    public async Task A_token_is_401_after_an_hour_and_after_its_client_was_deleted()
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
