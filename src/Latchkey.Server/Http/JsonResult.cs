using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Server.Http;

/// <summary>
/// A JSON response that must not be cached: it can contain a secret that is shown once, and it can be out of date soon.
/// </summary>
/// <param name="Write">Writes the body.</param>
internal sealed record JsonResult(int Status, Action<Utf8JsonWriter> Write) : IResult
{
    public string ContentType { get; init; } = "application/json";

    public string? ETag { get; init; }

    /// <summary>The value of <c>WWW-Authenticate</c>.</summary>
    public string? Challenge { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public static JsonResult Of<T>(int status, T body, JsonTypeInfo<T> type) =>
        new(status, json => JsonSerializer.Serialize(json, body, type));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(body))
        {
            Write(json);
        }

        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (ETag is not null)
        {
            response.Headers.ETag = ETag;
        }

        if (Challenge is not null)
        {
            response.Headers.WWWAuthenticate = Challenge;
        }

        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString();
        }

        await response.Body.WriteAsync(body.WrittenMemory, httpContext.RequestAborted);
    }
}
