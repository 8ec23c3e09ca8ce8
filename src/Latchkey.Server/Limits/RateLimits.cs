using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Latchkey.Server.OAuth;
using Latchkey.Server.Ports;

namespace Latchkey.Server.Limits;

/// <summary>Asked too often.</summary>
/// <param name="AuthRequestId">The journey that a page's reference leads to.</param>
/// <param name="IsNews">The first refusal of this key for a while: the one that is written down.</param>
internal sealed record TooMany(int RetryAfterSeconds, AuthRequestId AuthRequestId, bool IsNews)
{
    /// <summary>For <c>error_description</c> and problem details.</summary>
    public string Sentence(string what) => $"Too many {what}; try again in {RetryAfterSeconds} s.";
}

/// <summary>
/// How often somebody may ask, on this node. Two kinds, and neither lets a stranger lock somebody else out:
/// 1. What costs storage or a fetch is counted by network (registrations, authorization requests, pushed requests, documents fetched) and refused before it is done.
/// 2. What proves something is always looked at. Only failures are counted, of a client by the network they come from and of a grant by itself, and only the answer
/// to the next failure changes: whoever holds the right secret gets in, from the same network too, while somebody there is guessing.
/// Networks of <c>RateLimits:KnownNetworks</c> have <see cref="KnownFactor"/> times every allowance.
/// </summary>
internal sealed partial class RateLimits
{
    private const int KnownFactor = 100;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ClientAddress address;
    private readonly TimeProvider clock;
    private readonly ILogger<RateLimits> logger;
    private readonly NetworkList knownNetworks;
    private readonly bool isOn;
    private readonly TokenBuckets registrations;
    private readonly TokenBuckets authorizations;
    private readonly TokenBuckets pushes;
    private readonly TokenBuckets fetches;
    private readonly TokenBuckets failuresOfClients;
    private readonly TokenBuckets failuresOfGrants;
    private readonly TokenBuckets failuresOfBearers;

    public RateLimits(Settings settings, ClientAddress address, TimeProvider clock, ILogger<RateLimits> logger)
    {
        (this.address, this.clock, this.logger) = (address, clock, logger);
        knownNetworks = settings.KnownNetworks;
        isOn = settings.RateLimitsEnabled;
        registrations = new(settings.RegistrationsPerHour, TimeSpan.FromHours(1));
        authorizations = new(settings.AuthorizationsPerMinute, Minute);
        pushes = new(settings.AuthorizationsPerMinute, Minute);
        fetches = new(settings.DocumentFetchesPerMinute, Minute);
        failuresOfClients = new(settings.FailuresPerMinute, Minute);
        failuresOfGrants = new(settings.FailuresPerMinute, Minute);
        failuresOfBearers = new(settings.FailuresPerMinute, Minute);
    }

    public TooMany? Authorization(HttpContext http) => Take(authorizations, http, "authorization requests");

    /// <summary>RFC 9126 §2.3.</summary>
    public TooMany? Push(HttpContext http) => Take(pushes, http, "pushed authorization requests");

    /// <summary>A client that was not here before. Where it turns out to have been, <see cref="GiveBackRegistration"/>.</summary>
    public TooMany? Registration(HttpContext http) => Take(registrations, http, "registrations");

    public void GiveBackRegistration(HttpContext http)
    {
        if (isOn)
        {
            var client = address.Of(http);
            registrations.GiveBack(new(NetworkOf(client), Subject: 0), FactorOf(client));
        }
    }

    /// <summary>A document of a client nobody knows: whoever asks chooses a host that this server talks to.</summary>
    public TooMany? Fetch(HttpContext http) => Take(fetches, http, "client documents to fetch");

    /// <summary>A secret or an assertion that was wrong.</summary>
    /// <param name="client">Who it was said to be.</param>
    public TooMany? Failure(HttpContext http, string client) => Take(failuresOfClients, http, "failed authentications", StringComparer.Ordinal.GetHashCode(client));

    /// <summary>A genuine code or refresh token, presented in a way that does not get its tokens: wherever that comes from, it is one credential being tried.</summary>
    /// <param name="grant">The id of what was presented.</param>
    public TooMany? FailureOfGrant(string grant) => !isOn ? null : failuresOfGrants.Take(new(Network: 0, StringComparer.Ordinal.GetHashCode(grant)), clock.GetUtcNow()) is { } shortage ? Of(shortage) : null;

    /// <summary>A bearer at the management API, REST or gRPC, that is no live token.</summary>
    public TooMany? FailureOfBearer(HttpContext http) => Take(failuresOfBearers, http, "wrong bearer tokens");

    private TooMany? Take(TokenBuckets buckets, HttpContext http, string what, int subject = 0)
    {
        if (!isOn)
        {
            return null;
        }

        var client = address.Of(http);
        if (buckets.Take(new(NetworkOf(client), subject), clock.GetUtcNow(), FactorOf(client)) is not { } shortage)
        {
            return null;
        }

        if (shortage.IsNews)
        {
            Refused(logger, what, client);
        }

        return Of(shortage);
    }

    private static TooMany Of(Shortage shortage) => new(Math.Max(1, (int)Math.Ceiling(shortage.RetryAfter.TotalSeconds)), shortage.Refusal, shortage.IsNews);

    private int FactorOf(IPAddress client) => knownNetworks.Contains(client) ? KnownFactor : 1;

    private static UInt128 NetworkOf(IPAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        client.TryWriteBytes(bytes, out _);

        // IPv4 in the lower 64 bits, IPv6 in the upper: they never meet.
        return client.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : (UInt128)BinaryPrimitives.ReadUInt64BigEndian(bytes) << 64;
    }

    [LoggerMessage(LogLevel.Warning, "Too many {What} from {Client}: more are refused until there is room again")]
    private static partial void Refused(ILogger logger, string what, IPAddress client);
}
