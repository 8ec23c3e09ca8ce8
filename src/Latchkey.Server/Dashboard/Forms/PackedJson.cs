using System.Buffers.Text;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Server.Dashboard.Forms;

/// <summary>
/// JSON as the value of a hidden input, compressed, because a form with 500 permissions must stay below the limit of a request body.
/// </summary>
internal static class PackedJson
{
    private const int MaxLength = 1024 * 1024;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static string Write(JsonObject values)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(Encoding.UTF8.GetBytes(values.ToJsonString()));
        }

        return Base64Url.EncodeToString(packed.GetBuffer().AsSpan(0, (int)packed.Length));
    }

    /// <summary>Returns an empty object when the text is no JSON object, is too long, or was changed by the browser.</summary>
    public static JsonObject Read(string? text)
    {
        if (text is null || !Base64Url.IsValid(text))
        {
            return [];
        }

        try
        {
            using var deflate = new DeflateStream(new MemoryStream(Base64Url.DecodeFromChars(text)), CompressionMode.Decompress);
            var bytes = new byte[MaxLength];
            var length = deflate.ReadAtLeast(bytes, MaxLength, throwOnEndOfStream: false);
            return length < MaxLength && JsonNode.Parse(bytes.AsSpan(0, length), documentOptions: Strict) is JsonObject values
                ? values
                : [];
        }
        catch (Exception broken) when (broken is InvalidDataException or JsonException)
        {
            return [];
        }
    }
}
