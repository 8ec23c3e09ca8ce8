using System.Globalization;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Token;

/// <summary>
/// Refresh tokens are derived: <c>lkr_</c>, the grant's random part, the generation, the key's random part, and a keyed hash over them. One row per
/// grant is all there is to store, and a client that lost an answer can be given the same token again.
/// </summary>
internal sealed class RefreshLineage(KeyRing keys)
{
    /// <summary>How many past rotations the row remembers. An older token is older than any window.</summary>
    public const int MaxRemembered = 8;

    private const char Separator = '.';

    public Secret TokenOf(GrantId grant, string keyId, long generation) =>
        Write(keys.FindSymmetric(keyId) ?? throw new Storage.CorruptRow("grants", grant.Value, "its refresh key is gone"), grant, generation);

    /// <summary>The grant and generation of a token that is ours; null for anything else, without a look at the database.</summary>
    public Presented? Parse(string token)
    {
        if (!token.StartsWith(Secret.RefreshTokenPrefix, StringComparison.Ordinal) || token.Length > 200)
        {
            return null;
        }

        var parts = token[Secret.RefreshTokenPrefix.Length..].Split(Separator);
        return parts.Length == 4
            && GrantId.Parse(GrantId.Prefix + parts[0]) is { } grant
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            && keys.FindSymmetric(parts[2]) is { } key
            && Secret.AreEqual(token, Write(key, grant, generation).Value)
                ? new Presented(grant, generation)
                : null;
    }

    private static Secret Write(DerivationKey key, GrantId grant, long generation)
    {
        var random = grant.Value[GrantId.Prefix.Length..];
        var number = generation.ToString(CultureInfo.InvariantCulture);
        return new(string.Join(Separator, Secret.RefreshTokenPrefix + random, number, key.Id, key.Derive("refresh token", $"{grant} {number}")));
    }

    internal readonly record struct Presented(GrantId Grant, long Generation);
}
