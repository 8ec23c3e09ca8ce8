using System.Text;
using System.Text.Json.Nodes;

namespace Fuzz.Requests;

/// <summary>A name and a value in a query, a form or the headers.</summary>
/// <param name="IsRaw">Whether it is sent as it is and not percent-encoded.</param>
internal sealed record Field(string Name, string Value, bool IsRaw = false);

/// <summary>A request in parts that can be mutated one by one, before it is rendered to bytes.</summary>
internal sealed class RequestDraft(string method, string path)
{
    private static readonly string[] FramingHeaders =
        ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "HTTP2-Settings"];

    public string Method { get; set; } = method;

    /// <summary>The path as it is sent.</summary>
    public string Path { get; set; } = path;

    public List<Field> Query { get; } = [];

    public List<Field> Headers { get; } = [];

    /// <summary>The body: one of these three, or none.</summary>
    public List<Field>? Form { get; set; }

    public JsonNode? Json { get; set; }

    public byte[]? Bytes { get; set; }

    /// <summary>The metadata document at the URL of <c>client_id</c>, or null.</summary>
    public JsonNode? Document { get; set; }

    /// <summary>The claims of the client's assertion, or null.</summary>
    public JsonNode? Claims { get; set; }

    public List<Func<byte[], byte[]>> HeadEdits { get; } = [];

    public List<Func<byte[], byte[]>> BodyEdits { get; } = [];

    public bool IsChunked { get; set; }

    /// <summary>Whether the path or the method was changed: the response can come from another endpoint.</summary>
    public bool IsElsewhere { get; set; }

    /// <summary>Whether the framing of the request was changed: the server may refuse it before it is parsed.</summary>
    public bool IsOdd { get; private set; }

    public static RequestDraft OfForm(string path, params (string Name, string? Value)[] fields) =>
        new("POST", path) { Form = [.. Fields(fields)] };

    public static RequestDraft OfJson(string method, string path, object body) =>
        new(method, path) { Json = System.Text.Json.JsonSerializer.SerializeToNode(body) };

    public RequestDraft With(string header, string value)
    {
        Headers.Add(new(header, value));
        return this;
    }

    public static IEnumerable<Field> Fields((string Name, string? Value)[] fields) =>
        fields.Where(f => f.Value is not null).Select(f => new Field(f.Name, f.Value!));

    /// <summary>Renders the request to bytes.</summary>
    public byte[] Render(string authority)
    {
        var body = RenderBody();
        var head = RenderHead(authority, body);
        IsOdd = IsOdd || HeadEdits.Count > 0 || !LooksPlain(head)
            || Headers.Exists(h => FramingHeaders.Contains(h.Name, StringComparer.OrdinalIgnoreCase));
        return [.. HeadEdits.Aggregate(Encoding.Latin1.GetBytes(head), (bytes, edit) => edit(bytes)), .. body ?? []];
    }

    public byte[]? RenderBody()
    {
        var body = Bytes
            ?? (Form is not null ? Latin1OrUtf8(Encode(Form)) : Json is not null ? Encoding.UTF8.GetBytes(Json.ToJsonString()) : null);
        if (body is null)
        {
            return null;
        }

        body = BodyEdits.Aggregate(body, (bytes, edit) => edit(bytes));
        return IsChunked
            ? [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. body.Length == 0 ? "\r\n"u8 : "\r\n0\r\n\r\n"u8]
            : body;
    }

    /// <summary>The request target.</summary>
    public string Target() => Query.Count == 0 ? Path : $"{Path}?{Encode(Query)}";

    /// <summary>The content type unless a header sets another one.</summary>
    public string? ContentType() =>
        Bytes is null && Form is not null ? "application/x-www-form-urlencoded" : Json is not null ? "application/json" : null;

    private string RenderHead(string authority, byte[]? body)
    {
        var lines = new List<string> { $"{Method} {Target()} HTTP/1.1" };
        if (!Has("Host"))
        {
            lines.Add($"Host: {authority}");
        }

        lines.AddRange(Headers.Select(h => $"{h.Name}: {h.Value}"));
        if (ContentType() is { } type && !Has("Content-Type"))
        {
            lines.Add($"Content-Type: {type}");
        }

        if (body is not null && !Has("Content-Length") && !Has("Transfer-Encoding"))
        {
            lines.Add(IsChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {body.Length}");
        }

        return Encoding.Latin1.GetString(Latin1OrUtf8(string.Join("\r\n", lines) + "\r\n\r\n"));
    }

    private bool Has(string header) => Headers.Exists(h => h.Name.Equals(header, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the head has the form that a regular client sends.</summary>
    private bool LooksPlain(string head) =>
        head.Length < 30_000
        && Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS"
        && Target() is ['/', ..] target && target.All(c => c is > ' ' and <= '~')
        && Headers.TrueForAll(h => h.Name.Length > 0 && h.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && h.Value.All(c => c is >= ' ' and <= '~'));

    private static string Encode(IEnumerable<Field> fields) =>
        string.Join(
            '&', fields.Select(f => f.IsRaw ? $"{f.Name}={f.Value}" : $"{Uri.EscapeDataString(f.Name)}={Uri.EscapeDataString(f.Value)}"));

    private static byte[] Latin1OrUtf8(string text) =>
        text.All(c => c <= 0xff) ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
}
