using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Fuzz.Requests;

/// <summary>Mutations of the body's bytes, its length and its kind.</summary>
internal static class BodyMutations
{
    private static readonly int[] Sizes = [1_000, 20_000, 65_536, 70_000, 262_143, 262_145, 400_000];

    public static string? EditBytes(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (draft.RenderBody() is not { Length: > 0 })
        {
            return null;
        }

        var (what, where, with, length) = (random.Below(6), random.Below(100_000), (byte)random.Below(256), 1 + random.Below(20));
        draft.BodyEdits.Add(bytes =>
        {
            if (bytes.Length == 0)
            {
                return bytes;
            }

            var at = where % bytes.Length;
            var end = Math.Min(bytes.Length, at + length);
            return what switch
            {
                0 => [.. bytes[..at], with, .. bytes[at..]],
                1 => [.. bytes[..at], .. bytes[end..]],
                2 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << (with & 7))), .. bytes[(at + 1)..]],
                3 => bytes[..at],
                4 => [.. bytes[..end], .. bytes[at..]],
                _ => [.. bytes[..at], with, .. bytes[(at + 1)..]],
            };
        });
        return $"byte {where} of the body: mutation {what}, 0x{with:x2}, {length} bytes";
    }

    public static string? ChangeEncoding(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (draft.RenderBody() is null)
        {
            return null;
        }

        var way = random.Below(5);
        draft.BodyEdits.Add(bytes => way switch
        {
            0 => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes)),
            1 => [0xef, 0xbb, 0xbf, .. bytes],
            2 => Gzip(bytes),
            3 => Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(bytes)),
            _ => [.. bytes, 0],
        });
        if (way == 2 && random.OneIn(2))
        {
            draft.Headers.Add(new("Content-Encoding", "gzip"));
        }

        return $"the body in {new[] { "UTF-16", "UTF-8 with a byte order mark", "gzip", "Latin-1", "UTF-8 with a zero" }[way]}";
    }

    public static string? ChangeLength(RequestDraft draft, SeededRandom random, TestData testData)
    {
        switch (random.Below(4))
        {
            case 0:
                draft.IsChunked = draft.RenderBody() is not null;
                return "chunked";
            case 1 when draft.RenderBody() is { } body:
                draft.Headers.Add(new("Content-Length", (body.Length + random.Pick(new[] { -7, -1, 1, 7, 1_000 })).ToString()));
                return $"{draft.Headers[^1].Value} bytes in Content-Length, {body.Length} sent";
            case 2 when random.OneIn(4):
                var size = random.Pick(Sizes);
                draft.BodyEdits.Add(bytes => [.. bytes, .. Enumerable.Repeat((byte)' ', size)]);
                return $"{size} spaces at the end of the body";
            case 3 when draft.Form is { } form && random.OneIn(4):
                form.Add(new("x", new string('x', random.Pick(Sizes))));
                return "a long field in the form";
            default:
                return null;
        }
    }

    /// <summary>The same content as JSON or as a form, no content, or content where none is expected.</summary>
    public static string? ChangeKind(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (draft.Form is { } form)
        {
            draft.Json = new JsonObject(
                form.DistinctBy(f => f.Name, StringComparer.Ordinal).Select(f => KeyValuePair.Create<string, JsonNode?>(f.Name, f.Value)));
            draft.Form = null;
            return "the form as JSON";
        }

        if (draft.Json is JsonObject members)
        {
            draft.Form = [.. members.Select(m => new Field(m.Key, m.Value?.ToString() ?? ""))];
            draft.Json = null;
            return "the JSON as a form";
        }

        if (draft.Bytes is not null)
        {
            draft.Bytes = random.OneIn(2) ? [] : [0, 0, 0, 0, 0];
            return "an empty message";
        }

        draft.Json = HostileInput.Json(random, testData) ?? new JsonObject();
        return "a body where none is expected";
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
