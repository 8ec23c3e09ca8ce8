using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A key with which a client signs its assertions.</summary>
internal static class ClientKey
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static int assertions;

    /// <summary>The public key as a JWK.</summary>
    public static string Public { get; } = Jwk(withPrivate: false);

    public static string Private { get; } = Jwk(withPrivate: true);

    public static JsonElement Set => JsonSerializer.Deserialize<JsonElement>($"{{\"keys\":[{Public}]}}");

    /// <summary>Parameters with a client assertion for the token endpoint, valid once.</summary>
    public static (string Name, string? Value)[] Proof(LatchkeyHost host, string clientId)
    {
        var claims = JsonSerializer.Serialize(new
        {
            iss = clientId,
            sub = clientId,
            aud = host.BaseUrl,
            exp = host.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeSeconds(),
            jti = $"{clientId}-{Interlocked.Increment(ref assertions)}"
        });
        var assertion = RawJwt.Token(
            """{"alg":"ES256","kid":"client","typ":"JWT"}""", claims, input => Key.SignData(input, HashAlgorithmName.SHA256));
        return [("client_assertion", assertion), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")];
    }

    private static string Jwk(bool withPrivate)
    {
        var numbers = Key.ExportParameters(withPrivate);
        var d = withPrivate ? $",\"d\":\"{Base64Url.EncodeToString(numbers.D)}\"" : "";
        var (x, y) = (Base64Url.EncodeToString(numbers.Q.X), Base64Url.EncodeToString(numbers.Q.Y));
        return $"{{\"kty\":\"EC\",\"kid\":\"client\",\"crv\":\"P-256\",\"x\":\"{x}\",\"y\":\"{y}\"{d}}}";
    }
}
