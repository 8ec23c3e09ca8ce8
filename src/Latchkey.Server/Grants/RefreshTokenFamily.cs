using System.Globalization;
using Latchkey.Server.Keys;

namespace Latchkey.Server.Grants;

/// <summary>
/// The refresh token family. Tokens are derived: <c>lkr_</c>, the grant's random part, the generation, the key's random part, and a keyed
/// hash over them. Only one row per grant is stored, and a client that lost a response can get the same token again.
/// </summary>
internal sealed class RefreshTokenFamily(KeyRing keys)
{
    /// <summary>The number of past rotations that the row keeps. Older tokens are outside any reuse window.</summary>
    public const int MaxRemembered = 8;

    private const char Separator = '.';

    public Secret TokenOf(GrantId grant, string keyId, long generation) =>
        Write(
            keys.FindSymmetric(keyId) ?? throw new Storage.CorruptRow("grants", grant.Value, "its refresh key is missing"),
            grant,
            generation);

    /// <summary>Returns grant and generation of a token of this server, or null for any other. Does not read the database.</summary>
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
        return new(
            string.Join(Separator, Secret.RefreshTokenPrefix + random, number, key.Id, key.Derive("refresh token", $"{grant} {number}")));
    }

    internal readonly record struct Presented(GrantId Grant, long Generation);
}
