using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Credentials;

/// <summary>The location of a client's public keys: its metadata (<paramref name="Jwks"/>, a JWK set as JSON) or a URL.</summary>
internal sealed record ClientKeys(string? Jwks, string? JwksUri)
{
    private const int MinRsaBytes = 256;
    private static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <summary>Reads the keys of client metadata (RFC 7591 §2), as normalized JSON. Null unless exactly one location is given.</summary>
    public static ClientKeys? Of(JsonElement metadata)
    {
        var uri = metadata.TryGetProperty("jwks_uri", out var text) && text.ValueKind == JsonValueKind.String
            && ClientIdUrl.IsWellFormed(text.GetString()!)
                ? text.GetString()
                : null;
        var jwks = metadata.TryGetProperty("jwks", out var set) && set.ValueKind == JsonValueKind.Object
            ? JsonSerializer.Serialize(set, KeyJson.Default.JsonElement)
            : null;
        return (jwks, uri) is (null, null) or ({ }, { }) ? null : new(jwks, uri);
    }

    /// <summary>Accepts public keys only: a published private key is compromised.</summary>
    /// <returns>The reason why the set cannot be used, or null.</returns>
    public static string? ValidatePublic(JsonElement jwks)
    {
        if (jwks.ValueKind != JsonValueKind.Object || !jwks.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
        {
            return "The member jwks must be a JWK set.";
        }

        return keys.EnumerateArray()
            .Any(k => k.ValueKind != JsonValueKind.Object || Array.Exists(PrivateMembers, m => k.TryGetProperty(m, out _)))
            ? "The member jwks contains a private or symmetric key, which is compromised now. Replace the key."
            : null;
    }

    public static IReadOnlyList<JsonWebKey> Parse(string jwks)
    {
        try
        {
            return [.. new JsonWebKeySet(jwks).Keys
                .Where(static k => k is { Kty: "RSA" or "EC", HasPrivateKey: false } && k.Use is null or "sig")];
        }
        catch (ArgumentException)
        {
            // Not a key set: without keys, no assertion is valid.
            return [];
        }
    }

    /// <summary>Whether the set contains a valid key for RS256, PS256 or ES256.</summary>
    public static bool HasUsable(JsonElement jwks) => jwks.GetProperty("keys").EnumerateArray().Any(IsUsable);

    private static bool IsUsable(JsonElement key)
    {
        try
        {
            switch (Text(key, "kty"))
            {
                case "RSA" when Text(key, "use") is null or "sig" && Bytes(key, "n") is { Length: >= MinRsaBytes } modulus
                    && Bytes(key, "e") is { } exponent:
                    using (RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent }))
                    {
                        return true;
                    }

                case "EC" when Text(key, "use") is null or "sig" && Text(key, "crv") == "P-256" && Bytes(key, "x") is { } x
                    && Bytes(key, "y") is { } y:
                    using (ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = x, Y = y } }))
                    {
                        return true;
                    }

                default:
                    return false;
            }
        }
        catch (CryptographicException)
        {
            // The numbers are not a valid key, such as a point that is not on the curve.
            return false;
        }
    }

    private static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement key, string name) =>
        Text(key, name) is { Length: > 0 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class KeyJson : System.Text.Json.Serialization.JsonSerializerContext;
