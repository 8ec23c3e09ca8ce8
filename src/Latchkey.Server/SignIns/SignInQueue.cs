using System.Threading.Channels;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>
/// A bounded queue of events, written in the background in batches: a batch waits a second, so that the events of one sign-in are folded
/// into one row, and many sign-ins share the pages that a commit writes. When storage is too slow or unavailable,
/// events are dropped and counted.
/// </summary>
internal sealed partial class SignInQueue(SignInStore store, SignInLosses losses, ILogger logger)
{
    private const int MaxWaiting = 10_000;
    private const int MaxBatch = 1_000;
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Channel<Entry> waiting = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    /// <summary>Released when a batch must not wait for more events.</summary>
    private readonly SemaphoreSlim hurry = new(0);

    private long dropped;

    /// <summary>The events that wait to be written.</summary>
    public int Waiting => waiting.Reader.Count;

    public void Add(SignInEvent happened)
    {
        if (!waiting.Writer.TryWrite(new Entry.Happened(happened)))
        {
            Interlocked.Increment(ref dropped);
        }
    }

    /// <summary>Waits until everything added before this call is stored.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var flush = new Entry.Flush(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await waiting.Writer.WriteAsync(flush, cancellationToken);
        hurry.Release();
        await flush.Done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends <see cref="RunAsync"/> after the queued events are written.</summary>
    public void Complete()
    {
        waiting.Writer.TryComplete();
        hurry.Release();
    }

    public async Task RunAsync()
    {
        var batch = new List<SignInEvent>(MaxBatch);
        var flushes = new List<TaskCompletionSource>();
        while (await waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            if (waiting.Reader.Count < MaxBatch)
            {
                await hurry.WaitAsync(Linger, CancellationToken.None);
            }

            while (batch.Count < MaxBatch && waiting.Reader.TryRead(out var entry))
            {
                if (entry is Entry.Happened { Event: var happened })
                {
                    batch.Add(happened);
                }
                else if (entry is Entry.Flush flush)
                {
                    flushes.Add(flush.Done);
                }
            }

            await WriteAsync(batch);
            batch.Clear();
            flushes.ForEach(done => done.TrySetResult());
            flushes.Clear();
        }
    }

    private async Task WriteAsync(List<SignInEvent> batch)
    {
        try
        {
            if (batch.Count > 0)
            {
                await store.AppendAsync(batch, CancellationToken.None);
            }
        }
        catch (StorageUnavailable away)
        {
            Lose(batch.Count, away);
        }
        catch (Exception refused) when (batch.Count > 1)
        {
            // One event that cannot be written must not cost the others of its batch.
            EventsRefused(logger, refused);
            foreach (var happened in batch)
            {
                await WriteAsync([happened]);
            }
        }
        catch (Exception bug)
        {
            Lose(batch.Count, bug);
        }

        if (Interlocked.Exchange(ref dropped, 0) is var full and > 0)
        {
            if (losses.Add(full))
            {
                EventsDropped(logger, losses.Events);
            }
        }
    }

    private void Lose(int count, Exception why)
    {
        if (losses.Add(count))
        {
            WriteFailed(logger, why, losses.Events);
        }
    }

    private abstract record Entry
    {
        private Entry() { }

        public sealed record Happened(SignInEvent Event) : Entry;

        public sealed record Flush(TaskCompletionSource Done) : Entry;
    }

    [LoggerMessage(
        1201, LogLevel.Warning, "The sign-in log cannot be written; sign-ins go on without it. Events lost since the start: {Lost}")]
    private static partial void WriteFailed(ILogger logger, Exception reason, long lost);

    [LoggerMessage(1202, LogLevel.Warning, "A batch of sign-in events could not be written; each is written alone")]
    private static partial void EventsRefused(ILogger logger, Exception reason);

    [LoggerMessage(1203, LogLevel.Warning, "The sign-in log is too slow for its events. Events lost since the start: {Lost}")]
    private static partial void EventsDropped(ILogger logger, long lost);
}
