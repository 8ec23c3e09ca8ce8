using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Latchkey.Server.Network;

/// <summary>
/// Bounds the connections of one network over all ports. An idle connection costs its caller nothing, and the limit of all connections
/// together would let one caller keep out all others. Beyond the bound the oldest one is closed and none is refused, because a connection
/// of an honest caller is among the newest. Trusted proxies, whose connections carry the requests of many networks, have no such bound.
/// </summary>
internal sealed class NetworkConnections(Settings settings)
{
    /// <summary>A network has one part of all connections.</summary>
    private const int Parts = 10;
    private const int LeastOfNetwork = 100;

    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, LinkedList<ConnectionContext>> open = [];

    private int MaxOfNetwork => Math.Max(settings.MaxConnections / Parts, LeastOfNetwork);

    /// <summary>Counts a connection until it is closed.</summary>
    public void Add(ConnectionContext connection)
    {
        if (!settings.RateLimitsEnabled || (connection.RemoteEndPoint as IPEndPoint)?.Address is not { } address)
        {
            return;
        }

        var peer = ClientAddress.OneSpelling(address);
        if (settings.TrustedProxies.Contains(peer) || settings.KnownNetworks.Contains(peer))
        {
            return;
        }

        var network = NetworkKey.OfSite(peer);
        var (place, oldest) = Enter(connection, network);
        oldest?.Abort(new ConnectionAbortedException("The network has newer connections, and too many of them."));
        connection.ConnectionClosed.Register(() => Leave(place, network));
    }

    private (LinkedListNode<ConnectionContext> Place, ConnectionContext? Oldest) Enter(ConnectionContext connection, UInt128 network)
    {
        lock (gate)
        {
            if (!open.TryGetValue(network, out var connections))
            {
                open.Add(network, connections = new());
            }

            ConnectionContext? oldest = null;
            if (connections.Count >= MaxOfNetwork)
            {
                oldest = connections.First!.Value;
                connections.RemoveFirst();
            }

            return (connections.AddLast(connection), oldest);
        }
    }

    private void Leave(LinkedListNode<ConnectionContext> place, UInt128 network)
    {
        lock (gate)
        {
            if (place.List is not { } connections)
            {
                return;
            }

            connections.Remove(place);
            if (connections.Count == 0)
            {
                open.Remove(network);
            }
        }
    }
}

/// <summary>A listener whose connections are counted.</summary>
internal sealed class CountedListener(IConnectionListener socket, NetworkConnections connections) : IConnectionListener
{
    public EndPoint EndPoint => socket.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        var connection = await socket.AcceptAsync(cancellationToken);
        if (connection is not null)
        {
            connections.Add(connection);
        }

        return connection;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => socket.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => socket.DisposeAsync();
}
