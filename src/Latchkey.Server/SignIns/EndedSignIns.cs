using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>A number of ended sign-ins in a slot of time.</summary>
internal sealed record SlotCount(long Slot, SignInOutcome Outcome, long Number);

/// <summary>A number of ended sign-ins of a client family.</summary>
/// <param name="Family">Empty when it is not known.</param>
/// <param name="Cause">Empty when there is none.</param>
internal sealed record FamilyCount(string Family, SignInOutcome Outcome, string Cause, long Number);

/// <summary>The newest sign-in that a cause stopped.</summary>
internal sealed record NewestOfCause(AuthorizationId Id, DateTimeOffset StartedAt);

/// <summary>The table and the width of the slots in which a period is shown.</summary>
/// <param name="Unit">An hour or a day.</param>
/// <param name="Width">The units per slot.</param>
internal sealed record SlotSize(string Table, string Column, TimeSpan Unit, int Width)
{
    public static readonly SlotSize Hour = new("journey_hours", "hour", TimeSpan.FromHours(1), 1);
    public static readonly SlotSize QuarterOfDay = Hour with { Width = 6 };
    public static readonly SlotSize Day = new("journey_days", "day", TimeSpan.FromDays(1), 1);

    public TimeSpan Length => Unit * Width;

    /// <summary>The number of the slot of a time, since 1970.</summary>
    public long Of(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / (long)Length.TotalMilliseconds;

    public DateTimeOffset Start(long slot) => DateTimeOffset.UnixEpoch + (slot * Length);
}

/// <summary>
/// Counts ended sign-ins of clients per hour and per day, so that the overview reads no rows of sign-ins. A running sign-in is not counted:
/// most are counted once, when they end. The family is an entry of the catalogue, never a client id, so strangers cannot make rows at will.
/// </summary>
internal sealed class EndedSignIns(IDatabase signIns)
{
    public static readonly TimeSpan RetentionOfHours = TimeSpan.FromDays(15);
    public static readonly TimeSpan RetentionOfDays = TimeSpan.FromDays(400);
    private const int MaxSlots = 1_000;
    private const int MaxFamilies = 20_000;

    private const string Cell = "resource_id, family, outcome, cause, number";

    private const string IsToBeCounted =
        "(COALESCE(counted_outcome, 'running') <> outcome "
        + "OR (counted_outcome IS NOT NULL AND COALESCE(counted_cause, '') <> COALESCE(cause, '')))";

    /// <summary>The sign-ins of this batch whose outcome or cause is not the one they are counted as.</summary>
    private const string Recount =
        $"FROM json_each(@ended) k JOIN journeys j ON j.auth_request_id = k.key WHERE {IsToBeCounted} AND j.purpose IS NULL AND";

    private const string Changes =
        "SELECT j.started_at / 3600000 AS hour, COALESCE(j.resource_id, '') AS resource_id, COALESCE(j.family, '') AS family, "
        + $"j.outcome AS outcome, COALESCE(j.cause, '') AS cause, 1 AS number {Recount} j.outcome <> 'running' "
        + "UNION ALL SELECT j.started_at / 3600000, COALESCE(j.resource_id, ''), COALESCE(j.family, ''), j.counted_outcome, "
        + $"COALESCE(j.counted_cause, ''), -1 {Recount} j.counted_outcome IS NOT NULL";

    /// <summary>
    /// Follows the statements that write the summaries, in the same transaction: their rows are locked, so each change is counted once,
    /// on any node. Sorted, against deadlocks.
    /// </summary>
    public const string Text =
        $"""
        INSERT INTO journey_hours (hour, {Cell})
        SELECT hour, resource_id, family, outcome, cause, SUM(number) FROM ({Changes}) c WHERE true
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (hour, resource_id, family, outcome, cause) DO UPDATE SET number = journey_hours.number + excluded.number;
        INSERT INTO journey_days (day, {Cell})
        SELECT hour / 24, resource_id, family, outcome, cause, SUM(number) FROM ({Changes}) c WHERE true
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (day, resource_id, family, outcome, cause) DO UPDATE SET number = journey_days.number + excluded.number;
        UPDATE journeys SET counted_outcome = CASE WHEN outcome = 'running' THEN NULL ELSE outcome END,
                            counted_cause = CASE WHEN outcome = 'running' THEN NULL ELSE cause END
         WHERE auth_request_id IN (SELECT key FROM json_each(@ended)) AND {IsToBeCounted}
        """;

    /// <summary>
    /// The numbers per slot from <paramref name="former"/> on, and those per family and cause from <paramref name="from"/> on.
    /// </summary>
    /// <param name="resource">Null for all resources.</param>
    public Task<(List<SlotCount> Slots, List<FamilyCount> Families)> ReadAsync(
        SlotSize size, long former, long from, string? resource, CancellationToken cancellationToken) => signIns.ReadAsync(
            QueryOf(size, resource),
            new() { { "former", former * size.Width }, { "from", from * size.Width }, { "resource", resource } },
            Read, cancellationToken);

