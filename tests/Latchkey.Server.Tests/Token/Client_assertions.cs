using System.Text.Json;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

/// <summary>Header and claims of a client assertion. Each refused one is signed with the right key.</summary>
public sealed class Client_assertions(WithClientHost host) : IClassFixture<WithClientHost>
{
    [Theory]
    [InlineData("issuer", false)]
    [InlineData("array", false)]
    [InlineData("environment", false)]
    [InlineData("token endpoint", true)]
    [InlineData("token endpoint of the environment", true)]
    [InlineData("issuer and token endpoint", true)]
    [Spec("RFC 7523 §3", "audience")]
    public async Task The_audience_is_the_issuer_and_a_token_endpoint_is_recorded_as_a_deviation(string audience, bool isDeviation)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var issuer = signer.Company.Issuer;
        object aud = audience switch
        {
            "issuer" => issuer,
            "array" => new[] { issuer },
            "environment" => host.BaseUrl,
            "token endpoint" => $"{issuer}/oauth/token",
            "token endpoint of the environment" => $"{host.BaseUrl}/oauth/token",
            _ => new[] { issuer, $"{issuer}/oauth/token" },
        };
        var code = await signer.CodeAsync();
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion(("aud", aud)))));

        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{LoginSecrets.ClaimedByCode(code)}");
        Assert.Equal(
            isDeviation,
            signIn.GetProperty("auth_request").GetProperty("deviations").EnumerateArray().Any(d => d.GetString() == "assertion_audience"));
    }

    /// <summary>An assertion for several servers could be replayed by any of them at the others.</summary>
    [Theory]
    [InlineData("with a foreign one")]
    [InlineData("with the issuer of another resource")]
    [InlineData("issuer of another resource")]
    [InlineData("token endpoint of another resource")]
    [InlineData("another URL of this server")]
    [InlineData("trailing slash")]
    [InlineData("empty array")]
    [InlineData("number")]
    [InlineData("array with a number")]
    [Spec("RFC 7523 §3", "audience")]
    public async Task An_assertion_with_any_other_audience_is_refused(string audience)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var other = await host.NewCompanyAsync();
        var issuer = signer.Company.Issuer;
        object aud = audience switch
        {
            "with a foreign one" => new[] { "https://other.example", issuer },
            "with the issuer of another resource" => new[] { issuer, other.Issuer },
            "issuer of another resource" => other.Issuer,
            "token endpoint of another resource" => $"{other.Issuer}/oauth/token",
            "another URL of this server" => $"{issuer}/oauth/authorize",
            "trailing slash" => issuer + "/",
            "empty array" => Array.Empty<string>(),
            "number" => 7,
            _ => new object[] { issuer, 7 },
        };
        var code = await signer.CodeAsync();
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion(("aud", aud)))), 401, "invalid_client");
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion())));
    }

    /// <summary>Five minutes, and 30 seconds for clocks that differ.</summary>
    [Theory]
    [InlineData("exp", 325, true)]
    [InlineData("exp", 335, false)]
    [InlineData("exp", -25, true)]
    [InlineData("exp", -35, false)]
    [InlineData("nbf", 25, true)]
    [InlineData("nbf", 35, false)]
    [Spec("RFC 7523 §3", "expiry", "not-before")]
    public async Task The_times_of_an_assertion_have_limits_on_both_sides(string claim, int seconds, bool isAccepted)
    {
        using var still = host.Clock.StandStill();
        var signer = await SigningClient.NewAsync(host, "ES256");
        var response = await signer.RedeemAsync(signer.Assertion((claim, Now(seconds))));
        if (isAccepted)
        {
            await Tokens.OfAsync(response);
        }
        else
        {
            await Expect.ErrorAsync(response, 401, "invalid_client");
        }
    }

    [Theory]
    [InlineData("exp", "\"soon\"")]
    [InlineData("exp", "null")]
    [InlineData("exp", "1e400")]
    [InlineData("nbf", "\"now\"")]
    [InlineData("jti", "7")]
    [InlineData("sub", "[\"x\"]")]
    public async Task An_assertion_with_a_claim_of_the_wrong_type_is_refused(string claim, string value)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var claims = JsonSerializer.Serialize(signer.Claims((claim, null)));
        await Expect.ErrorAsync(
            await signer.RedeemAsync(signer.Sign(Header("ES256", signer.KeyId), $"{claims[..^1]},\"{claim}\":{value}}}")), 401,
            "invalid_client");
    }

    /// <summary>An extension that this server does not understand could change what the signature means (RFC 7515 §4.1.11).</summary>
    [Theory]
    [InlineData("\"crit\":[\"exp\"],\"exp\":1")]
    [InlineData("\"crit\":[\"b64\"],\"b64\":true")]
    [InlineData("\"crit\":[\"urn:unknown\"],\"urn:unknown\":1")]
    [InlineData("\"crit\":[]")]
    [InlineData("\"crit\":null")]
    [InlineData("\"alg\":\"ES256\"")]
    [InlineData("\"kid\":\"other\"")]
    [Spec("RFC 7523 §3", "otherwise-valid")]
    public async Task A_header_with_a_critical_extension_or_a_repeated_member_is_refused(string member)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var claims = JsonSerializer.Serialize(signer.Claims());
        var header = Header("ES256", signer.KeyId);
        await Expect.ErrorAsync(
            await signer.RedeemAsync(signer.Sign($"{header[..^1]},{member}}}", claims)), 401, "invalid_client");
        await Tokens.OfAsync(await signer.RedeemAsync(signer.Sign(header, JsonSerializer.Serialize(signer.Claims()))));
    }

    [Fact]
    public async Task A_repeated_claim_is_refused()
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var claims = JsonSerializer.Serialize(signer.Claims());
        await Expect.ErrorAsync(
            await signer.RedeemAsync(
                signer.Sign(Header("ES256", signer.KeyId), $"{claims[..^1]},\"aud\":\"{signer.Company.Issuer}\"}}")),
            401, "invalid_client");
    }

    /// <summary>Key injection: the header brings the attacker's own key (RFC 8725 §3.10).</summary>
    [Theory]
    [InlineData("jwk")]
    [InlineData("jku")]
    [InlineData("x5u")]
    public async Task A_key_that_the_header_brings_is_never_used(string member)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var attacker = await SigningClient.NewAsync(host, "ES256", byUri: true);
        var value = member == "jwk" ? attacker.Jwk : $"\"https://{attacker.KeysPage}\"";
        var header = $"{{\"alg\":\"ES256\",\"kid\":\"{signer.KeyId}\",\"{member}\":{value}}}";
        var code = await signer.CodeAsync();
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, SigningClient.Proof(attacker.Sign(header, JsonSerializer.Serialize(signer.Claims())))),
            401,
            "invalid_client");
        Assert.Equal(0, host.Clients!.FetchesOf(attacker.KeysPage));
        await Tokens.OfAsync(
            await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Sign(header, JsonSerializer.Serialize(signer.Claims())))));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("RS512")]
    [InlineData("ES384")]
    [InlineData("EdDSA")]
    [InlineData("es256")]
    [InlineData("RS256")]
    [Spec("RFC 7523 §3", "signature")]
    public async Task An_algorithm_outside_the_allow_list_or_of_another_key_type_is_refused(string algorithm)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        await Expect.ErrorAsync(
            await signer.RedeemAsync(signer.Sign(Header(algorithm, signer.KeyId), JsonSerializer.Serialize(signer.Claims()))), 401,
            "invalid_client");
    }

    private static string Header(string algorithm, string keyId) => $"{{\"alg\":\"{algorithm}\",\"kid\":\"{keyId}\"}}";

    private long Now(long secondsFromNow) => host.Clock.GetUtcNow().AddSeconds(secondsFromNow).ToUnixTimeSeconds();
}
