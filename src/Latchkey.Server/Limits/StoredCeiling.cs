using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Limits;

/// <summary>
/// The most that callers without an operator's credential may have in the database at once, over all networks: rows of sign-ins that no
/// person completed, pushed requests, registrations without a grant, and used assertions. The budget of a network limits how fast one
/// network adds such rows; this limits what any number of networks can add. 1. every minute each node measures the database; 2. between two
/// measurements it adds what it stores itself; 3. registrations, whose rows live long, are refused when three quarters are used, so that
/// sign-ins, whose rows live a day, have the rest.
/// </summary>
internal sealed partial class StoredCeiling(IDatabase database, Settings settings, TimeProvider clock, ILogger<StoredCeiling> logger)
{
    public const string Name = "measurement of stored data";
    private const long BytesPerMegabyte = 1024 * 1024;

    /// <summary>What a row costs besides its text: keys, indexes and the row itself.</summary>
    private const int RowBytes = 512;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WarningPeriod = TimeSpan.FromMinutes(10);

    private long measuredRows;
    private long measuredBytes;
    private long addedRows;
    private long addedBytes;
    private long warnedAt;

    /// <summary>The largest part of the ceiling in use, of rows or bytes: 1 is all of it.</summary>
    public double Used => Math.Max(
        (double)(Volatile.Read(ref measuredRows) + Volatile.Read(ref addedRows)) / settings.StoredRowsInTotal,
        (double)(Volatile.Read(ref measuredBytes) + Volatile.Read(ref addedBytes)) / (settings.StoredMegabytesInTotal * BytesPerMegabyte));

    /// <summary>Adds a row. Returns false when there is no room for it.</summary>
    public bool TryAdd(int bytes, StoredKind kind)
    {
        const double ShareOfRegistrations = 0.75;
        if (Used >= (kind == StoredKind.Registration ? ShareOfRegistrations : 1))
        {
            Warn(kind);
            return false;
        }

        Interlocked.Increment(ref addedRows);
        Interlocked.Add(ref addedBytes, bytes + RowBytes);
        return true;
    }

    /// <summary>The row was not stored, or a person completed its sign-in.</summary>
    public void Remove(int bytes)
    {
        Interlocked.Decrement(ref addedRows);
        Interlocked.Add(ref addedBytes, -(bytes + RowBytes));
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await MeasureAsync(stop);
            await Task.Delay(Pause, clock, stop);
        }
    }

    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var (rowsBefore, bytesBefore) = (Volatile.Read(ref addedRows), Volatile.Read(ref addedBytes));
        var (rows, bytes) = await database.ReadAsync(
            """
            SELECT SUM(n), SUM(b) FROM (
                SELECT COUNT(*) AS n, COALESCE(SUM(octet_length(request)), 0) AS b FROM login_requests WHERE subject IS NULL
                UNION ALL SELECT COUNT(*), COALESCE(SUM(octet_length(parameters)), 0) FROM pushed_requests p
                           WHERE NOT EXISTS (SELECT 1 FROM login_requests l WHERE l.id = p.login_request_id AND l.subject IS NOT NULL)
                UNION ALL SELECT COUNT(*), COALESCE(SUM(octet_length(document)), 0) FROM clients
                           WHERE (metadata IS NOT NULL OR (id >= 'https://' AND id < 'https:0'))
                             AND NOT EXISTS (SELECT 1 FROM grants WHERE client_id = clients.id)
                UNION ALL SELECT COUNT(*), 0 FROM used_assertions) parts
            """,
            SqlValues.None,
            static (DbDataReader reader) => reader.Read()
                ? (Convert.ToInt64(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture),
                    Convert.ToInt64(reader.GetValue(1), System.Globalization.CultureInfo.InvariantCulture))
                : (0, 0),
            cancellationToken);
        Volatile.Write(ref measuredRows, rows);
        Volatile.Write(ref measuredBytes, bytes + (rows * RowBytes));
        Interlocked.Add(ref addedRows, -rowsBefore);
        Interlocked.Add(ref addedBytes, -bytesBefore);
    }

    private void Warn(StoredKind kind)
    {
        var now = clock.GetUtcNow().Ticks;
        var before = Volatile.Read(ref warnedAt);
        if (Math.Abs(now - before) >= WarningPeriod.Ticks && Interlocked.CompareExchange(ref warnedAt, now, before) == before)
        {
            Full(logger, kind, Used, settings.StoredMegabytesInTotal, settings.StoredRowsInTotal);
        }
    }

    [LoggerMessage(
        1902, LogLevel.Error,
        "The ceiling of stored data is reached ({Kind}, {Used:P0} in use): new rows of callers without an operator's credential are "
            + "refused "
        + "until the cleanup has deleted older ones. Limit the networks that cause them, or raise RateLimits:StoredMegabytesInTotal "
        + "({Megabytes}) and RateLimits:StoredRowsInTotal ({Rows})")]
    private static partial void Full(ILogger logger, StoredKind kind, double used, int megabytes, int rows);
}

/// <summary>What a caller without an operator's credential stores.</summary>
internal enum StoredKind
{
    /// <summary>A login request or a pushed request: about a day.</summary>
    SignIn,

    /// <summary>A registration or a metadata document: weeks to months.</summary>
    Registration,
}
