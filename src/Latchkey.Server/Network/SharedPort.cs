using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Latchkey.Server.Supervision;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Latchkey.Server.Network;

/// <summary>One half of a cleartext port, for one protocol. Both halves have the same address and port.</summary>
internal sealed class SharedPortEndPoint(IPAddress address, int port, HttpProtocols protocol) : IPEndPoint(address, port)
{
    public HttpProtocols Protocol => protocol;
}

/// <summary>
/// HTTP/1.1 and HTTP/2 with prior knowledge (RFC 9113 §3.3) on one cleartext port. Without TLS there is no negotiation, so Kestrel serves
/// only one of them. A client with prior knowledge begins with <c>PRI</c>, which is not an HTTP/1.1 method: 1. both halves share one
/// socket; 2. the first three bytes of a connection are read without consuming them; 3. the half for that protocol accepts it.
/// </summary>
internal sealed class SharedPortTransport(
    Settings settings, NetworkConnections connections, Supervisor supervisor, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory sockets = new(
        Microsoft.Extensions.Options.Options.Create(new SocketTransportOptions()), loggers);
    private readonly Dictionary<string, SharedPort> ports = new(StringComparer.Ordinal);

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    /// <exception cref="Storage.UnusableSetting">The address is in use, or is not one of this machine.</exception>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not SharedPortEndPoint half)
        {
            return await BindSocketAsync((IPEndPoint)endpoint, cancellationToken);
        }

        // Kestrel binds addresses one at a time.
        if (!ports.TryGetValue(half.ToString(), out var port))
        {
            port = new SharedPort(
                await BindSocketAsync(new IPEndPoint(half.Address, half.Port), cancellationToken), settings.MaxConnections, supervisor);
            ports.Add(half.ToString(), port);
        }

        return port.HalfOf(half);
    }

    private async Task<IConnectionListener> BindSocketAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            return new CountedListener(await sockets.BindAsync(address, cancellationToken), connections);
        }
        catch (Exception problem) when ((problem as SocketException ?? problem.InnerException as SocketException) is { } refused)
        {
            throw Listening.Refused(refused, address, settings);
        }
    }
}

/// <summary>
/// A bound socket that sorts connections by protocol. Kestrel counts a connection only once it is sorted. Connections that have sent
/// nothing yet have the same limit, and the oldest of them is closed first, because a real client sends at once.
/// </summary>
internal sealed class SharedPort
{
    private const int PrefaceLength = 3;
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(15);

    private static readonly RetryPace AcceptPace = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));

    private readonly IConnectionListener socket;
    private readonly IAsyncDisposable accepting;
    private readonly int maxSilent;
    private readonly Lock counting = new();
    private readonly LinkedList<CancellationTokenSource> silent = [];
    private readonly Channel<ConnectionContext> http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> http2 = Channel.CreateUnbounded<ConnectionContext>();

    public SharedPort(IConnectionListener socket, int maxSilent, Supervisor supervisor)
    {
        (this.socket, this.maxSilent) = (socket, maxSilent);
        accepting = supervisor.Start($"accepting connections at {socket.EndPoint}", AcceptAsync, AcceptPace);
    }

    public IConnectionListener HalfOf(SharedPortEndPoint endpoint) =>
        new Half(endpoint, this, endpoint.Protocol == HttpProtocols.Http2 ? http2 : http1);

    private async Task AcceptAsync(CancellationToken stop)
    {
        while (await socket.AcceptAsync(stop) is { } connection)
        {
            _ = SortAsync(connection);
        }

        http1.Writer.TryComplete();
        http2.Writer.TryComplete();
    }

    private async Task SortAsync(ConnectionContext connection)
    {
        using var silence = new CancellationTokenSource(MaxSilence);
        var place = Queue(silence);
        try
        {
            var half = await BeginsWithPrefaceAsync(connection, silence.Token) ? http2 : http1;
            if (half.Writer.TryWrite(connection))
            {
                return;
            }
        }
#pragma warning disable CA1031 // one connection must not affect another, whatever happened to it
        catch (Exception)
#pragma warning restore CA1031
        {
            // The connection was silent for too long or closed before it sent anything.
        }
        finally
        {
            Leave(place);
        }

        await connection.DisposeAsync();
    }

    private LinkedListNode<CancellationTokenSource> Queue(CancellationTokenSource silence)
    {
        var place = new LinkedListNode<CancellationTokenSource>(silence);
        lock (counting)
        {
            silent.AddLast(place);
            if (silent.Count > maxSilent)
            {
                var longest = silent.First!;
                silent.RemoveFirst();

                // Cancelling here would run the waiting code inside the lock.
                longest.Value.CancelAfter(TimeSpan.Zero);
            }
        }

        return place;
    }

    private void Leave(LinkedListNode<CancellationTokenSource> place)
    {
        lock (counting)
        {
            if (place.List is not null)
            {
                silent.Remove(place);
            }
        }
    }

    /// <summary>Consumes nothing: the half that serves the connection reads it from its beginning.</summary>
    private static async Task<bool> BeginsWithPrefaceAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync(cancellationToken);
            var verdict = Judge(read.Buffer);
            var isDecided = verdict is not null || read.IsCompleted;
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, isDecided ? read.Buffer.Start : read.Buffer.End);
            if (isDecided)
            {
                return verdict == true;
            }
        }
    }

    /// <summary>Returns null when there are too few bytes to decide.</summary>
    private static bool? Judge(ReadOnlySequence<byte> given)
    {
        Span<byte> first = stackalloc byte[PrefaceLength];
        var length = (int)Math.Min(given.Length, PrefaceLength);
        given.Slice(0, length).CopyTo(first);
        return !"PRI"u8.StartsWith(first[..length]) ? false : length == PrefaceLength ? true : null;
    }

    private sealed class Half(SharedPortEndPoint endpoint, SharedPort port, Channel<ConnectionContext> sorted) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await sorted.Reader.WaitToReadAsync(cancellationToken) && sorted.Reader.TryRead(out var connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => port.socket.UnbindAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await port.socket.DisposeAsync();
            await port.accepting.DisposeAsync();
            port.http1.Writer.TryComplete();
            port.http2.Writer.TryComplete();
            while (sorted.Reader.TryRead(out var connection))
            {
                await connection.DisposeAsync();
            }
        }
    }
}
