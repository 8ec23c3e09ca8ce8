using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Clients;

/// <summary>Where a client's public keys are: in its metadata (<paramref name="Jwks"/>, a JWK set as JSON) or at a URL.</summary>
internal sealed record ClientKeys(string? Jwks, string? JwksUri)
{
    private const int MinRsaBytes = 256;
    private static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <summary>The keys that metadata names (RFC 7591 §2), as one spelling of JSON; null: none, or not exactly one place of them.</summary>
    public static ClientKeys? Of(JsonElement metadata)
    {
        var uri = metadata.TryGetProperty("jwks_uri", out var text) && text.ValueKind == JsonValueKind.String && ClientIdUrl.IsWellFormed(text.GetString()!) ? text.GetString() : null;
        var jwks = metadata.TryGetProperty("jwks", out var set) && set.ValueKind == JsonValueKind.Object ? JsonSerializer.Serialize(set, KeyJson.Default.JsonElement) : null;
        return (jwks, uri) is (null, null) or ({ }, { }) ? null : new(jwks, uri);
    }

    /// <summary>Public keys only: a private member in what is published or sent about is a key that is lost.</summary>
    /// <returns>The sentence that says why a set cannot be used, or null.</returns>
    public static string? WhyNotPublic(JsonElement jwks)
    {
        if (jwks.ValueKind != JsonValueKind.Object || !jwks.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
        {
            return "The member jwks must be a JWK set.";
        }

        return keys.EnumerateArray().Any(k => k.ValueKind != JsonValueKind.Object || Array.Exists(PrivateMembers, m => k.TryGetProperty(m, out _)))
            ? "The member jwks holds a private or symmetric key. What everybody can read is no secret: replace the key."
            : null;
    }

    /// <summary>Whether one of the keys of a set could have signed with RS256, PS256 or ES256: it is a key, and of that kind.</summary>
    public static bool HasUsable(JsonElement jwks) => jwks.GetProperty("keys").EnumerateArray().Any(IsUsable);

    private static bool IsUsable(JsonElement key)
    {
        try
        {
            switch (Text(key, "kty"))
            {
                case "RSA" when Text(key, "use") is null or "sig" && Bytes(key, "n") is { Length: >= MinRsaBytes } modulus && Bytes(key, "e") is { } exponent:
                    using (RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent }))
                    {
                        return true;
                    }

                case "EC" when Text(key, "use") is null or "sig" && Text(key, "crv") == "P-256" && Bytes(key, "x") is { } x && Bytes(key, "y") is { } y:
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
            // Numbers that are no key, such as a point beside the curve.
            return false;
        }
    }

    private static string? Text(JsonElement key, string name) => key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement key, string name) => Text(key, name) is { Length: > 0 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class KeyJson : System.Text.Json.Serialization.JsonSerializerContext;
