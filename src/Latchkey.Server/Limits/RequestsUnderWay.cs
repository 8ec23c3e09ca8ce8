using Latchkey.Server.Network;

namespace Latchkey.Server.Limits;

/// <summary>
/// Bounds the requests of one network that are under way at once, whatever their routes cost: a request whose body comes slowly, or whose
/// response is not read, costs its caller nothing and this server memory. Beyond the bound the oldest one is aborted and none is refused,
/// because a request of an honest caller is among the newest.
/// </summary>
internal sealed class RequestsUnderWay(Settings settings, ClientAddress address)
{
    public const int MaxOfNetwork = 1_000;

    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, LinkedList<HttpContext>> underWay = [];

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

    private LinkedListNode<HttpContext> Enter(HttpContext http, UInt128 network, int max)
    {
        lock (gate)
        {
            if (!underWay.TryGetValue(network, out var requests))
            {
                underWay.Add(network, requests = new());
            }

            if (requests.Count >= max)
            {
                // Inside the lock: once its request has left, the context may belong to another one.
                var oldest = requests.First!.Value;
                requests.RemoveFirst();
                oldest.Abort();
            }

            return requests.AddLast(http);
        }
    }

    private void Leave(LinkedListNode<HttpContext> place, UInt128 network)
    {
        lock (gate)
        {
            if (place.List is not { } requests)
            {
                return;
            }

            requests.Remove(place);
            if (requests.Count == 0)
            {
                underWay.Remove(network);
            }
        }
    }
}
