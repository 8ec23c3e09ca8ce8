using System.Text;
using System.Threading.Channels;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Journeys;

/// <summary>
/// Takes events from requests without making them wait and writes them behind. Bounded: when the journeys' disk cannot follow,
/// events are dropped and counted in the log; a login never waits for its own diary.
/// </summary>
internal sealed partial class JourneyRecorder(JourneyStore store, TimeProvider clock, ILogger<JourneyRecorder> logger) : BackgroundService
{
    private const int MaxWaiting = 10_000;
    private const int MaxDetailLength = 1_000;

    /// <summary>How many events are written side by side: the store groups what arrives together.</summary>
    private const int Writers = 16;

    private readonly Channel<Entry> waiting = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private long dropped;

    public void Record(AuthRequestId authRequest, LoginRequestId? loginRequest, string name, string detail)
    {
        var happened = new JourneyEvent(authRequest, loginRequest, clock.GetUtcNow(), name, Storable(detail));
        if (!waiting.Writer.TryWrite(new Entry.Happened(happened)))
        {
            Interlocked.Increment(ref dropped);
        }
    }

    /// <summary>Waits until everything recorded before this call can be read.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var flush = new Entry.Flush(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await waiting.Writer.WriteAsync(flush, cancellationToken);
        await flush.Done.Task.WaitAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What is waiting is still written: the drain of a stopping server includes its diary.
        waiting.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<JourneyEvent>(Writers);
        await foreach (var entry in waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (entry is Entry.Happened { Event: var happened })
            {
                batch.Add(happened);
            }

            var flush = entry as Entry.Flush;
            if (flush is not null || batch.Count == Writers || !waiting.Reader.TryPeek(out _))
            {
                await WriteAsync(batch);
                batch.Clear();
            }

            flush?.Done.TrySetResult();
        }
    }

    private async Task WriteAsync(List<JourneyEvent> batch)
    {
        try
        {
            // Within one auth request order counts; between them it does not.
            await Task.WhenAll(batch.GroupBy(e => e.AuthRequestId).Select(async events =>
            {
                foreach (var happened in events)
                {
                    await store.AppendAsync(happened, CancellationToken.None);
                }
            }));
        }
        catch (StorageUnavailable away)
        {
            Interlocked.Add(ref dropped, batch.Count);
            WriteFailed(logger, away);
        }
        catch (Exception bug)
        {
            // One event that cannot be written must not end the recorder, and with it the server.
            Interlocked.Add(ref dropped, batch.Count);
            WritingIsBroken(logger, bug);
        }

        if (Interlocked.Exchange(ref dropped, 0) is var lost and > 0)
        {
            EventsDropped(logger, lost);
        }
    }

    /// <summary>PostgreSQL keeps neither a zero nor half a character.</summary>
    private static string Storable(string detail)
    {
        var end = detail.Length <= MaxDetailLength ? detail.Length : char.IsHighSurrogate(detail[MaxDetailLength - 1]) ? MaxDetailLength - 1 : MaxDetailLength;
        var kept = detail[..end];
        return kept.Any(c => c == '\0' || char.IsSurrogate(c))
            ? string.Concat(kept.EnumerateRunes().Select(rune => rune.Value == 0 ? Rune.ReplacementChar : rune))
            : kept;
    }

    private abstract record Entry
    {
        private Entry() { }

        public sealed record Happened(JourneyEvent Event) : Entry;

        public sealed record Flush(TaskCompletionSource Done) : Entry;
    }

    [LoggerMessage(LogLevel.Warning, "Journey events could not be written")]
    private static partial void WriteFailed(ILogger logger, Exception reason);

    [LoggerMessage(LogLevel.Error, "Journey events could not be written, and will not be")]
    private static partial void WritingIsBroken(ILogger logger, Exception bug);

    [LoggerMessage(LogLevel.Warning, "{Count} journey events were dropped because their storage could not follow")]
    private static partial void EventsDropped(ILogger logger, long count);
}
