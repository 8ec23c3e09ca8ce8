using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Network;

/// <summary>The outcome of a fetch of a URL that an unauthenticated caller has chosen.</summary>
internal abstract record Fetch
{
    private Fetch() { }

    /// <param name="FreshFor">The lifetime from the response's cache headers, within bounds.</param>
    public sealed record Fetched(byte[] Content, TimeSpan FreshFor) : Fetch;

    /// <param name="Why">
    /// A sentence for the operator of this server only: to the caller it would answer which names resolve and which ports are open here.
    /// </param>
    /// <param name="IsWithdrawn">Whether the host answered 404 or 410.</param>
    /// <param name="IsInvalid">Whether the content was fetched and is not valid. Then the author may know the reason.</param>
    /// <param name="IsNotPublic">Whether the host leads to an address that is never fetched.</param>
    public sealed record Failed(string Why, bool IsWithdrawn = false, bool IsInvalid = false, bool IsNotPublic = false) : Fetch
    {
        /// <summary>Whether the certificate of the host was accepted before. Otherwise it may have been expensive to verify.</summary>
        public bool IsSecured { get; init; }
    }

    /// <summary>Too many fetches are running.</summary>
    public sealed record Busy : Fetch;

    /// <summary>The network has used up its allowance of fetches. Nothing was fetched.</summary>
    public sealed record Exceeded(RateLimitExceeded Limit) : Fetch;
}

/// <summary>
/// Fetches JSON from URLs that unauthenticated callers choose, safe from SSRF (draft-ietf-oauth-client-id-metadata-document §4, §6.5):
/// 1. only port 443, unless the host map has the host and port; 2. the <see cref="FetchLimiter"/> limits concurrency; 3. the name is
/// resolved once, every address is checked, and a checked address is connected to (DNS rebinding), also through a proxy; 4. no cookies or
/// redirects; only 200 with JSON, at most 64 KiB after decompression, five seconds in total. With <c>Cimd:Proxy</c>, the proxy is asked for
/// the checked address and never for a name that a stranger chose, because the proxy would resolve it in a network of its own. Only hosts
/// of listed clients are resolved by the proxy, because this server may have no DNS for the internet.
/// </summary>
internal sealed class DocumentFetcher : IDisposable
{
    public const int MaxBytes = 64 * 1024;
    private const int MaxHeadersKiB = 16;
    private const int MaxAddressesOfFamily = 2;
    public static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan MinFreshness = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxFreshness = TimeSpan.FromHours(24);
    private static readonly HttpRequestOptionsKey<FetchLimiter.Lease> LeaseKey = new("lease");
    private static readonly HttpRequestOptionsKey<bool> IsListedKey = new("listed");
    private static readonly HttpRequestOptionsKey<HandshakeStream> HandshakeKey = new("handshake");

    private readonly FetchLimiter limiter = new();
    private readonly HostMap hosts;
    private readonly OutboundProxy? proxy;
    private readonly OutboundTls tls;
    private readonly HttpClient http;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly Func<IPAddress[], int, CancellationToken, Task<Stream>> connect;
    private readonly TimeProvider clock;

