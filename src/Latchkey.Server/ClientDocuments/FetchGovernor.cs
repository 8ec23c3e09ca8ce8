namespace Latchkey.Server.ClientDocuments;

/// <summary>
/// How many fetches run side by side: in all, for one site and for one address, so that hosts which answer slowly hold up nobody but themselves. Clients that are
/// known (the catalogue's, and those fetched before) have lanes of their own: strangers cannot starve them.
/// </summary>
internal sealed class FetchGovernor
{
    private const int MaxOfStrangers = 32;
    private const int MaxOfKnown = 32;
    private const int MaxPerSite = 4;
    private const int MaxPerAddress = 8;

    private readonly Lock counting = new();
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal);

    /// <summary>A place for a fetch from this host; null when there is none now.</summary>
    public Lease? TryEnter(string host, bool isKnown)
    {
        var lease = new Lease(this);
        return lease.TryTake(isKnown ? "known" : "strangers", isKnown ? MaxOfKnown : MaxOfStrangers) && lease.TryTake($"site {(isKnown ? "known " : "")}{SiteOf(host)}", MaxPerSite)
            ? lease
            : lease.Refuse();
    }

    /// <summary>
    /// The last two labels of a name. Under a suffix like co.uk strangers share a site, which only makes them wait for each other; a list of suffixes
    /// would be one more thing to keep true.
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

    /// <summary>The places one fetch holds until it is disposed.</summary>
    public sealed class Lease(FetchGovernor governor) : IDisposable
    {
        private readonly List<string> taken = [];

        /// <summary>A place at the address that is about to be dialled.</summary>
        public bool TryDial(System.Net.IPAddress address) => TryTake($"address {address}", MaxPerAddress);

        public void Dispose()
        {
            governor.Release(taken);
            taken.Clear();
        }

        internal bool TryTake(string what, int max)
        {
            if (!governor.TryCount(what, max))
            {
                return false;
            }

            taken.Add(what);
            return true;
        }

        internal Lease? Refuse()
        {
            Dispose();
            return null;
        }
    }
}
