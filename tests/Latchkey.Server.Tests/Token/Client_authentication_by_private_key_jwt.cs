using System.Security.Cryptography;
using System.Text.Json;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Tests.Actors;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.Token;

public sealed class Client_authentication_by_private_key_jwt(WithClientHost host) : IClassFixture<WithClientHost>
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static int clients;

    [Theory]
    [InlineData("RS256", false)]
    [InlineData("ES256", false)]
    [InlineData("PS256", false)]
    [InlineData("ES256", true)]
    [Spec("OAuth 2.1 §2.4", "asymmetric-authentication")]
    [Spec("RFC 7523 §5", "rs256")]
    [Spec("Client ID Metadata Document §6.2", "key-clients-authenticate")]
    public async Task A_client_with_a_key_gets_tokens_and_refreshes_without_rotation(string algorithm, bool byUri)
    {
        var signer = await NewSignerAsync(algorithm, byUri);
        var tokens = await Tokens.OfAsync(await RedeemAsync(signer, signer.Assertion()));
        var refreshed = await Tokens.OfAsync(await signer.Client.RefreshAsync(tokens.Refresh!, Proof(signer.Assertion())));

        Assert.Equal(tokens.Refresh, refreshed.Refresh);
    }

    [Theory]
    [InlineData("token endpoint")]
    [InlineData("environment")]
    [InlineData("array")]
    public async Task Every_audience_that_names_this_server_is_accepted(string audience)
    {
        var signer = await NewSignerAsync("ES256");
        object aud = audience switch
        {
            "token endpoint" => $"{signer.Company.Issuer}/oauth/token",
            "environment" => host.BaseUrl,
            _ => new[] { "https://other.example", signer.Company.Issuer },
        };
        var code = await CodeAsync(signer);
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, Proof(signer.Assertion(("aud", aud)))));

        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{LoginSecrets.ClaimedByCode(code)}");
        Assert.Equal(
            audience == "token endpoint",
            signIn.GetProperty("auth_request").GetProperty("deviations").EnumerateArray().Any(d => d.GetString() == "assertion_audience"));
    }

    public static TheoryData<string, object?> WrongClaims => new()
    {
        { "aud", "https://other.example" },
        { "aud", "https://localhost.evil.example" },
        { "aud", null },
        { "iss", "https://client.example/other" },
        { "sub", "https://client.example/other" },
        { "exp", -60L },
        { "exp", 600L },
        { "exp", null },
        { "nbf", 120L },
        { "jti", null },
        { "jti", "" },
        { "jti", new string('x', 300) },
    };

    [Theory]
    [MemberData(nameof(WrongClaims))]
    [Spec("RFC 7523 §3", "issuer-and-subject", "audience", "expiry", "not-before")]
    [Spec("RFC 7523 §3.2", "invalid-client")]
    public async Task An_assertion_with_a_wrong_claim_is_refused_and_consumes_no_code(string claim, object? value)
    {
        var signer = await NewSignerAsync("ES256");
        var code = await CodeAsync(signer);
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, Proof(signer.Assertion((claim, value is long seconds ? Now(seconds) : value)))),
            401,
            "invalid_client");
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, Proof(signer.Assertion())));
    }

    [Fact]
    [Spec("RFC 7523 §3", "signature")]
    public async Task An_assertion_with_a_foreign_missing_or_broken_signature_is_refused()
    {
        var signer = await NewSignerAsync("ES256");
        var other = await NewSignerAsync("ES256");
        await Expect.ErrorAsync(await RedeemAsync(signer, other.Sign(signer.Claims())), 401, "invalid_client");
        var parts = signer.Assertion().Split('.');
        await Expect.ErrorAsync(
            await RedeemAsync(signer, $"{Base64UrlEncoder.Encode("{\"alg\":\"none\"}")}.{parts[1]}."), 401, "invalid_client");
        await Expect.ErrorAsync(await RedeemAsync(signer, $"{parts[0]}.{parts[1]}.{parts[2][..^4]}AAAA"), 401, "invalid_client");
        await Expect.ErrorAsync(await RedeemAsync(signer, "not.a.jwt"), 401, "invalid_client");
    }

    [Fact]
    [Spec("RFC 7523 §3", "replay")]
    public async Task A_replay_of_an_assertion_is_refused_even_when_16_are_sent_at_once()
    {
        var signer = await NewSignerAsync("ES256");
        await CodeAsync(signer);
        var assertion = signer.Assertion();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => signer.Client.PostAsync("/oauth/revoke", [("token", "lkr_unknown")], Proof(assertion))));

        Assert.Single(answers, a => (int)a.StatusCode == 200);
        Assert.Equal(15, answers.Count(a => (int)a.StatusCode == 401));
    }

    [Fact]
    [Spec("OAuth 2.1 §2.4.2", "method-bound-to-client")]
    [Spec("RFC 7523 §2.2", "assertion-parameters")]
    [Spec("Client ID Metadata Document §6.2", "key-clients-authenticate")]
    public async Task A_client_cannot_use_an_authentication_method_of_another_class()
    {
        var signer = await NewSignerAsync("ES256");
        var code = await CodeAsync(signer);
        await Expect.ErrorAsync(await signer.Client.RedeemAsync(code), 401, "invalid_client");
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, [.. Proof(signer.Assertion()), ("client_secret", "lks_x")]), 400, "invalid_request");
        await Expect.ErrorAsync(await signer.Client.RedeemAsync(code, Proof(signer.Assertion(), "urn:other")), 400, "invalid_request");
        await Expect.ErrorAsync(await signer.Client.RedeemAsync(code, Proof(signer.Assertion(), type: null)), 400, "invalid_request");

        var registered = await McpClient.RegisterAsync(signer.Company);
        await Expect.ErrorAsync(await registered.RedeemAsync("lkc_x", Proof(signer.Assertion())), 401, "invalid_client");
    }

    [Fact]
    public async Task A_client_that_supports_keys_and_none_chooses_one_and_its_grant_is_bound_to_that_choice()
    {
        var signer = await NewSignerAsync("ES256", alsoNone: true);
        var withKey = await Tokens.OfAsync(await RedeemAsync(signer, signer.Assertion()));
        await Expect.ErrorAsync(await signer.Client.RefreshAsync(withKey.Refresh!), 400, "invalid_grant");
        await Tokens.OfAsync(await signer.Client.RefreshAsync(withKey.Refresh!, Proof(signer.Assertion())));

        var without = await Tokens.OfAsync(await signer.Client.RedeemAsync(await CodeAsync(signer)));
        var rotated = await Tokens.OfAsync(await signer.Client.RefreshAsync(without.Refresh!));
        Assert.NotEqual(without.Refresh, rotated.Refresh);
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.3", "key-changes")]
    public async Task A_key_rotation_is_seen_at_once_but_unknown_keys_are_fetched_at_most_once_per_minute()
    {
        var signer = await NewSignerAsync("ES256", byUri: true);
        await Tokens.OfAsync(await RedeemAsync(signer, signer.Assertion()));
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        signer.Rotate(host.Clients!);
        await Tokens.OfAsync(await RedeemAsync(signer, signer.Assertion()));

        var visits = host.Clients!.FetchesOf(signer.KeysPage);
        var other = await NewSignerAsync("ES256");
        for (var i = 0; i < 3; i++)
        {
            await Expect.ErrorAsync(await RedeemAsync(signer, other.Sign(signer.Claims())), 401, "invalid_client");
        }

        Assert.Equal(visits, host.Clients.FetchesOf(signer.KeysPage));
    }

    [Fact]
    public async Task A_key_set_that_cannot_be_fetched_is_a_503_and_consumes_no_code()
    {
        var signer = await NewSignerAsync("ES256", byUri: true);
        var code = await CodeAsync(signer);
        host.Clients!.Publish(signer.KeysPage, http => ClientHost.Status(http, 500));
        host.ResponseAudit.ExpectsStorageAway = true;
        await Expect.ErrorAsync(await signer.Client.RedeemAsync(code, Proof(signer.Assertion())), 503, "temporarily_unavailable");
        host.ResponseAudit.ExpectsStorageAway = false;
        signer.Rotate(host.Clients);
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, Proof(signer.Assertion())));
    }

    private async Task<HttpResponseMessage> RedeemAsync(Signer signer, string assertion) =>
        await signer.Client.RedeemAsync(await CodeAsync(signer), Proof(assertion));

    private async Task<string> CodeAsync(Signer signer)
    {
        using var browser = new Browser(host);
        return await signer.Client.CodeAsync(browser);
    }

    private static (string Name, string? Value)[] Proof(string assertion, string? type = AssertionType) =>
        [("client_assertion", assertion), ("client_assertion_type", type)];

    private long Now(long secondsFromNow) => host.Clock.GetUtcNow().AddSeconds(secondsFromNow).ToUnixTimeSeconds();

    private async Task<Signer> NewSignerAsync(string algorithm, bool byUri = false, bool alsoNone = false)
    {
        var signer = new Signer(host, await host.NewCompanyAsync(), algorithm, Interlocked.Increment(ref clients));
        signer.Publish(host.Clients!, byUri, alsoNone);
        return signer;
    }

    /// <summary>A client with a key of its own.</summary>
    private sealed class Signer(WithClientHost host, Company company, string algorithm, int number)
    {
        private SecurityKey key = NewKey(algorithm, number);
        private int assertions;

        public Company Company => company;

        public string KeysPage => $"client.example/signers/{number}/keys";

        public McpClient Client { get; } = new(
            company, $"https://client.example/signers/{number}", secret: null, "https://client.example/callback");

        public void Publish(ClientHost place, bool byUri, bool alsoNone)
        {
            place.Publish(Client.Id["https://".Length..], new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["client_id"] = Client.Id,
                ["client_name"] = "Signing",
                ["redirect_uris"] = new[] { Client.RedirectUri },
                ["grant_types"] = new[] { "authorization_code", "refresh_token" },
                ["token_endpoint_auth_method"] = "private_key_jwt",
                ["token_endpoint_auth_methods_supported"] = alsoNone ? new[] { "none", "private_key_jwt" } : ["private_key_jwt"],
                [byUri ? "jwks_uri" : "jwks"] = byUri ? $"https://{KeysPage}" : Jwks(),
            });
            place.Publish(KeysPage, Jwks());
        }

        public void Rotate(ClientHost place)
        {
            key = NewKey(algorithm, number + 1000);
            place.Publish(KeysPage, Jwks());
        }

        public string Assertion(params (string Claim, object? Value)[] changes) => Sign(Claims(changes));

        public Dictionary<string, object> Claims(params (string Claim, object? Value)[] changes)
        {
            var claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["iss"] = Client.Id,
                ["sub"] = Client.Id,
                ["aud"] = company.Issuer,
                ["exp"] = host.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeSeconds(),
                ["jti"] = $"{number}-{Interlocked.Increment(ref assertions)}",
            };
            foreach (var (claim, value) in changes)
            {
                claims.Remove(claim);
                if (value is not null)
                {
                    claims[claim] = value;
                }
            }

            return claims;
        }

        public string Sign(Dictionary<string, object> claims) =>
            new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
                .CreateToken(JsonSerializer.Serialize(claims), new SigningCredentials(key, algorithm));

        private static SecurityKey NewKey(string algorithm, int number) => algorithm == "ES256"
            ? new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = $"k{number}" }
            : new RsaSecurityKey(RSA.Create(2048)) { KeyId = $"k{number}" };

        private object Jwks()
        {
            var jwk = key switch
            {
                ECDsaSecurityKey ec => JsonWebKeyConverter.ConvertFromECDsaSecurityKey(ec),
                RsaSecurityKey rsa => JsonWebKeyConverter.ConvertFromRSASecurityKey(
                    new RsaSecurityKey(rsa.Rsa.ExportParameters(false)) { KeyId = rsa.KeyId }),
                _ => throw new InvalidOperationException(),
            };
            return new
            {
                keys = new[] { jwk.Kty == "EC"
                    ? (object)new { kty = jwk.Kty, kid = jwk.Kid, crv = jwk.Crv, x = jwk.X, y = jwk.Y }
                    : new { kty = jwk.Kty, kid = jwk.Kid, n = jwk.N, e = jwk.E } }
            };
        }
    }
}
