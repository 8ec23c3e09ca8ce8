using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.OAuth;

/// <summary>
/// A secret in clear: prefix for secret scanners, then at least 256 bits in base64url. Prints as <c>***</c>, compares in constant time,
/// is stored only as a SHA-256 hash (the bits are random, so a slow hash would add cost and no safety).
/// </summary>
internal readonly record struct Secret(string Value)
{
    public const string ClientSecretPrefix = "lks_";
    public const string CodePrefix = "lkc_";
    public const string RefreshTokenPrefix = "lkr_";
    public const string InitialAccessTokenPrefix = "lki_";
    public const string RegistrationAccessTokenPrefix = "lkg_";

    /// <summary>A secret that somebody chose and this file did not draw.</summary>
    public const int MinChosenLength = 32;

    public static Secret New(string prefix) => new(prefix + NewToken(32));

    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes(Value));

    public bool Matches(ReadOnlySpan<byte> hash) => CryptographicOperations.FixedTimeEquals(Hash(), hash);

    /// <summary>Constant-time comparison of two texts; a different length is told apart at once, as lengths of ours are public.</summary>
    public static bool AreEqual(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    public override string ToString() => "***";

    /// <summary><paramref name="bytes"/> random bytes in base64url.</summary>
    public static string NewToken(int bytes) => Base64Url.EncodeToString(NewBytes(bytes));

    /// <summary>The one place of the server where randomness is drawn.</summary>
#pragma warning disable RS0030 // this file is the exception the ban names
    public static byte[] NewBytes(int count) => RandomNumberGenerator.GetBytes(count);
#pragma warning restore RS0030
}
