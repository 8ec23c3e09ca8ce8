using System.Threading.Channels;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>A bounded queue of events, written in the background. When storage is too slow, new events are dropped and counted.</summary>
internal sealed partial class SignInQueue(SignInStore store, ILogger logger)
{
    private const int MaxWaiting = 10_000;

    /// <summary>The number of concurrent writes; the store groups what arrives together.</summary>
    private const int Writers = 16;

    private readonly Channel<Entry> waiting = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private long dropped;

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
        await flush.Done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends <see cref="RunAsync"/> after the queued events are written.</summary>
    public void Complete() => waiting.Writer.TryComplete();

    public async Task RunAsync()
    {
        var batch = new List<SignInEvent>(Writers);
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

    private async Task WriteAsync(List<SignInEvent> batch)
    {
        try
        {
            // The order of events matters within one sign-in only.
            await Task.WhenAll(batch.GroupBy(e => e.AuthorizationId).Select(async events =>
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
            // An event that cannot be written must not end the recorder, and with it the server.
            Interlocked.Add(ref dropped, batch.Count);
            EventsLost(logger, bug);
        }

        if (Interlocked.Exchange(ref dropped, 0) is var lost and > 0)
        {
            EventsDropped(logger, lost);
        }
    }

    private abstract record Entry
    {
        private Entry() { }

        public sealed record Happened(SignInEvent Event) : Entry;

        public sealed record Flush(TaskCompletionSource Done) : Entry;
    }

    [LoggerMessage(LogLevel.Warning, "Sign-in events could not be written")]
    private static partial void WriteFailed(ILogger logger, Exception reason);

    [LoggerMessage(LogLevel.Error, "Sign-in events could not be written and are lost")]
    private static partial void EventsLost(ILogger logger, Exception bug);

    [LoggerMessage(LogLevel.Warning, "{Count} sign-in events were dropped because their storage was too slow or unavailable")]
    private static partial void EventsDropped(ILogger logger, long count);
}