    public static string QueryOf(SlotSize size, string? resource)
    {
        var (column, ofResource) = (size.Column, resource is null ? "" : " AND resource_id = @resource");
        return $"SELECT {column} / {size.Width}, outcome, CAST(SUM(number) AS BIGINT) FROM {size.Table} "
            + $"WHERE {column} >= @former{ofResource} GROUP BY 1, 2 LIMIT {MaxSlots}; "
            + $"SELECT family, outcome, cause, CAST(SUM(number) AS BIGINT) FROM {size.Table} WHERE {column} >= @from{ofResource} "
            + $"GROUP BY 1, 2, 3 LIMIT {MaxFamilies}";
    }

    /// <summary>The sign-ins per resource since an hour.</summary>
    public const string PerResourceText =
        "SELECT resource_id, CAST(SUM(number) AS BIGINT) FROM journey_hours WHERE hour >= @from GROUP BY resource_id LIMIT @max";

    /// <summary>The number of ended sign-ins of each resource in the last 24 hours.</summary>
    public Task<Dictionary<string, long>> PerResourceAsync(DateTimeOffset now, CancellationToken cancellationToken) => signIns.ReadAsync(
        PerResourceText,
        new() { { "from", SlotSize.Hour.Of(now) - 23 }, { "max", (long)MaxSlots } },
        static row =>
        {
            var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
            while (row.Read())
            {
                numbers[row.GetString(0)] = row.GetInt64(1);
            }

            return numbers;
        },
        cancellationToken);

    /// <summary>The sign-ins that run, at most <see cref="SignInBrowser.MaxCounted"/> + 1, and the newest one of each cause.</summary>
    public Task<(int Running, Dictionary<string, NewestOfCause> Newest)> ReadNewestAsync(
        DateTimeOffset from, string? resource, IEnumerable<string> causes, CancellationToken cancellationToken)
    {
        var values = new SqlValues { { "from", from }, { "resource", resource }, { "max", SignInBrowser.MaxCounted + 1L } };
        values.AddJson("causes", SignInJson.Keys(causes));
        return signIns.ReadAsync(NewestQueryOf(resource), values, ReadNewest, cancellationToken);
    }

    public static string NewestQueryOf(string? resource)
    {
        var ofResource = resource is null ? "" : " AND COALESCE(j.resource_id, '') = @resource";
        return "SELECT COUNT(*) FROM (SELECT 1 FROM journeys j WHERE j.outcome = 'running' AND j.purpose IS NULL "
            + $"AND j.started_at >= @from{ofResource} "
            + "LIMIT @max) c; SELECT n.cause, n.auth_request_id, n.started_at FROM json_each(@causes) k "
            + "JOIN journeys n ON n.auth_request_id = "
            + "(SELECT j.auth_request_id FROM journeys j WHERE j.cause = k.key AND j.purpose IS NULL "
            + $"AND j.started_at >= @from{ofResource} "
            + $"ORDER BY j.started_at DESC LIMIT 1) LIMIT {MaxSlots}";
    }

    private static (int Running, Dictionary<string, NewestOfCause> Newest) ReadNewest(DbDataReader row)
    {
        var running = row.Read() ? (int)row.GetInt64(0) : 0;
        row.NextResult();
        var newest = new Dictionary<string, NewestOfCause>(StringComparer.Ordinal);
        while (row.Read())
        {
            newest[row.GetString(0)] = new(new(row.GetString(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)));
        }

        return (running, newest);
    }

    /// <summary>Deletes the numbers of old hours and days.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => signIns.WriteAsync(
        "DELETE FROM journey_hours WHERE hour < @hour RETURNING 1; DELETE FROM journey_days WHERE day < @day RETURNING 1",
        new() { { "hour", SlotSize.Hour.Of(now - RetentionOfHours) }, { "day", SlotSize.Day.Of(now - RetentionOfDays) } },
        Rows.Count, cancellationToken);

    private static (List<SlotCount> Slots, List<FamilyCount> Families) Read(DbDataReader row)
    {
        var slots = new List<SlotCount>();
        while (row.Read())
        {
            slots.Add(new(row.GetInt64(0), StoredNames.Outcome(row.GetString(1), "journey_hours"), row.GetInt64(2)));
        }

        row.NextResult();
        var families = new List<FamilyCount>();
        while (row.Read())
        {
            families.Add(
                new(row.GetString(0), StoredNames.Outcome(row.GetString(1), "journey_hours"), row.GetString(2), row.GetInt64(3)));
        }

        return (slots, families);
    }
}
