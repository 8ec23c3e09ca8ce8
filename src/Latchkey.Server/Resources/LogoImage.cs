using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.Resources;

/// <summary>
/// The logo of a resource, which this server serves itself, so that no other server learns who signs in. Only formats without script are
/// accepted, by their bytes and not by their name, with few pixels, because a small file can hold a very large image.
/// </summary>
internal sealed class LogoImage
{
    public const int MaxBytes = 32 * 1024;
    public const int MaxSide = 1024;

    /// <summary>The longest data URL: base64 needs 4 characters for 3 bytes.</summary>
    public const int MaxLength = (MaxBytes + 2) / 3 * 4 + 32;

    private const string Prefix = "data:";
    private const string Encoding64 = ";base64,";

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    private LogoImage(byte[] bytes, Format format)
    {
        (Bytes, ContentType) = (bytes, format.ContentType);
        FileName = $"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}.{format.Extension}";
    }

    public byte[] Bytes { get; }

    public string ContentType { get; }

    /// <summary>Contains a hash of the content, so browsers may cache it forever.</summary>
    public string FileName { get; }

    /// <summary>Returns null for a text that is not a valid data URL of an image.</summary>
    public static LogoImage? Of(string? text) =>
        text is not null && Validate(text) is null && BytesOf(text) is { } bytes && FormatOf(bytes) is { } format
            ? new(bytes, format)
            : null;

    /// <summary>Returns why a text cannot be a logo, or null.</summary>
    public static string? Validate(string text)
    {
        const string Expected = "must be a data URL of a PNG, JPEG or WebP image: data:image/png;base64,…";
        if (BytesOf(text) is not { } bytes)
        {
            return Expected;
        }

        return bytes.Length > MaxBytes ? $"may have at most {MaxBytes / 1024} KiB"
            : FormatOf(bytes) is not { } format || !text.StartsWith(Prefix + format.ContentType + Encoding64, StringComparison.Ordinal)
                ? Expected
            : format.Width is < 1 or > MaxSide || format.Height is < 1 or > MaxSide
                ? $"may have at most {MaxSide} pixels on each side"
            : null;
    }

    private static byte[]? BytesOf(string text)
    {
        var at = text.IndexOf(Encoding64, StringComparison.Ordinal);
        var encoded = at < 0 ? "" : text[(at + Encoding64.Length)..];
        var bytes = new byte[encoded.Length];
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            && !encoded.Any(char.IsWhiteSpace)
            && Convert.TryFromBase64String(encoded, bytes, out var length) && length > 0
                ? bytes[..length]
                : null;
    }

    private static Format? FormatOf(ReadOnlySpan<byte> bytes) => Png(bytes) ?? Jpeg(bytes) ?? WebP(bytes);

    /// <summary>The signature, and the first chunk, which is the header with the size (PNG §5.2, §11.2.1).</summary>
    private static Format? Png(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 24 && bytes.StartsWith(PngSignature) && bytes[12..16].SequenceEqual("IHDR"u8)
            ? new("image/png", "png", BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..]))
            : null;

    /// <summary>Reads the segments up to the frame header, which has the size (ITU T.81 §B.2.2).</summary>
    private static Format? Jpeg(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || bytes[0] != 0xff || bytes[1] != 0xd8)
        {
            return null;
        }

        for (var at = 2; at + 9 < bytes.Length && bytes[at] == 0xff;)
        {
            var marker = bytes[at + 1];
            if (marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc))
            {
                return new(
                    "image/jpeg", "jpg", BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]),
                    BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]));
            }

            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }

        return null;
    }

    /// <summary>The container and its first chunk, which has the size (RFC 9649 §2).</summary>
    private static Format? WebP(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 30 || !bytes.StartsWith("RIFF"u8) || !bytes[8..12].SequenceEqual("WEBP"u8))
        {
            return null;
        }

        var (width, height) = Encoding.ASCII.GetString(bytes[12..16]) switch
        {
            "VP8X" => (1 + UInt24(bytes[24..]), 1 + UInt24(bytes[27..])),
            "VP8L" when bytes[20] == 0x2f => (
                1 + (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]) & 0x3fff),
                1 + (int)((BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]) >> 14) & 0x3fff)),
            "VP8 " => (
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]) & 0x3fff,
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]) & 0x3fff),
            _ => (0, 0),
        };
        return new("image/webp", "webp", width, height);
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private sealed record Format(string ContentType, string Extension, int Width, int Height);
}
