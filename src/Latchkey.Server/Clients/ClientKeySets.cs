using System.Collections.Concurrent;
using Latchkey.Server.Credentials;
using Latchkey.Server.Network;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Clients;

/// <summary>
/// Public keys of clients that sign assertions: from the metadata, or fetched from <c>jwks_uri</c> and cached for an hour. An unknown key
/// id causes another fetch, at most once per minute, so that rotated keys work at once and forged key ids cost little.
/// </summary>
internal sealed class ClientKeySets(DocumentFetcher fetcher, TimeProvider clock)
{
    private const int MaxKept = 1_000;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan RefetchFloor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, IReadOnlyList<JsonWebKey> Keys)> fetched = new(
        StringComparer.Ordinal);

    /// <param name="isKnown">Whether fetches for this client use the share of known clients in <see cref="FetchLimiter"/>.</param>
    /// <returns>The keys that may have signed with this <paramref name="keyId"/>. Null when the client's host cannot be reached.</returns>
    public async Task<IReadOnlyList<JsonWebKey>?> FindAsync(
        ClientKeys keys, string? keyId, bool isKnown, CancellationToken cancellationToken)
    {
        if (keys.Jwks is { } jwks)
        {
            return Matching(ClientKeys.Parse(jwks), keyId);
        }

        var uri = keys.JwksUri!;
        var now = clock.GetUtcNow();
        if (fetched.TryGetValue(uri, out var held) && now - held.At < Kept
            && (now - held.At < RefetchFloor || Matching(held.Keys, keyId).Count > 0))
        {
            return Matching(held.Keys, keyId);
        }

        if (await fetcher.FetchAsync(new Uri(uri), isKnown, cancellationToken) is not Fetch.Fetched { Content: var content })
        {
            return held.Keys is { } former ? Matching(former, keyId) : null;
        }

        if (fetched.Count >= MaxKept)
        {
            fetched.Clear();
        }

        var current = ClientKeys.Parse(System.Text.Encoding.UTF8.GetString(content));
        fetched[uri] = (now, current);
        return Matching(current, keyId);
    }

    /// <summary>An assertion without a key id may be signed with any of the keys (RFC 7515 §4.1.4).</summary>
    private static IReadOnlyList<JsonWebKey> Matching(IReadOnlyList<JsonWebKey> keys, string? keyId) =>
        keyId is null ? keys : [.. keys.Where(k => k.KeyId == keyId)];
}
