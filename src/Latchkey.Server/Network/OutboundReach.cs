namespace Latchkey.Server.Network;

/// <summary>
/// Learns whether this server can reach the internet, where client metadata documents are: at start, then every hour, and every minute
/// while it cannot. Clients that choose a document do not fall back to registration, so a server that cannot read documents must not
/// advertise them. Any answer of the probed host counts, and so does any document that was fetched meanwhile.
/// </summary>
internal sealed partial class OutboundReach(
    Settings settings, DocumentFetcher fetcher, TimeProvider clock, ILogger<OutboundReach> logger)
{
    /// <summary>The name of <see cref="RunAsync"/> in logs and metrics.</summary>
    public const string Loop = "outbound reach";

    private static readonly TimeSpan WhileOpen = TimeSpan.FromHours(1);
    private static readonly TimeSpan WhileClosed = TimeSpan.FromMinutes(1);

    /// <summary>Why the probe failed last; null while the internet can be reached, or is not known to be out of reach.</summary>
    private volatile string? closed;

    /// <summary>True after the probe has failed, until something was reached.</summary>
    public bool IsClosed => closed is not null;

    /// <summary>Whether the metadata may say that documents are supported. The setting <c>Cimd:Advertise</c> can force either.</summary>
    public bool AdvertisesDocuments => settings.CimdAdvertise switch
    {
        "always" => true,
        "never" => false,
        _ => !IsClosed,
    };

    /// <summary>A document was fetched.</summary>
    public void Reached()
    {
        if (closed is not null)
        {
            closed = null;
            Opened(logger);
        }
    }

    /// <summary>Probes once.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (!IsProbed)
        {
            return;
        }

        if (await fetcher.WhyOutOfReachAsync(new Uri(settings.CimdProbe), cancellationToken) is not { } why)
        {
            Reached();
        }
        else if (closed is null)
        {
            closed = why;
            Closed(logger, settings.CimdProbe, why);
        }
    }

    /// <summary>Mapped hosts are reached without the internet, so the probe says nothing about them.</summary>
    private bool IsProbed => settings.CimdProbe != Settings.Off && settings.CimdHostMap is null;

    /// <summary>Probes until the server stops.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (IsProbed)
        {
            await ProbeAsync(stop);
            await Task.Delay(IsClosed ? WhileClosed : WhileOpen, clock, stop);
        }
    }

    [LoggerMessage(
        1421, LogLevel.Warning,
        "{Url} cannot be reached: {Why} Client metadata documents are not advertised, and clients register instead. Set Cimd:Proxy if "
        + "this server reaches the internet through a proxy, or Cimd:Advertise to decide it yourself")]
    private static partial void Closed(ILogger logger, string url, string why);

    [LoggerMessage(1422, LogLevel.Information, "The internet can be reached again; client metadata documents are advertised")]
    private static partial void Opened(ILogger logger);
}
