using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>
/// What belongs to no sign-in (metadata of an unknown server, a preflight, a registration, an unknown code), once per minute.
/// </summary>
internal sealed record UnattributedEvent
{
    public required string Id { get; init; }
    public required string Reference { get; init; }
    public required DateTimeOffset Minute { get; init; }
    public string? Network { get; init; }
    public required string CauseCode { get; init; }
    public required IReadOnlyList<Fact> Facts { get; init; }
    public required DateTimeOffset LastAt { get; init; }
    public required long Count { get; init; }
}

/// <summary>A filter for unattributed events. A null member does not filter.</summary>
/// <param name="Client">The beginning of the id or the name of a client, as the facts have them.</param>
internal sealed record UnattributedFilter(
    string? Network, string? Cause, DateTimeOffset? From, DateTimeOffset? Before, string? Client = null);

/// <summary>
/// Counts the events of a minute with the same network, cause and facts, and stores one row per count. Strangers cause them, so a network
/// has a few rows of its own per minute, and one row for the rest. Callers hear the reference of their event, and must not be able to tell
/// from it why they were refused: it cannot be computed from the cause, and the rest has one reference whatever the causes.
/// </summary>
internal sealed class UnattributedEvents(IDatabase signIns, SignInLosses losses, Settings settings, TimeProvider clock)
{
    public static readonly TimeSpan Retention = TimeSpan.FromDays(7);
    public const int MaxRows = 100_000;

    /// <summary>Rows with facts per network and minute.</summary>
    private const int MaxWithFacts = 20;

    /// <summary>
    /// The allowance of rows with facts per hour, in allowances of a minute. One that recurs every minute is within it, and one network
    /// cannot displace the rows of others, of which <see cref="MaxRows"/> are kept.
    /// </summary>
    private const int MinutesPerHour = 3;

    /// <summary>Beyond this number of counts at once, events are lost.</summary>
    private const int MaxCounts = 10_000;
    private const int MinutesPerSecond = 60;
    private const int KeyBytes = 16;

