using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Latchkey.Server.Credentials;

/// <summary>The location of a client's public keys: its metadata (<paramref name="Jwks"/>, a JWK set as JSON) or a URL.</summary>
/// <remarks>
/// A verification costs what the client's key makes it cost, so the keys have bounds: an RSA key with an exponent as long as its modulus
/// costs seconds of CPU. The bounds are checked where keys are read (registration, document, <c>jwks_uri</c>), and again where stored keys
/// are used.
/// </remarks>
internal sealed record ClientKeys(string? Jwks, string? JwksUri)
{
    public const int MaxKeys = 10;
    public const int MaxDepth = 16;
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 4096;
    private const int CoordinateBytes = 32;
    private const int MaxIdLength = 256;
    private const string RsaBounds = "An RSA key of a client must have 2048 to 4096 bits and the exponent 65537 (AQAB).";
    private static readonly byte[] Exponent = [1, 0, 1];
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

    /// <summary>
    /// Accepts public keys within the bounds. Keys of a kind that this server does not use (RFC 7517 §5) are ignored, but they count.
    /// </summary>
    /// <returns>The reason why the set cannot be used, or null.</returns>
    public static string? Validate(JsonElement jwks)
    {
        if (jwks.ValueKind != JsonValueKind.Object || !jwks.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
        {
            return "The member jwks must be a JWK set.";
        }

        if (keys.GetArrayLength() > MaxKeys)
        {
            return $"A JWK set of a client may have at most {MaxKeys} keys.";
        }

        if (StrictJson.RepeatedMember(jwks) is { } repeated)
        {
            return OAuthError.Printable($"The JWK set repeats the member {repeated}.");
        }

        return keys.EnumerateArray()
            .Any(k => k.ValueKind != JsonValueKind.Object || Array.Exists(PrivateMembers, m => k.TryGetProperty(m, out _)))
            ? "The member jwks contains a private or symmetric key, which is compromised now. Replace the key."
            : keys.EnumerateArray().Select(ValidateKey).FirstOrDefault(why => why is not null);
    }

    /// <summary>Returns the keys of a set that may be used: those within the bounds, for RS256, PS256 or ES256.</summary>
    public static IReadOnlyList<ClientKey> Usable(JsonElement jwks) =>
        jwks.ValueKind == JsonValueKind.Object && jwks.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
        && keys.GetArrayLength() <= MaxKeys
            ? [.. keys.EnumerateArray().Where(k => IsForSignatures(k) && ValidateBounds(k) is null).Select(ClientKey.Of)]
            : [];

    /// <summary>Returns the usable keys of a stored set, which may be older than the bounds.</summary>
    public static IReadOnlyList<ClientKey> Usable(string jwks) =>
        StrictJson.ReadUnique(Encoding.UTF8.GetBytes(jwks), MaxDepth, "The JWK set") is StrictJson.Value { Root: var set }
            ? Usable(set)
            : [];

    private static bool IsForSignatures(JsonElement key) =>
        key.ValueKind == JsonValueKind.Object && !Array.Exists(PrivateMembers, m => key.TryGetProperty(m, out _))
        && KindOf(key) is not null;

    /// <summary>Whether the key is of a kind that this server uses: RSA or EC P-256, for signatures.</summary>
    private static string? KindOf(JsonElement key) =>
        Text(key, "use") is not (null or "sig") || !MayVerify(key) ? null
        : Text(key, "kty") is "RSA" ? "RSA"
        : Text(key, "kty") is "EC" && Text(key, "crv") == "P-256" ? "EC"
        : null;

    private static bool MayVerify(JsonElement key) =>
        !key.TryGetProperty("key_ops", out var operations) || operations.ValueKind != JsonValueKind.Array
        || operations.EnumerateArray().Any(o => o.ValueKind == JsonValueKind.String && o.GetString() == "verify");

    private static string? ValidateKey(JsonElement key) =>
        ValidateBounds(key) ?? (KindOf(key) is null || ClientKey.Of(key).IsKey() ? null : "A key of the JWK set is not valid.");

    /// <summary>Returns why a key is outside the bounds, or null. Costs no cryptography.</summary>
    private static string? ValidateBounds(JsonElement key) => KindOf(key) switch
    {
        // Key sets are kept in memory.
        not null when Text(key, "kid") is { Length: > MaxIdLength } || Text(key, "alg") is { Length: > MaxIdLength } =>
            $"The kid and alg of a client's key may have at most {MaxIdLength} characters each.",
        "RSA" => Bytes(key, "n") is { } modulus && BitsOf(modulus) is >= MinRsaBits and <= MaxRsaBits
            && Bytes(key, "e").AsSpan().SequenceEqual(Exponent)
                ? null
                : RsaBounds,
        "EC" => Bytes(key, "x") is { Length: CoordinateBytes } && Bytes(key, "y") is { Length: CoordinateBytes }
            ? null
            : "An EC key of a client must have the coordinates x and y of P-256, 32 bytes each.",
        _ => null,
    };

    private static int BitsOf(byte[] modulus)
    {
        // JWK numbers have no leading zeros (RFC 7518 §6.3.1.1).
        return modulus is [0, ..] ? 0 : (modulus.Length * 8) - System.Numerics.BitOperations.LeadingZeroCount(modulus[0]) + 24;
    }

    internal static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static byte[]? Bytes(JsonElement key, string name) =>
        Text(key, name) is { Length: > 0 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}

/// <summary>A public key of a client, within the bounds of <see cref="ClientKeys"/>.</summary>
/// <param name="Algorithm">The algorithm that the key is registered for, or null.</param>
internal sealed record ClientKey(string? Id, string? Algorithm, RSAParameters? Rsa, ECParameters? Ec)
{
    public static ClientKey Of(JsonElement key) => new(
        ClientKeys.Text(key, "kid") is { Length: > 0 } id ? id : null,
        ClientKeys.Text(key, "alg"),
        ClientKeys.Text(key, "kty") == "RSA"
            ? new RSAParameters { Modulus = ClientKeys.Bytes(key, "n"), Exponent = ClientKeys.Bytes(key, "e") }
            : null,
        ClientKeys.Text(key, "kty") == "EC"
            ? new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new() { X = ClientKeys.Bytes(key, "x"), Y = ClientKeys.Bytes(key, "y") }
            }
            : null);

    /// <summary>Whether the key can have made a signature of this algorithm, as registered.</summary>
    public bool IsFor(string algorithm) =>
        Algorithm is null or "" || Algorithm == algorithm
            ? algorithm switch
            {
                "RS256" or "PS256" => Rsa is not null,
                "ES256" => Ec is not null,
                _ => false,
            }
            : false;

    /// <summary>Whether the key made this signature. False for numbers that are not a key.</summary>
    public bool Verify(string algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var rsa = Rsa is { } numbers ? RSA.Create(numbers) : null;
            using var ec = Ec is { } point ? ECDsa.Create(point) : null;
            return rsa is not null
                ? rsa.VerifyData(
                    signed, signature, HashAlgorithmName.SHA256, algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
                : ec!.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            // A stored key is within the bounds, but its point may not be on the curve.
            return false;
        }
    }

    /// <summary>Whether the numbers are a key, such as a point that is on the curve.</summary>
    public bool IsKey()
    {
        try
        {
            using var rsa = Rsa is { } numbers ? RSA.Create(numbers) : null;
            using var ec = Ec is { } point ? ECDsa.Create(point) : null;
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class KeyJson : System.Text.Json.Serialization.JsonSerializerContext;
