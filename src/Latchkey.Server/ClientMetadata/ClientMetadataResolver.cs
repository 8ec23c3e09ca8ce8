using System.Collections.Concurrent;
using Latchkey.Server.Clients;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.ClientMetadata;

internal abstract record DocumentLookup
{
    private DocumentLookup() { }

    public sealed record Found(Client Client) : DocumentLookup;

    public sealed record Refused(ErrorPage Refusal) : DocumentLookup;
}

/// <summary>
/// Finds the client of a metadata document for an authorization request (draft-ietf-oauth-client-id-metadata-document §4):
/// 1. a fresh cached document is used; 2. otherwise, within the network's rate limit, it is fetched once for all concurrent requests; 3.
/// changes of name, redirect URIs or keys are recorded; 4. while the host is down, a document that was valid is used for up to one week
/// longer. The token endpoint never fetches: it uses the cached document.
/// </summary>
internal sealed class ClientMetadataResolver(
    ClientCache clients, ClientStore store, DocumentFetcher fetcher, KnownClients known, RateLimits limits, SignInRecorder signIns,
    TimeProvider clock)
{
    private static readonly TimeSpan MaxStaleness = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<string, Lazy<Task<DocumentLookup>>> underWay = new(StringComparer.Ordinal);

    public async Task<DocumentLookup> FindAsync(
        HttpContext http, AuthorizationId authRequest, ClientId id, CancellationToken cancellationToken)
    {
        var former = await clients.FindAsync(id, cancellationToken);
        if (former is { IsEnabled: false })
        {
            return new DocumentLookup.Refused(ClientMetadataErrors.Blocked);
        }

        if (former?.Document is { } kept && kept.FreshUntil > clock.GetUtcNow())
        {
            return new DocumentLookup.Found(former);
        }

        var isKnown = former is not null || known.IsKnownId(id.Value);
        if (!isKnown && limits.Fetch(http) is { } exceeded)
        {
            return new DocumentLookup.Refused(ClientMetadataErrors.TooManyFetches(exceeded));
        }

        // The first request fetches for all; a waiting request cannot cancel the fetch for the others.
        return await underWay.GetOrAdd(id.Value, _ => new(() => FetchForAllAsync(authRequest, id, former, isKnown))).Value
            .WaitAsync(cancellationToken);
    }

    private async Task<DocumentLookup> FetchForAllAsync(AuthorizationId authRequest, ClientId id, Client? former, bool isKnown)
    {
        try
        {
            return await FetchAsync(authRequest, id, former, isKnown);
        }
        finally
        {
            underWay.TryRemove(id.Value, out _);
        }
    }

    private async Task<DocumentLookup> FetchAsync(AuthorizationId authRequest, ClientId id, Client? former, bool isKnown)
    {
        var url = id.DocumentUrl!;
        var now = clock.GetUtcNow();
        switch (await fetcher.FetchAsync(new Uri(url), isKnown, CancellationToken.None))
        {
            case Fetch.Fetched fetched
                when ClientMetadataDocument.Read(fetched.Content, url) is DocumentReading.Valid { Document: var document }:
                if (fetched.Content.Length > RecommendedBytes)
                {
                    signIns.Record(
                        authRequest, null, "client.document_large",
                        $"The document of {id} has {fetched.Content.Length} bytes. Other servers read at most {RecommendedBytes}.");
                }

                return await KeepAsync(authRequest, NewClient(id, document, former, now, fetched.FreshFor), former);

            case Fetch.Fetched fetched when ClientMetadataDocument.Read(fetched.Content, url) is DocumentReading.Invalid { Why: var why }:
                return new DocumentLookup.Refused(ClientMetadataErrors.Invalid(why));

            case Fetch.Failed failed when former?.Document is { } kept && !failed.IsWithdrawn && now - kept.FreshUntil < MaxStaleness:
                signIns.Record(authRequest, null, "client.document_stale", $"{failed.Why} The document as of {kept.FetchedAt:u} was used.");
                return new DocumentLookup.Found(former);

            case Fetch.Failed failed:
                return new DocumentLookup.Refused(ClientMetadataErrors.Unavailable(failed.Why));

            default:
                return new DocumentLookup.Refused(ClientMetadataErrors.Busy);
        }
    }

    /// <summary>Larger documents are accepted, but drafts of the specification allow servers to stop here.</summary>
    private const int RecommendedBytes = 5 * 1024;

    private static Client NewClient(ClientId id, ClientMetadataDocument document, Client? former, DateTimeOffset now, TimeSpan freshFor) =>
        new()
        {
            Id = id,
            Name = document.Name,
            Origin = ClientOrigin.Document,
            RedirectUris = document.RedirectUris,
            Class = document.Class,
            TokenEndpointAuthMethod = document.TokenEndpointAuthMethod,
            GrantTypes = document.GrantTypes,
            ClientUri = document.ClientUri,
            LogoUri = document.LogoUri,
            CreatedAt = former?.CreatedAt ?? now,
            UpdatedAt = now,
            Revision = former?.Revision ?? 0,
            Keys = document.Keys,
            Document = new(now, now + freshFor, document.Fingerprint()),
        };

    private async Task<DocumentLookup> KeepAsync(AuthorizationId authRequest, Client client, Client? former)
    {
        var change = former?.Document is not { } kept || kept.Fingerprint.AsSpan().SequenceEqual(client.Document!.Fingerprint)
            ? null
            : ClientChange.Between(former, client);
        if (!await store.KeepDocumentAsync(client, change, CancellationToken.None))
        {
            // Another node wrote the row first, or an operator blocked the client: the stored row counts.
            return await store.FindAsync(client.Id, CancellationToken.None) is { IsEnabled: true } latest
                ? new DocumentLookup.Found(latest)
                : new DocumentLookup.Refused(ClientMetadataErrors.Blocked);
        }

        clients.Remember(client with { Revision = client.Revision + 1 });
        if (change is not null)
        {
            signIns.Record(authRequest, null, "client.document_changed", $"{client.Id}: {change}");
        }

        return new DocumentLookup.Found(client);
    }
}
