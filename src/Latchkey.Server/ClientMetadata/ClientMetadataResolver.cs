using System.Collections.Concurrent;
using System.Globalization;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.ClientMetadata;

internal abstract record DocumentLookup
{
    private DocumentLookup() { }

    public sealed record Found(Client Client) : DocumentLookup;

    public sealed record Refused(ErrorPage Refusal) : DocumentLookup;
}

/// <summary>
/// Finds the client of a metadata document for an authorization request (draft-ietf-oauth-client-id-metadata-document §4):
/// 1. a fresh cached document is used; 2. otherwise it is fetched through <see cref="ClientFetches"/>, which limits what a caller can
/// cause; 3. changes of name, redirect URIs or keys are recorded; 4. while the document cannot be fetched (its host is down, too many
/// fetches are running, the network's allowance is used up), a document that was valid is used for up to one week longer; that of a listed
/// client for as long as this server cannot reach the internet, where the catalogue stands in for a document that was never read. The token
/// endpoint never fetches: it uses the cached document.
/// </summary>
internal sealed class ClientMetadataResolver(
    ClientCache clients, ClientStore store, ClientFetches fetches, ListedClients listed, ConfigurationCache configuration,
    KnownClients known, OutboundReach reach, RateLimits limits, SignInRecorder signIns, TimeProvider clock)
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

        Instruments.LookedUp("client_documents", IsFresh(former));
        if (IsFresh(former))
        {
            return new DocumentLookup.Found(former!);
        }

        // One request fetches and stores the document for all. It is not cancelled, because the others wait for it.
        var own = new Lazy<Task<DocumentLookup>>(() => FetchForAllAsync(http, authRequest, id));
        var running = underWay.GetOrAdd(id.Value, own);
        if (running == own)
        {
            return await own.Value;
        }

        // A refusal may be that of another network, whose allowance is spent. A failure is remembered, so asking again costs no fetch.
        return await running.Value.WaitAsync(cancellationToken) is DocumentLookup.Found found
            ? found
            : await FetchAsync(http, authRequest, id);
    }

    private async Task<DocumentLookup> FetchForAllAsync(HttpContext http, AuthorizationId authRequest, ClientId id)
    {
        try
        {
            return await FetchAsync(http, authRequest, id);
        }
        finally
        {
            underWay.TryRemove(id.Value, out _);
        }
    }

    private async Task<DocumentLookup> FetchAsync(HttpContext http, AuthorizationId authRequest, ClientId id)
    {
        // Another request may have stored the document just before this one began, and an operator may have blocked the client.
        var former = await clients.FindAsync(id, CancellationToken.None);
        if (former is { IsEnabled: false })
        {
            return new DocumentLookup.Refused(ClientMetadataErrors.Blocked);
        }

        if (IsFresh(former))
        {
            return new DocumentLookup.Found(former!);
        }

        var url = id.DocumentUrl!;
        var wanted = new ClientFetch("document", url, listed.Includes(id), content => WhyInvalid(content, url));
        return await fetches.FetchAsync(http, wanted, CancellationToken.None) switch
        {
            Fetch.Fetched fetched => await ChargeAndKeepAsync(http, authRequest, id, fetched, former),
            Fetch.Failed { IsInvalid: true } invalid => new DocumentLookup.Refused(ClientMetadataErrors.Invalid(invalid.Why)),
            Fetch.Failed { IsWithdrawn: true } withdrawn => Unavailable(withdrawn, id),
            Fetch.Failed failed => Stale(http, authRequest, former, failed.Why)
                ?? await ShippedAsync(http, authRequest, id, former, failed.Why)
                ?? Unavailable(failed, id),
            Fetch.Exceeded { Limit: var limit } => Stale(http, authRequest, former, "The network has used up its allowance of fetches.")
                ?? new DocumentLookup.Refused(ClientMetadataErrors.TooManyFetches(limit)),
            _ => Stale(http, authRequest, former, "Too many fetches are running.") ?? new DocumentLookup.Refused(ClientMetadataErrors.Busy),
        };
    }

    private bool IsFresh(Client? client) => client?.Document is { } document && document.FreshUntil > clock.GetUtcNow();

    private DocumentReading Read(ReadOnlyMemory<byte> content, string url) =>
        ClientMetadataDocument.Read(content, url, configuration.Current.RedirectSchemes);

    private string? WhyInvalid(ReadOnlyMemory<byte> content, string url) =>
        Read(content, url) is DocumentReading.Invalid { Why: var why } ? why : null;

    /// <summary>The last good copy, or null when there is none or it is too old.</summary>
    private DocumentLookup? Stale(HttpContext http, AuthorizationId authRequest, Client? former, string why)
    {
        if (former is not { IsEnabled: true, Document: { } kept }
            || (clock.GetUtcNow() - kept.FreshUntil >= MaxStaleness && !(reach.IsClosed && listed.Includes(former.Id))))
        {
            return null;
        }

        signIns.RecordRepeatable(
            http, authRequest, loginRequest: null, "client.document_stale",
            [Fact.Seen("reason", why), Fact.Seen("fetched_at", kept.FetchedAt.ToString("u", CultureInfo.InvariantCulture))]);
        return new DocumentLookup.Found(former);
    }

    /// <summary>The page does not tell the reason, which is a fact of the refusal.</summary>
    private DocumentLookup.Refused Unavailable(Fetch.Failed failed, ClientId id) => new(
        (failed.IsNotPublic ? ClientMetadataErrors.NotPublic : ClientMetadataErrors.UnavailableAt(id.DocumentUrl!, reach.IsClosed)).With(
            Fact.Seen(FactNames.Reason, $"{id.DocumentUrl}: {failed.Why}"),
            Fact.Seen(FactNames.Host, ClientIdUrl.HostOf(id.DocumentUrl!))));

    /// <summary>
    /// In a network without a way to the internet, a well-known client is used as the catalogue describes it: its redirect URIs are its own
    /// or those of the device. Its document replaces the entry as soon as it can be read.
    /// </summary>
    private async Task<DocumentLookup?> ShippedAsync(
        HttpContext http, AuthorizationId authRequest, ClientId id, Client? former, string why)
    {
        if (!reach.IsClosed || former is not null || known.Shipped(id.Value) is not { } entry)
        {
            return null;
        }

        signIns.RecordRepeatable(
            http, authRequest, loginRequest: null, "client.document_shipped",
            [Fact.Seen(FactNames.ClientId, id.Value), Fact.Seen(FactNames.Reason, why)]);
        var document = new ClientMetadataDocument(
            entry.Name, [.. entry.ExactRedirects], "none", ClientClass.Public, Keys: null,
            [GrantType.AuthorizationCodeName, GrantType.RefreshTokenName], ClientUri: null, LogoUri: null);
        var client = NewClient(id, document, former: null, clock.GetUtcNow(), DocumentFetcher.MinFreshness);
        return await KeepAsync(authRequest, client, change: null);
    }

    /// <summary>
    /// Stores the document. Its bytes are charged to the network before. A change is counted as one of a registration: it is kept in the
    /// history of the client, and makes every node read its configuration again. A document that is known to have changed is not replaced
    /// by its last copy, which may have a redirect URI that its author removed.
    /// </summary>
    private async Task<DocumentLookup> ChargeAndKeepAsync(
        HttpContext http, AuthorizationId authRequest, ClientId id, Fetch.Fetched fetched, Client? former)
    {
        const int RowBytes = 1_024;
        if (Read(fetched.Content, id.DocumentUrl!) is not DocumentReading.Valid { Document: var document })
        {
            // The operator removed a scheme between the two readings.
            return new DocumentLookup.Refused(ClientMetadataErrors.Unavailable);
        }

        var client = NewClient(id, document, former, clock.GetUtcNow(), fetched.FreshFor);
        var change = former?.Document is not { } kept || kept.Fingerprint.AsSpan().SequenceEqual(client.Document!.Fingerprint)
            ? null
            : ClientChange.Between(former, client);

        if ((limits.Store(http, RowBytes + fetched.Content.Length, StoredKind.Registration)
            ?? (change is not null && !listed.Includes(id) ? limits.Registration(http) : null)) is { } exceeded)
        {
            return (change is null ? Stale(http, authRequest, former, "The network has used up its allowance of stored bytes.") : null)
                ?? new DocumentLookup.Refused(ClientMetadataErrors.TooManyFetches(exceeded));
        }

        if (fetched.Content.Length > RecommendedBytes)
        {
            signIns.Record(
                authRequest, null, "client.document_large",
                [
                    Fact.Seen("client_id", id.Value), Fact.Seen("bytes", $"{fetched.Content.Length}"),
                    Fact.Expected("limit", $"{RecommendedBytes}"),
                ]);
        }

        return await KeepAsync(authRequest, client, change);
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
            IdTokenAlgorithm = document.IdTokenAlgorithm,
            Document = new(now, now + freshFor, document.Fingerprint()),
        };

    private async Task<DocumentLookup> KeepAsync(AuthorizationId authRequest, Client client, string? change)
    {
        // Read before the write: an operator may block the client right after it, on any node.
        var version = clients.Version;
        if (!await store.KeepDocumentAsync(client, change, CancellationToken.None))
        {
            // Another node wrote the row first, or an operator blocked the client: the stored row counts.
            return await store.FindAsync(client.Id, CancellationToken.None) is { IsEnabled: true } latest
                ? new DocumentLookup.Found(latest)
                : new DocumentLookup.Refused(ClientMetadataErrors.Blocked);
        }

        clients.Remember(client with { Revision = client.Revision + 1 }, version);
        if (change is not null)
        {
            signIns.Record(
                authRequest, null, "client.document_changed",
                [Fact.Seen("client_id", client.Id.Value), Fact.Seen("change", change)]);
        }

        return new DocumentLookup.Found(client);
    }
}
