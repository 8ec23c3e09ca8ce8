using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Latchkey.Server.Network;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Webhooks;

/// <summary>The result of one attempt.</summary>
/// <param name="Status">The status of the answer, or null when there was none.</param>
/// <param name="Answer">The beginning of the body, as far as it is text.</param>
/// <param name="Failure">Why the attempt failed, as a sentence. Null when the endpoint answered 2xx.</param>
internal sealed record WebhookAttempt(int? Status, string? Answer, string? Failure, TimeSpan Duration);

/// <summary>
/// Sends one request to an endpoint, safe from SSRF: 1. the name is resolved once, every address is checked, and a checked address is
/// connected to; 2. addresses that are not public, http and ports other than 443 are used only for networks of the setting
/// <c>Webhooks:PrivateNetworks</c>; 3. no redirects, no cookies; ten seconds in total, and 1 KiB of the answer is read.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    public const int MaxAnswerBytes = 1024;
    public static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);
    private const int HttpsPort = 443;
    private const int MaxHeadersKiB = 16;
    private const int MaxAddresses = 4;

    private readonly NetworkList privateNetworks;
    private readonly OutboundProxy? proxy;
    private readonly HttpClient http;
    private readonly WebhookSigning signing;
    private readonly TimeProvider clock;

    public WebhookSender(Settings settings, WebhookSigning signing, TimeProvider clock)
    {
        (this.signing, this.clock) = (signing, clock);
        privateNetworks = settings.WebhookPrivateNetworks;
        proxy = OutboundProxy.Parse(settings.CimdProxy);
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = MaxHeadersKiB,
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectTimeout = MaxDuration,
            ConnectCallback = ConnectCheckedAsync,
            SslOptions = new OutboundTls(settings).Options(),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("Latchkey");
    }

    public async Task<WebhookAttempt> SendAsync(
        WebhookEndpoint endpoint, WebhookEventId id, string payload, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var now = clock.GetUtcNow();
        var body = Encoding.UTF8.GetBytes(payload);
        if (signing.Sign(endpoint, id, now, body) is not { } signature)
        {
            return Failed("The key of its secrets was retired. Rotate the secret.");
        }

        using var late = new CancellationTokenSource(MaxDuration, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id.Value);
        request.Headers.Add("webhook-timestamp", WebhookSigning.Timestamp(now));
        request.Headers.Add("webhook-signature", signature);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)response.StatusCode;
            var answer = await ReadAsync(response, limit.Token);
            return new(status, answer, response.IsSuccessStatusCode ? null : Explain(status), clock.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"It did not answer within {MaxDuration.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException failed)
        {
            return Failed(Explain(failed));
        }
        catch (IOException)
        {
            return Failed("The connection ended before the answer was complete.");
        }

        WebhookAttempt Failed(string why) => new(Status: null, Answer: null, why, clock.GetElapsedTime(started));
    }

    public void Dispose() => http.Dispose();

    private static string Explain(int status) => status is >= 300 and < 400
        ? $"It answered {status}. Redirects are not followed: set the final address."
        : $"It answered {status}; 2xx is expected.";

    private static string Explain(HttpRequestException failed) => failed switch
    {
        { InnerException: NotAllowed refused } => refused.Message,
        { InnerException: ProxyRefused { Status: var status } } =>
            $"The proxy of Cimd:Proxy did not open a tunnel{(status is null ? "" : $" and answered {status}")}.",
        { HttpRequestError: HttpRequestError.NameResolutionError } or
        {
            InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
        } => "Its host cannot be resolved by DNS.",
        { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "Its certificate is not valid for this host name, or not trusted.",
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "Its answer has too many headers.",
        _ => "It cannot be reached.",
    };

    /// <summary>The first KiB, with what is not printable text replaced.</summary>
    private static async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxAnswerBytes];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var text = Encoding.UTF8.GetString(buffer, 0, length);
        return length == 0 ? null : string.Concat(text.Select(c => c is '\n' || !char.IsControl(c) ? c : ' '));
    }

    private async ValueTask<Stream> ConnectCheckedAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dial.ResolveAsync(host, cancellationToken).WaitAsync(cancellationToken);
        var isPrivate = addresses.Length > 0 && addresses.All(a => privateNetworks.Contains(a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a));
        if (isPrivate)
        {
            return await Dial.ConnectAsync([.. addresses.Take(MaxAddresses)], port, cancellationToken);
        }

        if (addresses.Length == 0 || !addresses.All(PublicAddress.Is))
        {
            throw new NotAllowed("Its host does not resolve to public addresses only. Set Webhooks:PrivateNetworks for one of your own.");
        }

        if (port != HttpsPort || context.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
        {
            throw new NotAllowed("A public address is called by https on port 443 only.");
        }

        return proxy is null
            ? await Dial.ConnectAsync([.. addresses.Take(MaxAddresses)], port, cancellationToken)
            : await proxy.OpenTunnelAsync(
                await Dial.ConnectAsync(await Dial.ResolveAsync(proxy.Host, cancellationToken), proxy.Port, cancellationToken),
                new IPEndPoint(addresses[0], port).ToString(), cancellationToken);
    }

    private sealed class NotAllowed(string message) : Exception(message);
}
