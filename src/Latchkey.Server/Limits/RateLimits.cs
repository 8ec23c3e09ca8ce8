using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Latchkey.Server.Network;

namespace Latchkey.Server.Limits;

/// <summary>
/// Rate limits of this node. There are two kinds, and neither lets an attacker lock out others:
/// 1. Requests that cost storage or a fetch (registrations, authorization requests, pushed requests, client documents) are counted per
/// network and refused before the work is done. 2. Credentials are always checked. Only failures are counted, per client and network or per
/// grant, and only the response to a further failure changes: right credentials are accepted even while the same network guesses. Networks
/// in <c>RateLimits:KnownNetworks</c> have <see cref="KnownFactor"/> times every allowance.
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

    public RateLimitExceeded? Authorization(HttpContext http) => Take(authorizations, http, "authorization requests");

    /// <summary>RFC 9126 §2.3.</summary>
    public RateLimitExceeded? Push(HttpContext http) => Take(pushes, http, "pushed authorization requests");

    /// <summary>A new client. For one that turns out to be known, call <see cref="GiveBackRegistration"/>.</summary>
    public RateLimitExceeded? Registration(HttpContext http) => Take(registrations, http, "registrations");

    public void GiveBackRegistration(HttpContext http)
    {
        if (isOn)
        {
            var client = address.Of(http);
            registrations.GiveBack(new(NetworkOf(client), Subject: 0), FactorOf(client));
        }
    }

    /// <summary>The metadata document of an unknown client, whose host the caller chooses.</summary>
    public RateLimitExceeded? Fetch(HttpContext http) => Take(fetches, http, "client documents to fetch");

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

    private RateLimitExceeded? Take(TokenBuckets buckets, HttpContext http, string what, int subject = 0)
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

        if (shortage.IsFirst)
        {
            Refused(logger, what, client);
        }

        return Of(shortage);
    }

    private static RateLimitExceeded Of(Shortage shortage) =>
        new(Math.Max(1, (int)Math.Ceiling(shortage.RetryAfter.TotalSeconds)), shortage.Refusal, shortage.IsFirst);

    private int FactorOf(IPAddress client) => knownNetworks.Contains(client) ? KnownFactor : 1;

    private static UInt128 NetworkOf(IPAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        client.TryWriteBytes(bytes, out _);

        // IPv4 uses the lower 64 bits and IPv6 the upper ones, so the keys never collide.
        return client.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : (UInt128)BinaryPrimitives.ReadUInt64BigEndian(bytes) << 64;
    }

    [LoggerMessage(
        LogLevel.Warning, "Rate limit exceeded: too many {What} from {Client}; further ones are refused until the limit allows them again")]
    private static partial void Refused(ILogger logger, string what, IPAddress client);
}
