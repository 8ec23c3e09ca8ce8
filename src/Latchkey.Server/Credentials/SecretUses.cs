using System.Collections.Concurrent;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Credentials;

/// <summary>
/// Records when secrets were last used, exact to one hour, so that operators find unused ones. The first use per hour costs one write in
/// the background, which no request waits for and whose failure fails no request.
/// </summary>
internal sealed partial class SecretUses(IDatabase database, ILogger<SecretUses> logger)
{
    /// <summary>For secrets without a recorded use.</summary>
    public static readonly IReadOnlyDictionary<string, DateTimeOffset> None = new Dictionary<string, DateTimeOffset>(
        StringComparer.Ordinal);

    /// <summary>How long the last use of a secret is known.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(400);

    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan Coarseness = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, Task Written)> noted = new(StringComparer.Ordinal);

    public void Note(SecretId id, DateTimeOffset now)
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

    /// <summary>The last use of each of these secrets, by secret id.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> OfAsync(
        IEnumerable<ClientSecret> secrets, CancellationToken cancellationToken)
    {
        var ids = secrets.Select(s => s.Id.Value).ToList();
        if (ids.Count == 0)
        {
            return None;
        }

        foreach (var id in ids)
        {
            if (noted.TryGetValue(id, out var note))
            {
                await note.Written.WaitAsync(cancellationToken);
            }
        }

        var values = new SqlValues();
        for (var i = 0; i < ids.Count; i++)
        {
            values.Add($"id{i}", ids[i]);
        }

        return await database.ReadAsync(
            "SELECT secret_id, used_at FROM secret_uses "
            + $"WHERE secret_id IN ({string.Join(", ", ids.Index().Select(i => $"@id{i.Index}"))})",
            values,
            static reader =>
            {
                var uses = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
                while (reader.Read())
                {
                    uses[reader.GetString(0)] = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1));
                }

                return uses;
            },
            cancellationToken);
    }

    /// <summary>Deletes the record of a deleted secret.</summary>
    public Task ForgetAsync(SecretId id, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM secret_uses WHERE secret_id = @id", new() { { "id", id.Value } }, static _ => true, cancellationToken);

    /// <summary>
    /// Deletes records of uses before <paramref name="before"/>, at most 500 per call. A secret that expired with its registration leaves
    /// no other trace, and any caller can register a client and use its secret.
    /// </summary>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM secret_uses WHERE secret_id IN (SELECT secret_id FROM secret_uses WHERE used_at < @before ORDER BY used_at LIMIT 500) "
        + "RETURNING 1",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);

    private async Task WriteAsync(SecretId id, DateTimeOffset now)
    {
        try
        {
            await database.WriteAsync(
                """
                INSERT INTO secret_uses (secret_id, used_at) VALUES (@id, @now)
                ON CONFLICT (secret_id) DO UPDATE SET used_at = excluded.used_at WHERE secret_uses.used_at < excluded.used_at
                """,
                new() { { "id", id.Value }, { "now", now } },
                static _ => true,
                CancellationToken.None);
        }
        catch (Exception lost) when (lost is StorageUnavailable or ObjectDisposedException)
        {
            NotNoted(logger, lost);
        }
    }

    [LoggerMessage(1701, LogLevel.Debug, "A use of a secret could not be recorded")]
    private static partial void NotNoted(ILogger logger, Exception reason);
}
