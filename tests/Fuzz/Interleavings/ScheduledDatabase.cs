using System.Data.Common;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;

namespace Fuzz.Interleavings;

/// <summary>A database whose steps wait until the schedule selects them and are recorded in the step log.</summary>
internal sealed class ScheduledDatabase(IDatabase store) : IDatabase
{
    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        Schedule.StepAsync(Shown(sql), async () =>
        {
            var answer = await store.WriteAsync(sql, values, read, cancellationToken);
            if (Schedule.Playing is { } schedule)
            {
                schedule.StepLog.Wrote(schedule.Round, sql, values, answer);
            }

            return answer;
        });

    public Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        Schedule.StepAsync(Shown(sql), () => store.ReadAsync(sql, values, read, cancellationToken));

    public Task MigrateAsync(CancellationToken cancellationToken) => store.MigrateAsync(cancellationToken);

    public Task<bool> IsReadyAsync(CancellationToken cancellationToken) => store.IsReadyAsync(cancellationToken);

    public IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed) =>
        store.WatchConfiguration(supervisor, changed);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static string Shown(string sql) => sql.Length > 60 ? sql[..60].ReplaceLineEndings(" ") : sql;
}
