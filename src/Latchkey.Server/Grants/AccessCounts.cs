using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>The number of live grants, and of each resource.</summary>
internal sealed record AccessNumbers(long All, IReadOnlyDictionary<string, long> OfResources, DateTimeOffset At);

/// <summary>
/// Counts live grants for the overview. A million of them take about a tenth of a second, so a page never waits for the count: it shows the
/// one before, which is at most a minute older than the dashboard was last read (docs/decisions/0016). Counters that each login writes
/// would cost more, and one row per resource would make logins wait for each other.
/// </summary>
internal sealed class AccessCounts(IDatabase database, TimeProvider clock)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private Task<AccessNumbers>? running;
    private AccessNumbers? newest;

    public static (string Text, SqlValues Values) Query => (
        "SELECT g.resource_id, COUNT(*) FROM grants g WHERE g.ended_at IS NULL GROUP BY g.resource_id", []);

    /// <summary>Returns the newest count. Null while the first one runs.</summary>
    public async Task<AccessNumbers?> NewestAsync(CancellationToken cancellationToken)
    {
        Task<AccessNumbers> count;
        lock (gate)
        {
            if (newest is { } kept && (clock.GetUtcNow() - kept.At).Duration() < MaxAge)
            {
                return kept;
            }

            if (running is null or { IsCompleted: true })
            {
                running = CountAsync();
            }

            count = running;
        }

        try
        {
            return await count.WaitAsync(MaxWait, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or StorageUnavailable)
        {
            return newest;
        }
    }

    private async Task<AccessNumbers> CountAsync()
    {
        var (text, values) = Query;
        var numbers = await database.ReadAsync(text, values, Read, CancellationToken.None);
        var counted = new AccessNumbers(numbers.Values.Sum(), numbers, clock.GetUtcNow());
        newest = counted;
        return counted;
    }

    private static Dictionary<string, long> Read(DbDataReader reader)
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read())
        {
            numbers.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return numbers;
    }
}