    private readonly string key = Secret.NewToken(KeyBytes);
    private readonly ConcurrentDictionary<string, Count> counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Network, long Minute), int> withFacts = new();
    private readonly TokenBuckets hourly = new(MinutesPerHour * MaxWithFacts, TimeSpan.FromHours(1));

    /// <summary>The rows of the present minute, with the minute.</summary>
    private readonly ConcurrentDictionary<string, long> known = new(StringComparer.Ordinal);

    /// <returns>The reference with which the event is found, and whether it is the first one of its row.</returns>
    public (string Reference, bool IsFirst) Add(IPAddress from, Cause cause, IReadOnlyList<Fact> facts)
    {
        var now = clock.GetUtcNow();
        var minute = now.ToUnixTimeSeconds() / MinutesPerSecond;
        var network = SiteNetwork.Of(from);
        var recorded = RecordedFacts.Of(facts, settings.SignInAddresses);
        var id = IdOf(minute, network, cause, recorded);
        if (!known.ContainsKey(id) && !MayHaveFacts(network, minute, now))
        {
            recorded = [];
            id = IdOf(minute, network, cause: null, recorded);
        }

        if (counts.Count < MaxCounts || counts.ContainsKey(id))
        {
            counts.GetOrAdd(id, _ => new(minute, RecordedAddress.NetworkOf(from, settings.SignInAddresses), cause.Code, recorded)).Add(now);
        }

        return (ReferenceOf(id), known.Count < MaxCounts && known.TryAdd(id, minute));
    }

    private bool MayHaveFacts(string network, long minute, DateTimeOffset now) =>
        known.Count < MaxCounts
        && withFacts.AddOrUpdate((network, minute), 1, static (_, n) => n + 1) <= MaxWithFacts
        && hourly.Take(new(Network: 0, StringComparer.Ordinal.GetHashCode(network)), now) is null;

    /// <summary>Stores the counts since the last call.</summary>
    public async Task StoreAsync(CancellationToken cancellationToken)
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / MinutesPerSecond;
        foreach (var former in withFacts.Keys.Where(k => k.Minute < minute))
        {
            withFacts.TryRemove(former, out _);
        }

        foreach (var (id, _) in known.Where(k => k.Value < minute))
        {
            known.TryRemove(id, out _);
        }

        var taken = new List<KeyValuePair<string, Count>>();
        foreach (var id in counts.Keys)
        {
            if (counts.TryRemove(id, out var count))
            {
                taken.Add(new(id, count));
            }
        }

        if (taken.Count == 0)
        {
            return;
        }

        try
        {
            await StoreAsync(taken, cancellationToken);
        }
        catch (StorageUnavailable)
        {
            losses.Add(taken.Sum(t => t.Value.Number));
            throw;
        }
    }

    private Task StoreAsync(List<KeyValuePair<string, Count>> taken, CancellationToken cancellationToken)
    {
        // In one order on every node, against deadlocks.
        var values = new SqlValues();
        values.AddJson("rows", JsonOf(taken.OrderBy(t => t.Key, StringComparer.Ordinal)));
        return signIns.WriteAsync(
            """
            INSERT INTO unattributed_events (id, reference, minute, network, cause, facts, last_at, number)
            SELECT key, value->>0, CAST(value->>1 AS BIGINT), value->>2, value->>3, value->>4, CAST(value->>5 AS BIGINT),
                   CAST(value->>6 AS BIGINT)
              FROM json_each(@rows) WHERE key IS NOT NULL
            ON CONFLICT (id) DO UPDATE SET number = unattributed_events.number + excluded.number, last_at = excluded.last_at
            """,
            values, static _ => true, cancellationToken);
    }

    /// <summary>The newest event with this reference.</summary>
    public async Task<UnattributedEvent?> FindAsync(string reference, CancellationToken cancellationToken)
    {
        await StoreAsync(cancellationToken);
        return await FindStoredAsync(signIns, reference, cancellationToken);
    }

    public static Task<UnattributedEvent?> FindStoredAsync(IDatabase signIns, string reference, CancellationToken cancellationToken) =>
        signIns.ReadAsync(
            $"SELECT {Columns} FROM unattributed_events WHERE reference = @reference ORDER BY minute DESC LIMIT 1",
            new() { { "reference", reference } }, ReadOne, cancellationToken);

    /// <summary>Newest first. The count stops at <see cref="SignInList.MaxCounted"/>.</summary>
    public async Task<(int Total, List<UnattributedEvent> Page)> ListAsync(
        UnattributedFilter filter, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        await StoreAsync(cancellationToken);
        const string Where =
            "(@network IS NULL OR network = @network) AND (@cause IS NULL OR cause = @cause) AND (@from IS NULL OR minute >= @from) "
            + "AND (@before IS NULL OR minute < @before) AND (@client_is IS NULL OR lower(facts) LIKE @client_is " + PrefixText.Escape
            + " OR lower(facts) LIKE @client_begins " + PrefixText.Escape + ")";
        return await signIns.ReadAsync(
            $"SELECT COUNT(*) FROM (SELECT 1 FROM unattributed_events WHERE {Where} LIMIT @max) counted; "
            + $"SELECT {Columns} FROM unattributed_events WHERE {Where} AND (@after_at IS NULL OR (minute, id) < (@after_at, @after_id)) "
            + "ORDER BY minute DESC, id DESC LIMIT @limit",
            new()
            {
                { "network", filter.Network }, { "cause", filter.Cause }, { "from", filter.From }, { "before", filter.Before },
                { "client_is", filter.Client is { } id ? PatternOf(FactNames.ClientId, id) : null },
                { "client_begins", filter.Client is { } name ? PatternOf(FactNames.ClientName, name) : null },
                { "after_at", after?.At }, { "after_id", after?.Id }, { "limit", limit }, { "max", (long)SignInList.MaxCounted },
            },
            static reader => Rows.Counted(reader, ReadOne),
            cancellationToken);
    }

    /// <summary>Deletes old events, and the oldest ones beyond <see cref="MaxRows"/>, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => signIns.WriteAsync(
        """
        DELETE FROM unattributed_events WHERE id IN (
            SELECT id FROM unattributed_events
             WHERE minute < @before
                OR minute < (SELECT minute FROM unattributed_events ORDER BY minute DESC, id DESC LIMIT 1 OFFSET @max)
             ORDER BY minute LIMIT 500)
        RETURNING 1
        """,
        new() { { "before", now - Retention }, { "max", (long)MaxRows } }, Rows.Count, cancellationToken);

    public const string Columns = "id, reference, minute, network, cause, facts, last_at, number";

    public static UnattributedEvent? ReadOne(System.Data.Common.DbDataReader row) => !row.Read() ? null : new()
    {
        Id = row.GetString(0),
        Reference = row.GetString(1),
        Minute = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
        Network = row.IsDBNull(3) ? null : row.GetString(3),
        CauseCode = row.GetString(4),
        Facts = FactJson.Read(row.GetString(5)),
        LastAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
        Count = row.GetInt64(7),
    };

    private static string JsonOf(IEnumerable<KeyValuePair<string, Count>> rows) => SignInJson.Write(json =>
    {
        json.WriteStartObject();
        foreach (var (id, count) in rows)
        {
            json.WriteStartArray(id);
            json.WriteStringValue(ReferenceOf(id));
            json.WriteNumberValue(count.Minute * MinutesPerSecond * 1_000);
            json.WriteStringValue(count.Network);
            json.WriteStringValue(count.CauseCode);
            FactJson.Write(json, count.Facts);
            json.WriteNumberValue(count.LastAt);
            json.WriteNumberValue(count.Number);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    /// <summary>Finds a fact in the stored form of facts.</summary>
    private static string PatternOf(string name, string value)
    {
        var fact = FactJson.Of([Fact.Seen(name, value)]).ToLowerInvariant();
        var begin = fact.IndexOf($"\"{name}\"", StringComparison.Ordinal);
        return $"%{PrefixText.Pattern(fact[begin..^"\"]]".Length])}";
    }

    private string IdOf(long minute, string network, Cause? cause, IReadOnlyList<Fact> facts)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{key}\n{minute}\n{network}\n{cause?.Code}\n{FactJson.Of(facts)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private static string ReferenceOf(string id) => SignInReference.Of(id);

    private sealed class Count(long minute, string? network, string causeCode, IReadOnlyList<Fact> facts)
    {
        private long number;
        private long lastAt;

        public long Minute => minute;

        public string? Network => network;

        public string CauseCode => causeCode;

        public IReadOnlyList<Fact> Facts => facts;

        public long Number => Interlocked.Read(ref number);

        public long LastAt => Interlocked.Read(ref lastAt);

        public void Add(DateTimeOffset now)
        {
            Interlocked.Increment(ref number);
            Interlocked.Exchange(ref lastAt, now.ToUnixTimeMilliseconds());
        }
    }
}
