using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Server.Http;

/// <summary>A public JSON document: cacheable for a short time, with an ETag and 304 for <c>If-None-Match</c>.</summary>
internal sealed class CacheableJson(byte[] content) : IResult
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = $"public, max-age={(int)MaxAge.TotalSeconds}";
        if (httpContext.Request.Headers[HeaderNames.IfNoneMatch].Any(value => value?.Contains(tag, StringComparison.Ordinal) == true))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/json";
        response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.Body.WriteAsync(content, httpContext.RequestAborted);
        }
    }
}
