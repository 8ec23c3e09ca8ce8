using System.Collections.Concurrent;
using System.Threading.Channels;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>A sign-in with a new event.</summary>
/// <param name="Position">The position of its newest event in the log.</param>
internal sealed record TailedSignIn(long Position, SignInSummary Summary, IReadOnlyList<SignInEvent> Refusals);

/// <summary>
/// Follows the sign-in log for live lists. One loop per node asks for events behind the last position and feeds every listener; while none
/// is open it asks nothing. A listener that does not read loses the oldest rows.
/// </summary>
internal sealed class SignInTail(IDatabase signIns, SignInList list, TimeProvider clock)
{
    public const string LoopName = "live lists";
    public const int MaxListeners = 20;
    public const int MaxPerOperator = 3;
    private const int MaxRows = 100;
    private const int MaxWaiting = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Listener, bool> listeners = new();
    private readonly Lock gate = new();
    private long? last;

    /// <returns>Null when too many are open.</returns>
    public Listener? Open(string operatorId)
    {
        lock (gate)
        {
            if (listeners.Count >= MaxListeners || listeners.Keys.Count(l => l.Operator == operatorId) >= MaxPerOperator)
            {
                return null;
            }

            var opened = new Listener(this, operatorId);
            listeners.TryAdd(opened, true);
            return opened;
        }
    }

    /// <summary>Loops until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stop);
            await PollAsync(stop);
        }
    }

    /// <summary>Reads what is new, once.</summary>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        if (listeners.IsEmpty)
        {
            last = null;
            return;
        }

        try
        {
            if (last is not { } position)
            {
                last = await NewestAsync(cancellationToken);
                return;
            }

            var (newest, found) = await BehindAsync(position, cancellationToken);
            last = newest ?? position;
            var refusals = await list.RefusalsAsync(found, cancellationToken);
            foreach (var summary in found)
            {
                var tailed = new TailedSignIn(last.Value, summary, [.. refusals[summary.AuthorizationId]]);
                foreach (var listener in listeners.Keys)
                {
                    listener.Add(tailed);
                }
            }
        }
        catch (StorageUnavailable)
        {
            // The list says what is wrong with the log when it is loaded.
        }
    }

    private Task<long> NewestAsync(CancellationToken cancellationToken) => signIns.ReadAsync(
        "SELECT position FROM journey_events ORDER BY position DESC LIMIT 1", SqlValues.None,
        static row => row.Read() ? row.GetInt64(0) : 0, cancellationToken);

    private Task<(long? Newest, List<SignInSummary> SignIns)> BehindAsync(long position, CancellationToken cancellationToken) =>
        signIns.ReadAsync(
            Text, new() { { "position", position }, { "max", (long)MaxRows } },
            static row =>
            {
                var newest = row.Read() && !row.IsDBNull(0) ? row.GetInt64(0) : (long?)null;
                row.NextResult();
                var found = new List<SignInSummary>();
                while (SignInRow.ReadOne(row) is { } summary)
                {
                    found.Add(summary);
                }

                return (newest, found);
            },
            cancellationToken);

    public static string Text { get; } =
        "SELECT MAX(position) FROM (SELECT position FROM journey_events WHERE position > @position ORDER BY position LIMIT @max) c; "
        + $"SELECT {SignInRow.Columns} FROM journeys j WHERE j.auth_request_id IN (SELECT e.auth_request_id FROM journey_events e "
        + "WHERE e.position > @position ORDER BY e.position LIMIT @max) ORDER BY j.last_at LIMIT @max";

    /// <summary>A live list.</summary>
    internal sealed class Listener(SignInTail tail, string operatorId) : IDisposable
    {
        private readonly Channel<TailedSignIn> waiting = Channel.CreateBounded<TailedSignIn>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        public string Operator => operatorId;

        public ChannelReader<TailedSignIn> Rows => waiting.Reader;

        public void Add(TailedSignIn row) => waiting.Writer.TryWrite(row);

        public void Dispose() => tail.listeners.TryRemove(this, out _);
    }
}
