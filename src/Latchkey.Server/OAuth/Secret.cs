using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.OAuth;

/// <summary>
/// A secret in clear text: a prefix for secret scanners and at least 256 bits in base64url. Prints as <c>***</c>, compares in constant
/// time, and is stored only as a SHA-256 hash. The bits are random, so a slow hash would add cost and no security.
/// </summary>
internal readonly record struct Secret(string Value)
{
    public const string ClientSecretPrefix = "lks_";
    public const string CodePrefix = "lkc_";
    public const string RefreshTokenPrefix = "lkr_";
    public const string InitialAccessTokenPrefix = "lki_";
    public const string RegistrationAccessTokenPrefix = "lkg_";
    public const string OperatorSessionPrefix = "lko_";
    public const string OperatorInvitePrefix = "lku_";

    /// <summary>The minimum length of a secret chosen by an operator.</summary>
    public const int MinChosenLength = 32;

    public static Secret New(string prefix) => new(prefix + NewToken(32));

    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes(Value));

    public bool Matches(ReadOnlySpan<byte> hash) => CryptographicOperations.FixedTimeEquals(Hash(), hash);

    /// <summary>Compares in constant time for equal lengths. Lengths are public.</summary>
    public static bool AreEqual(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    public override string ToString() => "***";

    /// <summary>Returns <paramref name="bytes"/> random bytes in base64url.</summary>
    public static string NewToken(int bytes) => Base64Url.EncodeToString(NewBytes(bytes));

    /// <summary>The only place in the server that draws randomness.</summary>
#pragma warning disable RS0030 // this file is the one exception from the ban
    public static byte[] NewBytes(int count) => RandomNumberGenerator.GetBytes(count);
#pragma warning restore RS0030
}
