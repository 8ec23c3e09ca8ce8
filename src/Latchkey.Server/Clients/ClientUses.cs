using System.Collections.Concurrent;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>
/// Records when clients were last used, exact to one hour, for the order of the list of clients. The first use per hour and node costs one
/// write in the background, which no request waits for: the row of a client that many people use would otherwise be written by every
/// login (docs/decisions/0016).
/// </summary>
internal sealed partial class ClientUses(IDatabase database, ILogger<ClientUses> logger)
{
    public static readonly TimeSpan Coarseness = TimeSpan.FromHours(1);

    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, Task Written)> noted = new(StringComparer.Ordinal);

    public void Note(ClientId id, DateTimeOffset now)
    {
        if (noted.TryGetValue(id.Value, out var former) && (now - former.At).Duration() < Coarseness)
        {
            return;
        }

        if (noted.Count >= MaxRemembered)
        {
            noted.Clear();
        }

        noted[id.Value] = (now, WriteAsync(id, now));
    }

    /// <summary>Waits until every use that was noted on this node is stored.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(noted.Values.Where(note => !note.Written.IsCompleted).Select(note => note.Written)).WaitAsync(cancellationToken);

    private async Task WriteAsync(ClientId id, DateTimeOffset now)
    {
        try
        {
            await database.WriteAsync(
                "UPDATE clients SET used_at = @now WHERE id = @id AND used_at <= @before AND expired_at IS NULL",
                new() { { "id", id.Value }, { "now", now }, { "before", now - Coarseness } },
                static _ => true,
                CancellationToken.None);
        }
        catch (Exception lost) when (lost is StorageUnavailable or ObjectDisposedException)
        {
            NotNoted(logger, lost);
        }
    }

    [LoggerMessage(1303, LogLevel.Debug, "A use of a client could not be recorded")]
    private static partial void NotNoted(ILogger logger, Exception reason);
}
