using System.Data.Common;
using System.Diagnostics;
using Latchkey.Server.Supervision;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Storage;

/// <summary>Measures each storage step of another database, and adds it to the span of the step that causes it.</summary>
/// <param name="name"><c>main</c> or <c>sign_ins</c>.</param>
internal sealed class MeasuredDatabase(IDatabase database, string name) : IDatabase
{
    public const string Main = "main";
    public const string SignIns = "sign_ins";

    private const string Read = "read";
    private const string Write = "write";

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        IsMeasured
            ? MeasureAsync(Write, sql, Stopwatch.GetTimestamp(), database.WriteAsync(sql, values, read, cancellationToken))
            : database.WriteAsync(sql, values, read, cancellationToken);

    public Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        IsMeasured
            ? MeasureAsync(Read, sql, Stopwatch.GetTimestamp(), database.ReadAsync(sql, values, read, cancellationToken))
            : database.ReadAsync(sql, values, read, cancellationToken);

    public Task MigrateAsync(CancellationToken cancellationToken) => database.MigrateAsync(cancellationToken);

    public Task<bool> IsReadyAsync(CancellationToken cancellationToken) => database.IsReadyAsync(cancellationToken);

    public Task<DateTimeOffset?> ClockAsync(CancellationToken cancellationToken) => database.ClockAsync(cancellationToken);

    public IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed) =>
        database.WatchConfiguration(supervisor, changed);

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static bool IsMeasured => Instruments.StorageDuration.Enabled || StepSpan.Current is { IsTraced: true };

    private async Task<T> MeasureAsync<T>(string operation, string sql, long begun, Task<T> step)
    {
        string? failure = null;
        Instruments.StorageRunning.Add(1, new KeyValuePair<string, object?>(Instruments.Database, name));
        try
        {
            return await step;
        }
        catch (Exception problem)
        {
            failure = problem switch
            {
                StorageUnavailable => "unavailable",
                OperationCanceledException => "cancelled",
                _ => "refused",
            };
            throw;
        }
        finally
        {
            Instruments.StorageRunning.Add(-1, new KeyValuePair<string, object?>(Instruments.Database, name));
            Record(operation, sql, begun, failure);
        }
    }

    private void Record(string operation, string sql, long begun, string? failure)
    {
        var tags = new TagList { { Instruments.Database, name }, { Instruments.Operation, operation } };
        if (failure is not null)
        {
            tags.Add(Instruments.ErrorType, failure);
        }

        Instruments.StorageDuration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, tags);
        if (StepSpan.Current is { IsTraced: true } step)
        {
            step.Add(
                $"storage {operation}", ActivityKind.Client, begun, failure, (Instruments.Database, name), ("db.query.summary", Verb(sql)));
        }
    }

    /// <summary>The first word of the text. Values are parameters and are not part of a span.</summary>
    private static string Verb(string sql)
    {
        var text = sql.AsSpan().TrimStart();
        var end = text.IndexOfAny(' ', '\n');
        return (end < 0 ? text : text[..end]).ToString();
    }
}
