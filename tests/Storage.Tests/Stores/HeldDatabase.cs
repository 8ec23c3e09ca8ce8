using System.Data.Common;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;

namespace Storage.Tests.Stores;

/// <summary>
/// A driver whose next read can be held after the database has answered it, so that a test can change the database between two reads of
/// one caller. Notifications of the configuration are passed on only while <see cref="LetNotificationsThrough"/> is true.
/// </summary>
internal sealed class HeldDatabase(IDatabase database) : IDatabase
{
    private readonly Lock gate = new();
    private HeldRead? next;
    private Action<long>? changed;
    private long? pending;
    private bool isOpen = true;

    public bool LetNotificationsThrough
    {
        get => isOpen;
        set
        {
            lock (gate)
            {
                isOpen = value;
                if (value && pending is { } version)
                {
                    pending = null;
                    changed?.Invoke(version);
                }
            }
        }
    }

    /// <summary>Holds the next read after the database has answered it.</summary>
    public HeldRead HoldNextRead()
    {
        var held = new HeldRead();
        next = held;
        return held;
    }

    public async Task<T> ReadAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var held = Interlocked.Exchange(ref next, null);
        var answer = await database.ReadAsync(sql, values, read, cancellationToken);
        if (held is not null)
        {
            held.Answered.SetResult();
            await held.Released.Task;
        }

        return answer;
    }

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        database.WriteAsync(sql, values, read, cancellationToken);

    public Task MigrateAsync(CancellationToken cancellationToken) => database.MigrateAsync(cancellationToken);

    public Task<bool> IsReadyAsync(CancellationToken cancellationToken) => database.IsReadyAsync(cancellationToken);

    public IAsyncDisposable WatchConfiguration(Supervisor supervisor, Action<long> changed)
    {
        this.changed = changed;
        return database.WatchConfiguration(supervisor, version =>
        {
            lock (gate)
            {
                if (isOpen)
                {
                    changed(version);
                }
                else
                {
                    pending = version;
                }
            }
        });
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}

internal sealed class HeldRead
{
    public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
