namespace Latchkey.Server.Network;

/// <summary>
/// Limits concurrent fetches: in total, per network that causes them, per site and per address, so that slow hosts and their callers delay
/// only themselves. Listed clients (in the catalogue, or on a host that an operator listed) have limits of their own, so that others cannot
/// starve them. A client that was valid before is not listed: an attacker's client was valid before, too.
/// </summary>
internal sealed class FetchLimiter
{
    private const int MaxUnlisted = 32;
    private const int MaxListed = 32;
    private const int MaxPerNetwork = 8;
    private const int MaxPerSite = 4;
    private const int MaxPerAddress = 8;

    /// <summary>Of the fetches from one site or address. Unrelated clients can share those,
    /// so one network must not take all of them.</summary>
    private const int ShareOfNetwork = 2;

    private readonly Lock counting = new();
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal);

    /// <summary>Reserves a fetch from this host. Returns null at the limit.</summary>
    /// <param name="network">The network whose request causes the fetch.</param>
    public Lease? TryEnter(string host, bool isListed, string network)
    {
        var lease = new Lease(this, isListed ? null : network);
        var lane = isListed ? "listed" : "unlisted";
        return (isListed || lease.TryTake($"network {network}", MaxPerNetwork))
            && lease.TryTake(lane, isListed ? MaxListed : MaxUnlisted)
            && (isListed || lease.TryTake($"network {network} site {SiteOf(host)}", MaxPerSite / ShareOfNetwork))
            && lease.TryTake($"site {lane} {SiteOf(host)}", MaxPerSite)
                ? lease
                : lease.Refuse();
    }

    /// <summary>
    /// The last two labels of a host name. Below a suffix like co.uk, unrelated hosts share a site and may wait for each other; a list of
    /// suffixes would have to be maintained.
    /// </summary>
    private static string SiteOf(string host)
    {
        var labels = host.Split('.');
        return labels.Length <= 2 ? host : string.Join('.', labels[^2..]);
    }

    private bool TryCount(string what, int max)
    {
        lock (counting)
        {
            var now = running.GetValueOrDefault(what);
            if (now >= max)
            {
                return false;
            }

            running[what] = now + 1;
            return true;
        }
    }

    private void Release(IEnumerable<string> taken)
    {
        lock (counting)
        {
            foreach (var what in taken)
            {
                if (--running[what] == 0)
                {
                    running.Remove(what);
                }
            }
        }
    }

    /// <summary>The reservations of one fetch, until it is disposed.</summary>
    /// <param name="network">The network that causes the fetch. Null for a listed client.</param>
    public sealed class Lease(FetchLimiter limiter, string? network) : IDisposable
    {
        private readonly Lock gate = new();
        private readonly List<string> taken = [];
        private Task kept = Task.CompletedTask;
        private bool isOver;

        /// <summary>
        /// Keeps the reservations until a lookup has ended, even if the fetch ends before it: a lookup cannot be cancelled, and each
        /// occupies a thread.
        /// </summary>
        public void KeepUntil(Task lookup) => kept = lookup;

        /// <summary>Reserves a connection to this address. False when the name was resolved after the fetch had ended.</summary>
        public bool TryDial(System.Net.IPAddress address) =>
            (network is null || TryTake($"network {network} address {address}", MaxPerAddress / ShareOfNetwork))
            && TryTake($"address {address}", MaxPerAddress);

        public void Dispose()
        {
            lock (gate)
            {
                isOver = true;
            }

            if (kept.IsCompleted)
            {
                Release();
            }
            else
            {
                _ = kept.ContinueWith(
                    _ => Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        internal bool TryTake(string what, int max)
        {
            lock (gate)
            {
                if (isOver || !limiter.TryCount(what, max))
                {
                    return false;
                }

                taken.Add(what);
                return true;
            }
        }

        internal Lease? Refuse()
        {
            Release();
            return null;
        }

        private void Release()
        {
            lock (gate)
            {
                limiter.Release(taken);
                taken.Clear();
            }
        }
    }
}
