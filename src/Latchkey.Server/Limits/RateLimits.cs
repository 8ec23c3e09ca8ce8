using System.Net;
using Latchkey.Server.Network;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Limits;

/// <summary>
/// The budget of each network on this node: everything that an unauthenticated caller can cause passes here, and no part of it lets an
/// attacker lock out others:
/// 1. Every request costs the units of its route (<see cref="RouteCost"/>). 2. What is stored costs its bytes, and what is fetched one
/// fetch; registrations, authorization requests and pushed requests are counted too. All of these are counted per network, and refused
/// before the work is done; what all networks together store has a ceiling (<see cref="StoredCeiling"/>). 3. Credentials are always
/// checked. Only failures are counted, per client and network or per grant, and only the
/// response to a further failure changes: right credentials are accepted even while the same network guesses. 4. A completed login and
/// issued tokens return what they cost. Networks in <c>RateLimits:KnownNetworks</c> have <see cref="KnownFactor"/> times every allowance.
/// </summary>
internal sealed partial class RateLimits
{
    public const int KnownFactor = 100;
    private const int KibibytesPerMebibyte = 1024;
    private const int BytesPerKibibyte = 1024;

    /// <summary>A network may have several clients, and its failures per client are limited earlier.</summary>
    private const int VerificationFactor = 10;
    /// <summary>
    /// The subject of all foreign web pages together: a network has one further allowance for what they make the browsers of their
    /// visitors request, so that a page cannot use up what the people and programs of the network need.
    /// </summary>
    private const int ForeignPages = 1;

    /// <summary>The pause of the cleanup.</summary>
    private static readonly TimeSpan FullRetry = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ClientAddress address;
    private readonly StoredCeiling ceiling;
    private readonly TimeProvider clock;
    private readonly ILogger<RateLimits> logger;
    private readonly NetworkList knownNetworks;
    private readonly bool isOn;
    private readonly string origin;
    private readonly TokenBuckets requests;

    /// <summary>In KiB.</summary>
    private readonly TokenBuckets stored;
    private readonly TokenBuckets full = new(1, FullRetry);
    private readonly TokenBuckets registrations;
    private readonly TokenBuckets authorizations;
    private readonly TokenBuckets pushes;
    private readonly TokenBuckets fetches;
    private readonly TokenBuckets failuresOfClients;
    private readonly TokenBuckets failuresOfGrants;
    private readonly TokenBuckets failuresOfBearers;
    private readonly TokenBuckets verifications;

    public RateLimits(
        Settings settings, ClientAddress address, StoredCeiling ceiling, TimeProvider clock, ILogger<RateLimits> logger)
    {
        (this.address, this.ceiling, this.clock, this.logger) = (address, ceiling, clock, logger);
        knownNetworks = settings.KnownNetworks;
        isOn = settings.RateLimitsEnabled;
        origin = settings.BaseUrl;
        requests = new(settings.RequestsPerMinute, Minute);

        // Half of the hour's bytes at once, so that a flood is refused after about two seconds.
        stored = new(settings.StoredMegabytesPerHour * KibibytesPerMebibyte / 2, Hour / 2);
        registrations = new(settings.RegistrationsPerHour, Hour);
        authorizations = new(settings.AuthorizationsPerMinute, Minute);
        pushes = new(settings.AuthorizationsPerMinute, Minute);
        fetches = new(settings.DocumentFetchesPerMinute, Minute);
        failuresOfClients = new(settings.FailuresPerMinute, Minute);
        failuresOfGrants = new(settings.FailuresPerMinute, Minute);
        failuresOfBearers = new(settings.FailuresPerMinute, Minute);
        verifications = new(VerificationFactor * settings.FailuresPerMinute, Minute);
    }

    /// <summary>A request to a route.</summary>
    public RateLimitExceeded? Request(HttpContext http) => Take(requests, http, "requests", count: RouteCost.UnitsOf(http));

    /// <summary>A request that is handled in any case: it is charged as far as the budget goes.</summary>
    public void RequestInAnyCase(HttpContext http)
    {
        if (Request(http) is { } exceeded)
        {
            http.Features.Set(new Uncharged(exceeded));
        }
    }

    /// <summary>Returns the units of a request whose caller turned out to be known.</summary>
    public void GiveBackRequest(HttpContext http)
    {
        if (http.Features.Get<Uncharged>() is null)
        {
            GiveBack(requests, http, RouteCost.UnitsOf(http));
        }
    }

    /// <summary>Whether the network had spent its requests before this one, which is handled in any case.</summary>
    public RateLimitExceeded? Spent(HttpContext http) => http.Features.Get<Uncharged>()?.Exceeded;

    /// <summary>Bytes that a stranger leaves in the database: charged to the network, and to the ceiling of all networks.</summary>
    public RateLimitExceeded? Store(HttpContext http, int bytes, StoredKind kind)
    {
        if (Take(stored, http, "stored bytes", count: Kibibytes(bytes)) is { } exceeded)
        {
            return exceeded;
        }

        if (!isOn || ceiling.TryAdd(bytes, kind))
        {
            return null;
        }

        GiveBack(stored, http, Kibibytes(bytes));
        // Recorded for each network by itself, and counted when it floods.
        var shortage = full.Take(address.Of(http), subject: 0, clock.GetUtcNow())
            ?? new Shortage(FullRetry, AuthorizationId.New(), IsFirst: true);
        return Of(shortage) with { IsOfServer = true };
    }

