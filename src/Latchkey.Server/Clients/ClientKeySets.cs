using System.Collections.Concurrent;
using System.Text;
using Latchkey.Server.Credentials;
using Latchkey.Server.Network;

namespace Latchkey.Server.Clients;

internal abstract record KeyLookup
{
    private KeyLookup() { }

    /// <param name="Key">The only key with which the assertion can have been signed.</param>
    public sealed record Found(ClientKey Key) : KeyLookup;

    /// <summary>The client has no such key.</summary>
    public sealed record Unknown : KeyLookup;

    /// <summary>Several keys fit. The assertion must name one (RFC 7515 §4.1.4):
    /// trying each would multiply the cost of verification.</summary>
    public sealed record Ambiguous : KeyLookup;

    /// <summary>The key set cannot be fetched at the moment.</summary>
    public sealed record Unavailable : KeyLookup;

    public sealed record Exceeded(RateLimitExceeded Limit) : KeyLookup;
}

/// <summary>
/// Public keys of clients that sign assertions: from the metadata, or fetched from <c>jwks_uri</c> and cached for an hour. An unknown key
/// id causes another fetch, at most once per minute, so that rotated keys work at once and forged key ids cost little. While the set
/// cannot be fetched, the last good copy is used for up to one week.
/// </summary>
internal sealed class ClientKeySets(ClientFetches fetches, TimeProvider clock)
{
    private const int MaxKept = 1_000;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan RefetchFloor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxStaleness = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<string, KeptSet> fetched = new(StringComparer.Ordinal);

    /// <param name="http">The request with the assertion.</param>
    /// <param name="isListed">Whether the client is listed (<see cref="ListedClients"/>).</param>
    public async Task<KeyLookup> FindAsync(
        HttpContext http, ClientKeys keys, bool isListed, AssertionJwt assertion, CancellationToken cancellationToken)
    {
        if (keys.Jwks is { } jwks)
        {
            return Choose(ClientKeys.Usable(jwks), assertion);
        }

        var uri = keys.JwksUri!;
        var now = clock.GetUtcNow();
        var held = fetched.GetValueOrDefault(uri);
        var choice = held is null || now - held.At >= MaxStaleness ? null : Choose(held.Keys, assertion);
        if (choice is not null && now - held!.At < Kept && (now - held.At < RefetchFloor || choice is not KeyLookup.Unknown))
        {
            return choice;
        }

        switch (await fetches.FetchAsync(http, new ClientFetch("key set", uri, isListed, Validate), cancellationToken))
        {
            case Fetch.Fetched { Content: var content }:
                var current = ClientKeys.Usable(Encoding.UTF8.GetString(content));

                // A stranger may register a client with the jwks_uri of a listed one.
                Keep(uri, new(now, current, isListed || held?.IsListed == true));
                return Choose(current, assertion);

            // An unknown key id may be that of a new key, which only the client's host knows.
            case var _ when choice is not (null or KeyLookup.Unknown):
                return choice;

            case Fetch.Exceeded { Limit: var limit }:
                return new KeyLookup.Exceeded(limit);

            default:
                return new KeyLookup.Unavailable();
        }
    }

    private static string? Validate(byte[] content) =>
        StrictJson.ReadUnique(content, ClientKeys.MaxDepth, "The JWK set") switch
        {
            StrictJson.Value { Root: var set } => ClientKeys.Validate(set),
            StrictJson.Broken { What: var why } => why,
            _ => "The JWK set is too large.",
        };

    private static KeyLookup Choose(IReadOnlyList<ClientKey> keys, AssertionJwt assertion)
    {
        var fitting = keys.Where(k => k.IsFor(assertion.Algorithm) && (assertion.KeyId is not { } id || k.Id == id)).Take(2).ToList();
        return fitting.Count switch
        {
            0 => new KeyLookup.Unknown(),
            1 => new KeyLookup.Found(fitting[0]),
            _ => new KeyLookup.Ambiguous(),
        };
    }

    /// <summary>Drops the oldest set of a client that is not listed, so that a flood of new sets drops those of the flood first.</summary>
    private void Keep(string uri, KeptSet set)
    {
        if (fetched.Count >= MaxKept && !fetched.ContainsKey(uri))
        {
            fetched.TryRemove(fetched.MinBy(f => (f.Value.IsListed, f.Value.At)));
        }

        fetched[uri] = set;
    }

    private sealed record KeptSet(DateTimeOffset At, IReadOnlyList<ClientKey> Keys, bool IsListed);
}
