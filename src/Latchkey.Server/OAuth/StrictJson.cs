using System.Text.Json;
using System.Text.Unicode;

namespace Latchkey.Server.OAuth;

/// <summary>
/// Reads untrusted JSON completely before use, with limits on bytes and depth, and checks that every string is valid Unicode. The parser
/// accepts invalid UTF-8 and lone surrogates and throws only when the value is read.
/// </summary>
internal abstract record StrictJson
{
    private StrictJson() { }

    public sealed record Value(JsonElement Root) : StrictJson;

    public sealed record TooLarge : StrictJson;

    /// <param name="What">What is wrong, as a printable sentence for the caller.</param>
    public sealed record Broken(string What) : StrictJson;

    public static async Task<StrictJson> ReadAsync(HttpRequest request, int maxLength, int maxDepth, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxLength)
        {
            // The unread body cannot be told from a next request, so the connection is closed after the response.
            if (HttpProtocol.IsHttp11(request.Protocol))
            {
                request.HttpContext.Response.Headers.Connection = "close";
            }

            return new TooLarge();
        }

        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > maxLength)
            {
                return new TooLarge();
            }
        }

        return Parse(body.GetBuffer().AsMemory(0, (int)body.Length), maxDepth);
    }

    /// <summary>Reads JSON that is not the body of a request: a document, a key set, a part of an assertion.</summary>
    /// <param name="what">What it is, as the subject of an error: "The document".</param>
    public static StrictJson ReadUnique(ReadOnlyMemory<byte> utf8, int maxDepth, string what) => Parse(utf8, maxDepth, what) switch
    {
        Value { Root: var root } when RepeatedMember(root) is { } name =>
            new Broken(OAuthError.Printable($"{what} repeats the member {name}.")),
        var read => read,
    };

    /// <summary>
    /// Returns the name of a member that occurs twice in one object, at any depth, or null. Parsers disagree about which one counts, so
    /// one document would have two meanings (RFC 8259 §4).
    /// </summary>
    public static string? RepeatedMember(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return element.EnumerateArray().Select(RepeatedMember).FirstOrDefault(name => name is not null);
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (!names.Add(member.Name))
            {
                return member.Name;
            }

            if (RepeatedMember(member.Value) is { } below)
            {
                return below;
            }
        }

        return null;
    }

    private static StrictJson Parse(ReadOnlyMemory<byte> utf8, int maxDepth, string what = "The body")
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            return new Broken($"{what} is not UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = maxDepth });
            var root = document.RootElement.Clone();
            ReadEveryString(root);
            return new Value(root);
        }
        catch (JsonException broken)
        {
            return new Broken(
                OAuthError.Printable($"{what} is not JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine}."));
        }
        catch (InvalidOperationException)
        {
            return new Broken($"{what} contains a string that is not valid Unicode: a lone surrogate.");
        }
    }

    /// <exception cref="InvalidOperationException">A name or a string is not valid Unicode.</exception>
    private static void ReadEveryString(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            _ = element.GetString();
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var entry in element.EnumerateArray())
            {
                ReadEveryString(entry);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                ReadEveryString(member.Value);
            }
        }
    }
}
