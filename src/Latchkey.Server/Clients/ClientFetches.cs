using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Clients;

/// <summary>A fetch of a URL that a client has chosen: its metadata document or its key set.</summary>
/// <param name="Kind">What is fetched. Failures are remembered per kind, because a valid document is not a valid key set.</param>
/// <param name="Url">A well-formed URL (<see cref="ClientIdUrl"/>).</param>
/// <param name="IsListed">Whether the client is listed (<see cref="ListedClients"/>).</param>
/// <param name="Validate">Returns why the content cannot be used, or null.</param>
internal sealed record ClientFetch(string Kind, string Url, bool IsListed, Func<byte[], string?> Validate);

/// <summary>
/// The one place for outbound requests that an unauthenticated caller can cause:
/// 1. a URL that failed is not fetched again for <see cref="FailureFloor"/>, and the same failure is returned; 2. one fetch serves all
/// concurrent requests; 3. the network that causes the fetch is charged before it is done, from one allowance for documents and key sets;
/// 4. failures at one host are counted per network, so that a network cannot use this server to send many requests to a third party under
/// many URLs, and so are hosts without a valid certificate; 5. <see cref="DocumentFetcher"/> fetches. The reason of a failure is logged for
/// the operator.
/// </summary>
internal sealed partial class ClientFetches(
    DocumentFetcher fetcher, OutboundReach reach, RateLimits limits, ClientAddress address, Settings settings, TimeProvider clock,
    ILogger<ClientFetches> logger)
{
    public static readonly TimeSpan FailureFloor = TimeSpan.FromSeconds(5);
    private const int MaxRemembered = 10_000;
    private const int FetchesPerFailureAtOneHost = 10;
    private const int LinesPerMinute = 20;

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, Fetch.Failed Failure)> failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Fetch>>> underWay = new(StringComparer.Ordinal);
    private readonly TokenBuckets failuresAtHosts = new(
        Math.Max(1, settings.DocumentFetchesPerMinute / FetchesPerFailureAtOneHost), TimeSpan.FromMinutes(1));


    /// <summary>
    /// Fetches that end before a certificate is accepted. Verifying the certificates of a handshake costs up to 100 ms, and a network may
    /// cause many fetches.
    /// </summary>
    private readonly TokenBuckets unsecured = new(
        Math.Max(1, settings.DocumentFetchesPerMinute / FetchesPerFailureAtOneHost), TimeSpan.FromMinutes(1));
    private readonly TokenBuckets lines = new(LinesPerMinute, TimeSpan.FromMinutes(1));

    /// <param name="http">The request that causes the fetch. Read before this method returns.</param>
    public Task<Fetch> FetchAsync(HttpContext http, ClientFetch wanted, CancellationToken cancellationToken)
    {
        var key = $"{wanted.Kind} {wanted.Url}";
        if (failures.TryGetValue(key, out var former) && (clock.GetUtcNow() - former.At).Duration() < FailureFloor)
        {
            return Task.FromResult<Fetch>(former.Failure);
        }

        if (underWay.TryGetValue(key, out var running))
        {
            return running.Value.WaitAsync(cancellationToken);
        }

        if (limits.Fetch(http) is { } exceeded)
        {
            return Task.FromResult<Fetch>(new Fetch.Exceeded(exceeded));
        }

        var client = address.Of(http);
        var network = NetworkKey.OfSite(client).ToString(CultureInfo.InvariantCulture);
        var url = new Uri(wanted.Url);
        var bucket = new BucketKey(Network: 0, StringComparer.Ordinal.GetHashCode($"{network} {url.Host}"));
        if (settings.RateLimitsEnabled
            && (failuresAtHosts.Take(bucket, clock.GetUtcNow()) ?? TakeUnsecured(wanted, client, bucket)) is { } shortage)
        {
            return Task.FromResult<Fetch>(new Fetch.Exceeded(
                new(Math.Max(1, (int)Math.Ceiling(shortage.RetryAfter.TotalSeconds)), shortage.Refusal, shortage.IsFirst)));
        }

        // A waiting request cannot cancel the fetch for the others.
        return underWay.GetOrAdd(key, _ => new(() => FetchForAllAsync(key, url, wanted, client, network, bucket))).Value
            .WaitAsync(cancellationToken);
    }

    /// <summary>The operator or the catalogue chose the hosts of listed clients.</summary>
    private Shortage? TakeUnsecured(ClientFetch wanted, IPAddress client, BucketKey bucket)
    {
        var shortage = wanted.IsListed ? null : unsecured.Take(client, subject: 0, clock.GetUtcNow());
        if (shortage is not null)
        {
            failuresAtHosts.GiveBack(bucket);
        }

        return shortage;
    }

    private async Task<Fetch> FetchForAllAsync(
        string key, Uri url, ClientFetch wanted, IPAddress client, string network, BucketKey bucket)
    {
        try
        {
            var begun = Stopwatch.GetTimestamp();
            var outcome = await fetcher.FetchAsync(url, wanted.IsListed, network, CancellationToken.None);
            Measure(wanted.Kind, begun, outcome);
            if (outcome is Fetch.Fetched { Content: var content } && wanted.Validate(content) is { } why)
            {
                outcome = new Fetch.Failed(why, IsInvalid: true) { IsSecured = true };
            }

            if (!wanted.IsListed && outcome is not Fetch.Failed { IsSecured: false })
            {
                unsecured.GiveBack(client, subject: 0);
            }

            if (outcome is Fetch.Failed failure)
            {
                Remember(key, failure);
                Log(wanted, failure, client);
            }
            else
            {
                failuresAtHosts.GiveBack(bucket);
                if (outcome is Fetch.Fetched)
                {
                    reach.Reached();
                }
            }

            return outcome;
        }
        finally
        {
            underWay.TryRemove(key, out _);
        }
    }

    private void Log(ClientFetch wanted, Fetch.Failed failure, IPAddress client)
    {
        if (lines.Take(client, subject: 0, clock.GetUtcNow()) is not { } shortage)
        {
            FetchFailed(logger, wanted.Kind, wanted.Url, OAuthError.Printable(failure.Why));
        }
        else if (shortage.IsFirst)
        {
            FurtherFailed(logger, client);
        }
    }

    /// <summary>The host is not told: a caller chose it.</summary>
    private static void Measure(string kind, long begun, Fetch outcome)
    {
        var result = outcome is Fetch.Fetched ? "fetched" : outcome is Fetch.Failed ? "failed" : "refused";
        Instruments.FetchDuration.Record(
            Stopwatch.GetElapsedTime(begun).TotalSeconds, new(Instruments.FetchKind, kind), new(Instruments.Result, result));
        StepSpan.Current?.Add(
            "client fetch", ActivityKind.Client, begun, outcome is Fetch.Fetched ? null : result, (Instruments.FetchKind, kind));
    }

    private void Remember(string key, Fetch.Failed failure)
    {
        var now = clock.GetUtcNow();
        if (failures.Count >= MaxRemembered)
        {
            foreach (var (old, entry) in failures.Where(f => (now - f.Value.At).Duration() >= FailureFloor).ToList())
            {
                failures.TryRemove(KeyValuePair.Create(old, entry));
            }
        }

        if (failures.Count < MaxRemembered)
        {
            failures[key] = (now, failure);
        }
    }

    [LoggerMessage(1301, LogLevel.Information, "The {Kind} {Url} of a client could not be used: {Why}")]
    private static partial void FetchFailed(ILogger logger, string kind, string url, string why);

    [LoggerMessage(
        1302, LogLevel.Information,
        "Further documents and key sets that {Client} names could not be used; they are not logged for a minute")]
    private static partial void FurtherFailed(ILogger logger, IPAddress client);
}
