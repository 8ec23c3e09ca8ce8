using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>An HTTP client on a network of its own: its requests carry X-Forwarded-For of the trusted proxy.</summary>
internal sealed class NetworkClient(LatchkeyHost host, string address)
{
    private static int last;

    /// <summary>A client with an unused address of 198.19.0.0/16. A network of 255 addresses can be too small for a run.</summary>
    public static NetworkClient New(LatchkeyHost host)
    {
        var number = Interlocked.Increment(ref last);
        return new(host, $"198.19.{number / 250}.{(number % 250) + 1}");
    }

    public string Address => address;

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path, content: null, authorization: null);

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent content, string? authorization = null) =>
        SendAsync(HttpMethod.Post, path, content, authorization);

    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string? Value)[] form) =>
        PostAsync(path, new FormUrlEncodedContent(form.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Name, f.Value!))));

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? authorization, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", address);
        foreach (var (name, value) in headers.Where(header => header.Value.Length > 0))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await host.Anonymous.SendAsync(request);
    }
}
