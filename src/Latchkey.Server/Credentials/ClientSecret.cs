using System.Security.Cryptography;

namespace Latchkey.Server.Credentials;

/// <summary>Stored as a SHA-256 hash. Several may be valid at once, for rotation without an outage.</summary>
/// <param name="IsActive">An operator may disable a secret and enable it again, to find out whether it is still used.</param>
internal sealed record ClientSecret(
    SecretId Id, byte[] Hash, string Suffix, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, bool IsActive = true,
    DateTimeOffset? UpdatedAt = null)
{
    public const int MaxPerClient = 5;

    public static ClientSecret Of(Secret secret, DateTimeOffset now) =>
        new(SecretId.New(), secret.Hash(), secret.Value[^4..], now, ExpiresAt: null);

    public bool IsGood(DateTimeOffset now) => IsActive && !(ExpiresAt <= now);

    /// <summary>The valid secret that equals the given one, or null.</summary>
    public static ClientSecret? Matching(IReadOnlyList<ClientSecret> secrets, Secret given, DateTimeOffset now)
    {
        var hash = given.Hash();
        return secrets.FirstOrDefault(s => s.IsGood(now) && CryptographicOperations.FixedTimeEquals(hash, s.Hash));
    }
}
