using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Sdk;

/// <summary>Sends a request and reads the response. A failed connection and a timeout become
/// <see cref="LatchkeyFailure.Unavailable"/>.</summary>
internal static class Exchange
{
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failed)
        {
            throw new LatchkeyException(
                LatchkeyFailure.Unavailable,
                $"Latchkey could not be reached at {request.RequestUri?.GetLeftPart(UriPartial.Authority)}.",
                failed);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LatchkeyException(LatchkeyFailure.Unavailable, "Latchkey did not respond within the timeout.", late);
        }
    }

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken)
                ?? throw new JsonException("The response body is null.");
        }
        catch (JsonException unreadable)
        {
            throw new LatchkeyException(
                LatchkeyFailure.Unexpected,
                "The response is not the JSON that Latchkey sends. Check that BaseUrl is the URL of a Latchkey server.",
                unreadable)
            {
                Status = response.StatusCode,
            };
        }
    }
}

internal static class Endpoint
{
    public static Uri Of(LatchkeyOptions options, string path) => new(options.BaseUrl!.AbsoluteUri.TrimEnd('/') + path);
}
