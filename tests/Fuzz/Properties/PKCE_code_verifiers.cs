using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;

namespace Fuzz.Properties;

public sealed class PKCE_code_verifiers
{
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    private static readonly Gen<string> Verifier = Gen.OneOf(Unreserved.ToCharArray()).Array[40, 131]
        .Select(characters => new string(characters));

    [Fact]
    [Spec("RFC 7636 §4.1", "verifier-form")]
    public void A_PKCE_verifier_of_43_to_128_unreserved_characters_matches_its_challenge() => Texts.Nearly(Verifier).Sample(
        verifier =>
        {
            var isOne = verifier.Length is >= 43 and <= 128 && verifier.All(c => Unreserved.Contains(c, StringComparison.Ordinal));
            Assert.Equal(isOne, Pkce.IsVerifier(verifier));
            Assert.Equal(isOne, Pkce.Verifies(ChallengeOf(verifier), verifier));
        },
        iter: RunOptions.Properties);

    [Fact]
    [Spec("RFC 7636 §4.6", "verified")]
    public void A_PKCE_verifier_matches_no_other_challenge() => Gen.Select(Verifier, Verifier)
        .SelectMany((one, other) => Texts.Nearly(Gen.OneOf(ChallengeOf(one), ChallengeOf(other))).Select(challenge => (one, challenge)))
        .Sample(
            (verifier, challenge) =>
                Assert.Equal(Pkce.IsVerifier(verifier) && challenge == ChallengeOf(verifier), Pkce.Verifies(challenge, verifier)),
            iter: RunOptions.Properties);

    [Fact]
    [Spec("RFC 7636 §4.2", "s256")]
    public void A_PKCE_challenge_has_43_characters_of_base64url() => Texts.Nearly(Verifier.Select(ChallengeOf)).Sample(
        challenge => Assert.Equal(
            challenge.Length == 43
            && challenge.All(c => c is '-' or '_' or (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z')),
            Pkce.IsChallenge(challenge)),
        iter: RunOptions.Properties);

    /// <summary>BASE64URL-ENCODE(SHA256(ASCII(code_verifier))), step by step.</summary>
    private static string ChallengeOf(string verifier) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
