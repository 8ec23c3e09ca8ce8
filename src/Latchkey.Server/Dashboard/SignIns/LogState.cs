using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>Whether the sign-in log can be read, and how much of it was lost. Sign-ins go on without it.</summary>
public sealed record LogState(string? Failure, long Lost)
{
    public bool IsWhole => Failure is null && Lost == 0;
}

/// <summary>Reads the sign-in log for a page. A page says so when the log cannot be read, and shows the rest.</summary>
internal sealed class LogReader(Databases databases, SignInLosses losses, SignInRecorder recorder)
{
    private static readonly TimeSpan MaxFlush = TimeSpan.FromSeconds(1);

    /// <summary>What is known without reading.</summary>
    public LogState State => new(databases.SignIns.Failure, losses.Events);

    /// <param name="read">Reads what was recorded before this call.</param>
    /// <returns>The default value and the failure, when the log cannot be read.</returns>
    public async Task<(T? Found, LogState State)> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
            return (await read(), State);
        }
        catch (StorageUnavailable away)
        {
            return (default, new(away.Message, losses.Events));
        }
    }

    /// <summary>A page does not wait for a log that is too slow to write.</summary>
    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await recorder.FlushAsync(cancellationToken).WaitAsync(MaxFlush, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The page shows what is stored.
        }
    }
}
