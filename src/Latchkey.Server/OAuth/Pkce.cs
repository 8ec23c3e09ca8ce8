using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.OAuth;

/// <summary>Proof Key for Code Exchange, S256 only (RFC 7636 §4). OAuth 2.1 §4.1.1 requires it of every client.</summary>
internal static class Pkce
{
    public const string Method = "S256";
    private const int ChallengeLength = 43;

    /// <summary>True for the base64url of a SHA-256: 43 characters without padding.</summary>
    public static bool IsChallenge(string text) =>
        text.Length == ChallengeLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>True for 43 to 128 unreserved characters (RFC 7636 §4.1).</summary>
    public static bool IsVerifier(string text) =>
        text.Length is >= 43 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~');

    public static bool Verifies(string challenge, string verifier) =>
        IsVerifier(verifier) && Secret.AreEqual(ChallengeOf(verifier), challenge);

    public static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
