using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Sdk;

/// <summary>One HTTP exchange, in which everything that is not an answer becomes <see cref="LatchkeyFailure.Unavailable"/>.</summary>
internal static class Exchange
{
    public static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failed)
        {
            throw new LatchkeyException(LatchkeyFailure.Unavailable, $"Latchkey could not be reached at {request.RequestUri?.GetLeftPart(UriPartial.Authority)}.", failed);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LatchkeyException(LatchkeyFailure.Unavailable, "Latchkey did not answer in time.", late);
        }
    }

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException unreadable)
        {
            throw new LatchkeyException(LatchkeyFailure.Unexpected, "Latchkey's answer could not be read. Is BaseUrl the address of a Latchkey server?", unreadable)
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
