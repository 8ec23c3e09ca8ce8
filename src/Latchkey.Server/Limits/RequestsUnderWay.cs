using Latchkey.Server.Network;
using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Server.Limits;

/// <summary>
/// Bounds the requests of one network that are under way at once, whatever their routes cost: a request whose body comes slowly, or whose
/// response is not read, costs its caller nothing and this server memory. A large one counts as several. Beyond the bound the oldest ones
/// are aborted and none is refused, because a request of an honest caller is among the newest.
/// </summary>
internal sealed class RequestsUnderWay(Settings settings, ClientAddress address)
{
    public const int MaxOfNetwork = 1_000;

    /// <summary>So many bytes count as one further request: those of a network have 64 MB together.</summary>
    public const int BytesPerPlace = 64 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, OfNetwork> underWay = [];

    public async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        if (!settings.RateLimitsEnabled)
        {
            await next(http);
            return;
        }

        var client = address.Of(http);
        var network = NetworkKey.OfSite(client);
        var place = Enter(http, network, settings.KnownNetworks.Contains(client) ? RateLimits.KnownFactor * MaxOfNetwork : MaxOfNetwork);
        try
        {
            await next(http);
        }
        finally
        {
            Leave(place, network);
        }
    }

    private static int PlacesOf(HttpContext http)
    {
        var body = http.Request.ContentLength is { } length ? Math.Min(length, Listening.MaxBodyBytes)
            : http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? Listening.MaxBodyBytes
            : 0;
        var headers = 0L;
        foreach (var (_, values) in http.Request.Headers)
        {
            foreach (var value in values)
            {
                headers += value?.Length ?? 0;
            }
        }

        return 1 + (int)((body + headers) / BytesPerPlace);
    }

    private LinkedListNode<Request> Enter(HttpContext http, UInt128 network, int max)
    {
        var places = PlacesOf(http);
        lock (gate)
        {
            if (!underWay.TryGetValue(network, out var requests))
            {
                underWay.Add(network, requests = new());
            }

            while (requests.Places + places > max && requests.First is { } oldest)
            {
                // Inside the lock: once its request has left, the context may belong to another one.
                requests.Take(oldest);
                oldest.Value.Http.Abort();
            }

            requests.Places += places;
            return requests.AddLast(new Request(http, places));
        }
    }

    private void Leave(LinkedListNode<Request> place, UInt128 network)
    {
        lock (gate)
        {
            if (place.List is not OfNetwork requests)
            {
                return;
            }

            requests.Take(place);
            if (requests.Count == 0)
            {
                underWay.Remove(network);
            }
        }
    }

    private sealed record Request(HttpContext Http, int Places);

    private sealed class OfNetwork : LinkedList<Request>
    {
        public int Places { get; set; }

        public void Take(LinkedListNode<Request> place)
        {
            Places -= place.Value.Places;
            Remove(place);
        }
    }
}
