using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// The single writer: one thread takes every step that waits, runs each inside a savepoint, commits the group with one fsync, and only then answers.
/// A step that fails is rolled back alone; a commit that fails, fails its whole group.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaxWaiting = 4096;
    private const int MaxGroup = 256;

    private readonly Channel<Step> waiting = Channel.CreateBounded<Step>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly SqliteSession session;
    private readonly Thread thread;

    public SqliteWriter(string path, Durability durability)
    {
        session = new SqliteSession(path, SqliteOpenMode.ReadWriteCreate, durability);
        thread = new Thread(Work) { IsBackground = true, Name = "sqlite writer" };
        thread.Start();
    }

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read)
    {
        var step = new Step<T>(sql, values, read);
        return waiting.Writer.TryWrite(step)
            ? step.Answer
            : Task.FromException<T>(new StorageUnavailable("more writes are waiting than the disk can take"));
    }

    public void Dispose()
    {
        // What is queued is still written; the thread ends behind it.
        waiting.Writer.TryComplete();
        thread.Join();
        session.Dispose();
    }

    private void Work()
    {
        var group = new List<Step>(MaxGroup);
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < MaxGroup && waiting.Reader.TryRead(out var step))
            {
                group.Add(step);
            }

            Write(group);
        }
    }

    private void Write(List<Step> group)
    {
        try
        {
            session.Execute("BEGIN IMMEDIATE", SqlValues.None, static _ => true);
            foreach (var step in group)
            {
                Run(step);
            }

            session.Execute("COMMIT", SqlValues.None, static _ => true);
        }
        catch (SqliteException problem)
        {
            TryRollBack();
            foreach (var step in group)
            {
                step.Fail(problem);
            }
        }

        foreach (var step in group)
        {
            step.Tell();
        }
    }

    private void Run(Step step)
    {
        session.Execute("SAVEPOINT step", SqlValues.None, static _ => true);
        try
        {
            step.Run(session);
        }
#pragma warning disable CA1031 // whatever went wrong belongs to whoever asked for this step, and to nobody else of the group
        catch (Exception problem)
#pragma warning restore CA1031
        {
            step.Fail(problem);
            session.Execute("ROLLBACK TO step", SqlValues.None, static _ => true);
        }

        session.Execute("RELEASE step", SqlValues.None, static _ => true);
    }

    private void TryRollBack()
    {
        try
        {
            session.Run("ROLLBACK");
        }
        catch (SqliteException)
        {
            // There was no transaction: BEGIN itself had failed, or SQLite has rolled back already.
        }
    }

    private abstract class Step
    {
        public abstract void Run(SqliteSession session);

        public abstract void Fail(Exception problem);

        public abstract void Tell();
    }

    private sealed class Step<T>(string sql, SqlValues values, Func<DbDataReader, T> read) : Step
    {
        // The waiting request goes on elsewhere: this thread writes and does nothing else.
        private readonly TaskCompletionSource<T> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? answer;
        private Exception? failure;

        public Task<T> Answer => told.Task;

        public override void Run(SqliteSession session) => answer = session.Execute(sql, values, read);

        public override void Fail(Exception problem) => failure ??= problem is SqliteException sqlite ? SqliteSession.Translate(sqlite) : problem;

        public override void Tell()
        {
            if (failure is null)
            {
                told.SetResult(answer!);
            }
            else
            {
                told.SetException(failure);
            }
        }
    }
}
