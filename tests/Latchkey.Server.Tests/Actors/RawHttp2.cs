using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Sends and receives single HTTP/2 frames over cleartext (RFC 9113 §4, with prior knowledge §3.3).</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0, Headers = 1, ResetStream = 3, SettingsFrame = 4, Ping = 6, GoAway = 7, Continuation = 9;
    public const byte EndStream = 1, EndHeaders = 4;
    public const ushort MaxConcurrentStreams = 3;

    private readonly TcpClient tcp = new();
    private NetworkStream stream = null!;

    public static async Task<RawHttp2> ConnectAsync(LatchkeyHost host)
    {
        var wire = new RawHttp2();
        await wire.tcp.ConnectAsync("127.0.0.1", new Uri(host.Address).Port);
        wire.stream = wire.tcp.GetStream();
        await wire.stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await wire.SendAsync(SettingsFrame, flags: 0, streamId: 0, []);
        return wire;
    }

    public async Task SendAsync(byte type, byte flags, int streamId, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame.AsSpan(9));
        await stream.WriteAsync(frame);
    }

    /// <summary>Encodes header fields as literals without indexing and without Huffman coding (RFC 7541 §6.2.2).</summary>
    public static byte[] Block(params (string Name, string Value)[] fields)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            Write(block, name);
            Write(block, value);
        }

        return block.ToArray();
    }

    /// <summary>Encodes the pseudo-header fields of a POST and other header fields.</summary>
    public static byte[] Post(string path, params (string Name, string Value)[] more) =>
        Block([(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", path), .. more]);

    /// <summary>Returns the next frame, or null when the connection is closed.</summary>
    public async Task<Http2Frame?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var head = new byte[9];
        try
        {
            if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length)
            {
                return null;
            }

            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8];
            await stream.ReadExactlyAsync(payload, cancellationToken);
            return new(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Returns the frames until the connection is closed or a frame satisfies <paramref name="isEnough"/>.</summary>
    public async Task<IReadOnlyList<Http2Frame>> ReceiveAllAsync(Func<Http2Frame, bool>? isEnough = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var frames = new List<Http2Frame>();
        while (await ReceiveAsync(limit.Token) is { } frame)
        {
            frames.Add(frame);
            if (isEnough?.Invoke(frame) == true)
            {
                break;
            }
        }

        return frames;
    }

    public void Dispose() => tcp.Dispose();

    private static void Write(MemoryStream block, string text)
    {
        // A length of seven bits, and beyond that in groups of seven (RFC 7541 §5.1).
        const int Prefix = 127;
        var bytes = Encoding.Latin1.GetBytes(text);
        var rest = bytes.Length - Prefix;
        block.WriteByte((byte)Math.Min(bytes.Length, Prefix));
        while (rest >= 0)
        {
            block.WriteByte((byte)(rest >= 128 ? (rest % 128) | 128 : rest));
            rest = rest >= 128 ? rest / 128 : -1;
        }

        block.Write(bytes);
    }
}

internal sealed record Http2Frame(byte Type, byte Flags, int StreamId, byte[] Payload)
{
    /// <summary>The error code of RST_STREAM and GOAWAY (RFC 9113 §7), or null for other frames.</summary>
    public uint? ErrorCode => Type switch
    {
        RawHttp2.ResetStream => BinaryPrimitives.ReadUInt32BigEndian(Payload),
        RawHttp2.GoAway => BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(4)),
        _ => null,
    };
}