    public void GiveBackStored(HttpContext http, int bytes)
    {
        GiveBack(stored, http, Kibibytes(bytes));
        if (isOn)
        {
            ceiling.Remove(bytes);
        }
    }

    /// <summary>Returns what a login cost, when a person of the resource completed it.</summary>
    /// <param name="bytes">The bytes of its row.</param>
    public void GiveBackLogin(HttpContext http, int bytes)
    {
        // One request each to authorize, callback and consent page, and the decision.
        const int Requests = 4;
        GiveBack(requests, http, Requests * RouteCost.RowUnits);
        GiveBack(authorizations, http, 1);
        GiveBackStored(http, bytes);
    }

    /// <summary>Returns what a pushed request cost, when its login was completed.</summary>
    /// <param name="bytes">The bytes of its row.</param>
    public void GiveBackPush(HttpContext http, int bytes)
    {
        GiveBack(requests, http, RouteCost.RowUnits);
        GiveBack(pushes, http, 1);
        GiveBackStored(http, bytes);
    }

    public RateLimitExceeded? Authorization(HttpContext http) => Take(authorizations, http, "authorization requests");

    /// <summary>RFC 9126 §2.3.</summary>
    public RateLimitExceeded? Push(HttpContext http) => Take(pushes, http, "pushed authorization requests");

    /// <summary>A new client. For one that turns out to be known, call <see cref="GiveBackRegistration"/>.</summary>
    public RateLimitExceeded? Registration(HttpContext http) => Take(registrations, http, "registrations");

    public void GiveBackRegistration(HttpContext http) => GiveBack(registrations, http, 1);

    /// <summary>
    /// A signature to verify with a key that a stranger chose. Charged before it is verified; for a valid one, call
    /// <see cref="GiveBackVerification"/>.
    /// </summary>
    public RateLimitExceeded? Verification(HttpContext http) => Take(verifications, http, "client assertions with a wrong signature");

    public void GiveBackVerification(HttpContext http) => GiveBack(verifications, http, 1);

    /// <summary>A document or key set to fetch, whose host the caller may have chosen.</summary>
    public RateLimitExceeded? Fetch(HttpContext http) => Take(fetches, http, "client documents and key sets to fetch");

    /// <summary>A wrong secret or assertion.</summary>
    /// <param name="client">The id of the client as sent.</param>
    public RateLimitExceeded? Failure(HttpContext http, string client) =>
        Take(failuresOfClients, http, "failed authentications", StringComparer.Ordinal.GetHashCode(client));

    /// <summary>A genuine code or refresh token that is refused. Counted per grant, from whatever network it comes.</summary>
    /// <param name="grant">The id of the login request or grant.</param>
    public RateLimitExceeded? FailureOfGrant(string grant) => !isOn ? null
        : failuresOfGrants.Take(new(Network: 0, StringComparer.Ordinal.GetHashCode(grant)), clock.GetUtcNow()) is { } shortage
            ? Of(shortage)
        : null;

    /// <summary>A bearer token at the management API (REST or gRPC) that is not valid.</summary>
    public RateLimitExceeded? FailureOfBearer(HttpContext http) => Take(failuresOfBearers, http, "wrong bearer tokens");

    /// <summary>Marks a request that was not charged.</summary>
    private sealed record Uncharged(RateLimitExceeded Exceeded);

    private static int Kibibytes(int bytes) => (bytes + BytesPerKibibyte - 1) / BytesPerKibibyte;

    private void GiveBack(TokenBuckets buckets, HttpContext http, int count)
    {
        if (isOn)
        {
            var client = address.Of(http);
            buckets.GiveBack(client, SubjectOf(http), FactorOf(client), count);
        }
    }

    private int SubjectOf(HttpContext http) => Navigation.IsCausedByForeignPage(http.Request, origin) ? ForeignPages : 0;

    private RateLimitExceeded? Take(TokenBuckets buckets, HttpContext http, string what, int? subject = null, int count = 1)
    {
        if (!isOn)
        {
            return null;
        }

        var client = address.Of(http);
        if (buckets.Take(client, subject ?? SubjectOf(http), clock.GetUtcNow(), FactorOf(client), count)
            is not { } shortage)
        {
            Instruments.BudgetUsed.Add(count, new KeyValuePair<string, object?>(Instruments.Budget, what));
            return null;
        }

        Instruments.BudgetRefused.Add(1, new KeyValuePair<string, object?>(Instruments.Budget, what));
        if (shortage.IsFirst)
        {
            Refused(logger, what, client);
        }

        return Of(shortage);
    }

    private static RateLimitExceeded Of(Shortage shortage) =>
        new(Math.Max(1, (int)Math.Ceiling(shortage.RetryAfter.TotalSeconds)), shortage.Refusal, shortage.IsFirst);

    private int FactorOf(IPAddress client) => knownNetworks.Contains(client) ? KnownFactor : 1;

    [LoggerMessage(
        1901, LogLevel.Warning,
        "Rate limit exceeded: too many {What} from {Client}; further ones are refused until the limit allows them again")]
    private static partial void Refused(ILogger logger, string what, IPAddress client);
}
