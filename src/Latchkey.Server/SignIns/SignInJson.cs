using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Latchkey.Server.SignIns;

/// <summary>Writes the JSON in which rows reach the database.</summary>
internal static class SignInJson
{
    /// <summary>The text is a value in the database, never part of a page.</summary>
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true
    };

    public static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>An object with these keys, for <c>json_each</c>.</summary>
    public static string Keys(IEnumerable<string> keys) => Write(json =>
    {
        json.WriteStartObject();
        foreach (var key in keys)
        {
            json.WriteNumber(key, 1);
        }

        json.WriteEndObject();
    });
}