    /// <param name="resolve">Resolves host names. Null for the system's resolver.</param>
    /// <param name="connect">Connects to one of these addresses. Null for TCP.</param>
    /// <param name="clock">Measures <see cref="MaxDuration"/>. Null for the system's clock.</param>
    /// <exception cref="UnusableSetting">Cimd:HostMap, Cimd:Proxy or Cimd:ExtraCa cannot be read.</exception>
    public DocumentFetcher(
        Settings settings, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        Func<IPAddress[], int, CancellationToken, Task<Stream>>? connect = null, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        this.resolve = resolve ?? Dial.ResolveAsync;
        this.connect = connect ?? Dial.ConnectAsync;
        hosts = HostMap.Parse(settings.CimdHostMap);
        proxy = OutboundProxy.Parse(settings.CimdProxy);
        tls = new OutboundTls(settings);
        http = new HttpClient(NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        http.DefaultRequestHeaders.UserAgent.ParseAdd("Latchkey");
    }

    /// <param name="isListed">Whether the client is in the catalogue or listed by an operator; it has limits of its own.</param>
    /// <param name="network">The network whose request causes the fetch.</param>
    public async Task<Fetch> FetchAsync(Uri url, bool isListed, string network, CancellationToken cancellationToken)
    {
        if (!MayUsePortOf(url))
        {
            return new Fetch.Failed($"The URL has port {url.Port}. Only port 443 is used, unless Cimd:HostMap has {url.Host}:{url.Port}.");
        }

        using var lease = limiter.TryEnter(url.Host, isListed, network);
        if (lease is null)
        {
            return new Fetch.Busy();
        }

        using var request = RequestOf(url, lease, isListed);
        var outcome = await SendAsync(url, request, cancellationToken);
        var isSecured = request.Options.TryGetValue(HandshakeKey, out var handshake) && handshake.IsOver;
        return outcome is Fetch.Failed failed ? failed with { IsSecured = isSecured } : outcome;
    }

    private async Task<Fetch> SendAsync(Uri url, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(MaxDuration, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return ValidateUsable(response) is { } why
                ? new Fetch.Failed(why, response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
                : await ReadAsync(response, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Fetch.Failed($"The host {url.Host} did not answer within {MaxDuration.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException failed)
        {
            return Explain(url.Host, failed);
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException)
        {
            return new Fetch.Failed($"The response of {url.Host} was incomplete or cannot be decompressed.");
        }
    }

    /// <summary>Returns null when the host answers, with any status; otherwise why it cannot be reached.</summary>
    /// <param name="url">A URL that the operator chose.</param>
    public async Task<string?> WhyOutOfReachAsync(Uri url, CancellationToken cancellationToken) =>
        await ProbeAsync(HttpMethod.Get, url, body: null, cancellationToken) is Probe.Failed failed ? failed.Why : null;

    /// <summary>Sends one request to a URL that the operator chose, and reads the status and the challenge of the response alone.</summary>
    /// <param name="body">A JSON body, or null.</param>
    public async Task<Probe> ProbeAsync(HttpMethod method, Uri url, string? body, CancellationToken cancellationToken)
    {
        using var lease = limiter.TryEnter(url.Host, isListed: true, network: "probe");
        if (lease is null)
        {
            // Fetches of this host are running, so nothing has shown that it is out of reach.
            return new Probe.Busy();
        }

        using var late = new CancellationTokenSource(MaxDuration, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            using var request = RequestOf(url, lease, isListed: true);
            request.Method = method;
            if (body is not null)
            {
                request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
                request.Headers.Accept.ParseAdd("text/event-stream");
                request.Headers.Accept.ParseAdd("application/json");
            }

            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return new Probe.Answered((int)response.StatusCode, string.Join(", ", response.Headers.WwwAuthenticate));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Probe.Failed($"The host {url.Host} did not answer within {MaxDuration.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException failed)
        {
            return Explain(url.Host, failed) is Fetch.Failed { Why: var why, IsNotPublic: var isNotPublic }
                ? new Probe.Failed(why, isNotPublic)
                : new Probe.Busy();
        }
        catch (IOException)
        {
            return new Probe.Failed($"The response of {url.Host} was incomplete.");
        }
    }

    /// <summary>Whether the port of a URL may be used: 443, or one that <c>Cimd:HostMap</c> has for its host.</summary>
    public bool MayUsePortOf(Uri url) => url.Port == HostMap.HttpsPort || hosts.Find(url.Host, url.Port) is not null;

    public void Dispose() => http.Dispose();

    private static HttpRequestMessage RequestOf(Uri url, FetchLimiter.Lease lease, bool isListed)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Options.Set(LeaseKey, lease);
        request.Options.Set(IsListedKey, isListed);
        return request;
    }

    private static string? ValidateUsable(HttpResponseMessage response) =>
        response.StatusCode != HttpStatusCode.OK
            ? $"The URL returned status {(int)response.StatusCode}; it must be 200, without a redirect."
        : response.Content.Headers.ContentType?.MediaType is not { } type || !IsJson(type)
            ? "The response does not have a JSON content type."
        : null;

    private static bool IsJson(string type) =>
        type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
            && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static async Task<Fetch> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // Counted after decompression, because a small response may decompress into a huge one.
        var buffer = new byte[MaxBytes + 1];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > MaxBytes
            ? new Fetch.Failed($"The document is larger than {MaxBytes / 1024} KiB.")
            : new Fetch.Fetched(buffer[..length], FreshnessOf(response.Headers));
    }

    private static TimeSpan FreshnessOf(HttpResponseHeaders headers)
    {
        var age =
            headers.CacheControl is { NoStore: true } or { NoCache: true } ? TimeSpan.Zero : headers.CacheControl?.MaxAge ?? TimeSpan.Zero;
        return age < MinFreshness ? MinFreshness : age > MaxFreshness ? MaxFreshness : age;
    }

    private static Fetch Explain(string host, HttpRequestException failed) => failed switch
    {
        { InnerException: AddressLimitReached } => new Fetch.Busy(),
        { InnerException: ProxyRefused { Status: var status } } => new Fetch.Failed(
            $"The proxy of Cimd:Proxy did not open a tunnel to {host}{(status is null ? "" : $" and answered {status}")}."),
        { InnerException: NotPublic } => new Fetch.Failed($"The host {host} does not resolve to public addresses only.", IsNotPublic: true),
        { HttpRequestError: HttpRequestError.NameResolutionError } or
        {
            InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
        } =>
            new Fetch.Failed($"The host {host} cannot be resolved by DNS."),
        { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new Fetch.Failed($"The certificate of {host} is not valid for this host name, or not trusted."),
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            new Fetch.Failed($"The response of {host} has too many headers."),
        _ => new Fetch.Failed($"The host {host} cannot be reached."),
    };

    private SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        MaxResponseHeadersLength = MaxHeadersKiB,
        MaxResponseDrainSize = 0,
        // Documents are cached, so connections are not reused: each one checks its address again.
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = MaxDuration,
        ConnectCallback = ConnectLimitedAsync,
        PlaintextStreamFilter = EndHandshake,
        SslOptions = tls.Options(),
    };

    private async ValueTask<Stream> ConnectLimitedAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var limited = new HandshakeStream(await ConnectCheckedAsync(context, cancellationToken));
        context.InitialRequestMessage.Options.Set(HandshakeKey, limited);
        return limited;
    }

    /// <summary>The certificate was accepted.</summary>
    private static ValueTask<Stream> EndHandshake(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken)
    {
        if (context.InitialRequestMessage.Options.TryGetValue(HandshakeKey, out var handshake))
        {
            handshake.End();
        }

        return ValueTask.FromResult(context.PlaintextStream);
    }

    private async ValueTask<Stream> ConnectCheckedAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var lease = context.InitialRequestMessage.Options.TryGetValue(LeaseKey, out var held)
            ? held
            : throw new InvalidOperationException("no lease");
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        if (hosts.Find(host, port) is { } mapped)
        {
            return await connect([mapped.Address], mapped.Port, cancellationToken);
        }

        if (proxy is not null && context.InitialRequestMessage.Options.TryGetValue(IsListedKey, out var isListed) && isListed)
        {
            return await TunnelAsync(proxy, $"{host}:{port}", cancellationToken);
        }

        var lookup = resolve(host, cancellationToken);
        lease.KeepUntil(lookup);
        var addresses = await lookup.WaitAsync(cancellationToken);
        if (addresses.Length == 0 || !addresses.All(PublicAddress.Is))
        {
            throw new NotPublic();
        }

        // An answer has room for thousands of addresses, and the connection is tried at each until one accepts it.
        var tried = addresses.Distinct().GroupBy(a => a.AddressFamily).SelectMany(family => family.Take(MaxAddressesOfFamily)).ToArray();
        return !tried.All(lease.TryDial) ? throw new AddressLimitReached()
            : proxy is null ? await connect(tried, port, cancellationToken)
            : await TunnelAsync(proxy, new IPEndPoint(addresses[0], port).ToString(), cancellationToken);
    }

    /// <summary>The operator chose the proxy, so its address is not checked.</summary>
    private async Task<Stream> TunnelAsync(OutboundProxy through, string target, CancellationToken cancellationToken) =>
        await through.OpenTunnelAsync(
            await connect(await resolve(through.Host, cancellationToken), through.Port, cancellationToken), target, cancellationToken);

    private sealed class NotPublic : Exception;

    private sealed class AddressLimitReached : Exception;
}
