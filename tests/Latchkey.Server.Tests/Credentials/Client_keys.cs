using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Latchkey.Server.Credentials;

namespace Latchkey.Server.Tests.Credentials;

/// <summary>
/// The client chooses its keys, and with them what a verification costs: 58 RSA keys with exponents of 3072 bits made one token request
/// cost seconds of CPU.
/// </summary>
public sealed class Client_keys
{
    /// <summary>Zero as a coordinate of P-256, which is no point of the curve.</summary>
    private const string Zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private const string RsaBounds = "An RSA key of a client must have 2048 to 4096 bits and the exponent 65537 (AQAB).";

    [Theory]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(4096)]
    public void An_RSA_key_within_the_bounds_is_usable(int bits) => IsUsable(Rsa(bits));

    [Theory]
    [InlineData(1024, "AQAB")]
    [InlineData(2040, "AQAB")]
    [InlineData(2047, "AQAB")]
    [InlineData(4097, "AQAB")]
    [InlineData(4104, "AQAB")]
    [InlineData(8192, "AQAB")]
    [InlineData(2048, "Aw")]
    [InlineData(2048, "AQ")]
    [InlineData(2048, "AQAC")]
    [InlineData(2048, "AAEAAQ")]
    [InlineData(2048, "AQAAAAAAAAAB")]
    [InlineData(2048, "")]
    [InlineData(2048, "*")]
    [InlineData(3072, "modulus")]
    public void An_RSA_key_outside_the_bounds_is_refused_and_never_used(int bits, string exponent) =>
        IsRefused(RsaBounds, Rsa(bits, exponent == "modulus" ? Base64Url.EncodeToString(Modulus(bits)) : exponent));

    /// <summary>A leading zero would make a modulus look longer than it is.</summary>
    [Fact]
    public void An_RSA_modulus_with_a_leading_zero_is_refused() => IsRefused(
        RsaBounds,
        $"{{\"kty\":\"RSA\",\"n\":\"{Base64Url.EncodeToString([0, .. Modulus(2040)])}\",\"e\":\"AQAB\"}}");

    [Fact]
    public void An_EC_key_of_P_256_is_usable() => IsUsable(Ec());

    [Theory]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""")]
    [InlineData("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + Zeros + "\",\"y\":\"" + Zeros + "\"}")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AQAB"}""")]
    public void An_EC_key_that_is_not_a_point_of_the_curve_is_refused_and_verifies_nothing(string key)
    {
        Assert.NotNull(ClientKeys.Validate(Set(key)));
        Assert.DoesNotContain(ClientKeys.Usable(Set(key)), k => k.Verify("ES256", "x"u8, new byte[64]));
    }

    /// <summary>One set serves several servers (RFC 7517 §5).</summary>
    [Theory]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"AAAA"}""")]
    [InlineData("""{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}""")]
    [InlineData("""{"kty":"RSA","use":"enc","n":"AAAA","e":"Aw"}""")]
    [InlineData("""{"kty":"RSA","key_ops":["encrypt"],"n":"AAAA","e":"Aw"}""")]
    [InlineData("""{"kty":"unknown"}""")]
    [InlineData("{}")]
    public void A_key_of_a_kind_that_is_not_used_is_ignored(string key)
    {
        var set = Set(key, Ec());
        Assert.Null(ClientKeys.Validate(set));
        Assert.Single(ClientKeys.Usable(set));
        Assert.Empty(ClientKeys.Usable(Set(key)));
    }

    /// <summary>Fetched key sets are kept in memory, a thousand of them.</summary>
    [Theory]
    [InlineData("kid")]
    [InlineData("alg")]
    public void A_key_with_a_long_name_is_refused_and_never_used(string member)
    {
        var key = Ec().TrimEnd('}') + $",\"{member}\":\"";
        IsRefused("The kid and alg of a client's key may have at most 256 characters each.", key + new string('k', 257) + "\"}");
        Assert.Null(ClientKeys.Validate(Set(key + new string('k', 256) + "\"}")));
    }

    [Fact]
    public void A_set_has_at_most_10_keys()
    {
        Assert.Null(ClientKeys.Validate(Set([.. Enumerable.Repeat(Ec(), 10)])));
        var large = Set([.. Enumerable.Repeat(Ec(), 11)]);
        Assert.Equal("A JWK set of a client may have at most 10 keys.", ClientKeys.Validate(large));
        Assert.Empty(ClientKeys.Usable(large));
        Assert.Empty(ClientKeys.Usable(large.GetRawText()));
    }

    [Theory]
    [InlineData("d")]
    [InlineData("p")]
    [InlineData("k")]
    public void A_private_key_is_refused_and_never_used(string member) => IsRefused(
        "The member jwks contains a private or symmetric key, which is compromised now. Replace the key.",
        $"{Ec()[..^1]},\"{member}\":\"AAAA\"}}");

    [Theory]
    [InlineData("""{"keys":[],"keys":[]}""", "keys")]
    [InlineData("""{"keys":[{"kty":"EC","kty":"RSA"}]}""", "kty")]
    [InlineData("""{"keys":[{"kty":"EC","x5c":[{"a":1,"\u0061":2}]}]}""", "a")]
    public void A_set_with_a_repeated_member_is_refused(string set, string member)
    {
        Assert.Equal($"The JWK set repeats the member {member}.", ClientKeys.Validate(JsonSerializer.Deserialize<JsonElement>(set)));
        Assert.Empty(ClientKeys.Usable(set));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":[1]}""")]
    [InlineData("""{"keys":[[]]}""")]
    public void Any_other_JSON_is_not_a_set(string json)
    {
        Assert.NotNull(ClientKeys.Validate(JsonSerializer.Deserialize<JsonElement>(json)));
        Assert.Empty(ClientKeys.Usable(json));
    }

    [Theory]
    [InlineData("RS256", "ES256", false)]
    [InlineData("RS256", "RS256", true)]
    [InlineData("RS256", "PS256", false)]
    [InlineData(null, "PS256", true)]
    [InlineData(null, "RS256", true)]
    [InlineData(null, "ES256", false)]
    [InlineData(null, "RS512", false)]
    [InlineData(null, "none", false)]
    public void A_key_is_used_for_the_algorithm_that_it_is_registered_for(string? registered, string algorithm, bool isUsed)
    {
        var key = registered is null ? Rsa(2048) : $"{Rsa(2048)[..^1]},\"alg\":\"{registered}\"}}";
        Assert.Equal(isUsed, Assert.Single(ClientKeys.Usable(Set(key))).IsFor(algorithm));
    }

    private static void IsUsable(string key)
    {
        var set = Set(key);
        Assert.Null(ClientKeys.Validate(set));
        Assert.Single(ClientKeys.Usable(set));
    }

    private static void IsRefused(string why, string key)
    {
        Assert.Equal(why, ClientKeys.Validate(Set(key)));

        // A set that was stored before the rule is filtered.
        var stored = Set(key, Ec());
        Assert.NotNull(Assert.Single(ClientKeys.Usable(stored.GetRawText())).Ec);
    }

    private static JsonElement Set(params string[] keys) =>
        JsonSerializer.Deserialize<JsonElement>($"{{\"keys\":[{string.Join(',', keys)}]}}");

    private static string Rsa(int bits, string exponent = "AQAB") =>
        $"{{\"kty\":\"RSA\",\"n\":\"{Base64Url.EncodeToString(Modulus(bits))}\",\"e\":\"{exponent}\"}}";

    private static string Ec()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return EcKey(Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
    }

    /// <summary>An odd number with exactly this many bits.</summary>
    private static byte[] Modulus(int bits)
    {
        var bytes = new byte[(bits + 7) / 8];
        bytes.AsSpan().Fill(0xa5);
        var top = (bits - 1) % 8;
        bytes[0] = (byte)((1 << top) | (bytes[0] & ((1 << top) - 1)));
        bytes[^1] |= 1;
        return bytes;
    }

    private static string EcKey(string x, string y) => $$"""{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{y}}"}""";
}
