using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Server.Keys;

namespace Latchkey.Server.ClientDocuments;

/// <summary>What came of fetching a URL that a stranger named.</summary>
internal abstract record Fetch
{
    private Fetch() { }

    /// <param name="FreshFor">How long the answer's own cache headers let it be kept, within bounds.</param>
    public sealed record Fetched(byte[] Content, TimeSpan FreshFor) : Fetch;

    /// <param name="Why">A sentence for whoever runs the client's host.</param>
    /// <param name="IsWithdrawn">The host was asked and says that there is no such document (any more).</param>
    public sealed record Failed(string Why, bool IsWithdrawn = false) : Fetch;

    /// <summary>Too many fetches run already.</summary>
    public sealed record Busy : Fetch;
}

/// <summary>
/// Fetches JSON from the internet for a stranger (draft-ietf-oauth-client-id-metadata-document §4, §6.5):
/// 1. a place from the <see cref="FetchGovernor"/>; 2. the name is resolved once, every address is checked, and the checked address is the one dialled, so that a
/// name cannot mean one thing when asked and another when dialled; 3. no proxy, no cookie, no redirect; only 200, only JSON, at most 64 KiB after
/// decompression, five seconds in all. A failure is never remembered.
/// </summary>
internal sealed class DocumentFetcher : IDisposable
{
    public const int MaxBytes = 64 * 1024;
    private const int MaxHeadersKiB = 16;
    public static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MinFreshness = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxFreshness = TimeSpan.FromHours(24);
    private static readonly HttpRequestOptionsKey<FetchGovernor.Lease> LeaseKey = new("lease");

    private readonly FetchGovernor governor = new();
    private readonly HostMap hosts;
    private readonly X509Certificate2Collection extraAuthorities = [];
    private readonly HttpClient http;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;

    /// <param name="resolve">Who is asked for the addresses of a name; null: the system.</param>
    /// <exception cref="UnusableSetting">Cimd:HostMap or Cimd:ExtraCa cannot be read.</exception>
    public DocumentFetcher(Settings settings, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        this.resolve = resolve ?? Dns.GetHostAddressesAsync;
        hosts = HostMap.Parse(settings.CimdHostMap);
        if (settings.CimdExtraCa is { } file)
        {
            try
            {
                extraAuthorities.ImportFromPemFile(file);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                throw new UnusableSetting($"Cimd:ExtraCa cannot be used: {problem.Message}");
            }
        }

        http = new HttpClient(NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        http.DefaultRequestHeaders.UserAgent.ParseAdd("Latchkey");
    }

    /// <param name="isKnown">The client is in the catalogue or was valid before: it does not queue with strangers.</param>
    public async Task<Fetch> FetchAsync(Uri url, bool isKnown, CancellationToken cancellationToken)
    {
        using var lease = governor.TryEnter(url.Host, isKnown);
        if (lease is null)
        {
            return new Fetch.Busy();
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(MaxDuration);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Options.Set(LeaseKey, lease);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return WhyNotUsable(answer) is { } why
                ? new Fetch.Failed(why, answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
                : await ReadAsync(answer, limit.Token);
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
            return new Fetch.Failed($"The answer of {url.Host} broke off or cannot be decompressed.");
        }
    }

    public void Dispose() => http.Dispose();

    private static string? WhyNotUsable(HttpResponseMessage answer) =>
        answer.StatusCode != HttpStatusCode.OK ? $"The URL was answered with {(int)answer.StatusCode}; it must be 200, without a redirect."
        : answer.Content.Headers.ContentType?.MediaType is not { } type || !IsJson(type) ? "The URL was not answered with a JSON content type."
        : null;

    private static bool IsJson(string type) =>
        type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static async Task<Fetch> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        // Counted after decompression: a small answer may unfold into a huge one.
        var buffer = new byte[MaxBytes + 1];
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > MaxBytes
            ? new Fetch.Failed($"The document is larger than {MaxBytes / 1024} KiB.")
            : new Fetch.Fetched(buffer[..length], FreshnessOf(answer.Headers));
    }

    private static TimeSpan FreshnessOf(HttpResponseHeaders headers)
    {
        var age = headers.CacheControl is { NoStore: true } or { NoCache: true } ? TimeSpan.Zero : headers.CacheControl?.MaxAge ?? TimeSpan.Zero;
        return age < MinFreshness ? MinFreshness : age > MaxFreshness ? MaxFreshness : age;
    }

    private static Fetch Explain(string host, HttpRequestException failed) => failed switch
    {
        { InnerException: NoPlaceAtAddress } => new Fetch.Busy(),
        { InnerException: NotPublic } => new Fetch.Failed($"The host {host} does not lead to a public address."),
        { HttpRequestError: HttpRequestError.NameResolutionError } or { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
            new Fetch.Failed($"The host {host} is not known to DNS."),
        { HttpRequestError: HttpRequestError.SecureConnectionError } => new Fetch.Failed($"The certificate of {host} is not valid for it, or not trusted."),
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new Fetch.Failed($"The answer of {host} has more headers than are read."),
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
        // Documents are remembered, connections need not be: each is dialled, and its address checked, anew.
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = DialAsync,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = extraAuthorities.Count == 0 ? null : IsTrusted },
    };

    private async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var lease = context.InitialRequestMessage.Options.TryGetValue(LeaseKey, out var held) ? held : throw new InvalidOperationException("no lease");
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        if (hosts.Find(host, port) is { } mapped)
        {
            return await ConnectAsync([mapped.Address], mapped.Port, cancellationToken);
        }

        var addresses = await resolve(host, cancellationToken);
        if (addresses.Length == 0 || !addresses.All(PublicAddress.Is))
        {
            throw new NotPublic();
        }

        return lease.TryDial(addresses[0]) ? await ConnectAsync(addresses, port, cancellationToken) : throw new NoPlaceAtAddress();
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What the system trusts, and then what the operator added. A name that does not match is never forgiven.</summary>
    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf || chain is null)
        {
            return errors == SslPolicyErrors.None;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(extraAuthorities);
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return own.Build(leaf);
    }

    private sealed class NotPublic : Exception;

    private sealed class NoPlaceAtAddress : Exception;
}
