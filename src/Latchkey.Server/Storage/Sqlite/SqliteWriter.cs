using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// The single writer: one thread takes all waiting steps, runs each in a savepoint, commits them with one fsync, and then completes them.
/// A step that fails is rolled back alone. When the transaction is lost (disk full, failed commit), all its steps fail as unavailable.
/// So they do when the file was deleted or replaced (<see cref="SqliteFile"/>).
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaxWaiting = 4096;
    private const int MaxGroup = 256;

    private const string Begin = "BEGIN IMMEDIATE";
    private const string BeginStep = "SAVEPOINT step";
    private const string UndoStep = "ROLLBACK TO step";
    private const string EndStep = "RELEASE step";
    private const string Commit = "COMMIT";

    private readonly Channel<Step> waiting = Channel.CreateBounded<Step>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly string path;
    private readonly SqliteFile file;
    private readonly Durability durability;
    private readonly Thread thread;
    private volatile bool isClosing;

    /// <summary>Opened by the first group. When the file cannot be opened, the next group tries again.</summary>
    private SqliteSession? session;

    public SqliteWriter(string path, SqliteFile file, Durability durability)
    {
        (this.path, this.file, this.durability) = (path, file, durability);
        thread = new Thread(Work) { IsBackground = true, Name = "sqlite writer" };
        thread.Start();
    }

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read)
    {
        var step = new Step<T>(sql, values, read);
        return waiting.Writer.TryWrite(step)
            ? step.Answer
            : Task.FromException<T>(
                new StorageUnavailable(isClosing ? "the database is being closed" : "too many writes are waiting for the disk"));
    }

    public void Dispose()
    {
        // Queued steps are still written before the thread ends.
        isClosing = true;
        waiting.Writer.TryComplete();
        thread.Join();
        session?.Dispose();
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
            session ??= Open();
            if (file.IsLost)
            {
                file.Check();
            }

            Do(session, Begin);
            foreach (var step in group)
            {
                Run(session, step);
            }

            Do(session, Commit);
            file.Check();
        }
#pragma warning disable CA1031 // this thread must survive every error: without it no later write would run
        catch (Exception problem)
#pragma warning restore CA1031
        {
            var answer = SharedFailure(problem);
            foreach (var step in group)
            {
                step.Fail(answer);
            }

            RollBackOrClose();
        }

        foreach (var step in group)
        {
            step.Complete();
        }
    }

    private static void Run(SqliteSession session, Step step)
    {
        Do(session, BeginStep);
        try
        {
            step.Run(session);
        }
#pragma warning disable CA1031 // the error belongs to the caller of this step alone, not to the rest of the group
        catch (Exception problem)
#pragma warning restore CA1031
        {
            step.Fail(problem is SqliteException sqlite ? session.Translate(sqlite) : problem);

            // Some errors, such as a full disk, roll back the whole transaction. The savepoint is gone then, and this throws.
            Do(session, UndoStep);
        }

        Do(session, EndStep);
    }

    private SqliteSession Open()
    {
        file.Opening();
        var opened = new SqliteSession(path, file.IsKnown ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate, durability);
        try
        {
            file.Opened();
        }
        catch (StorageUnavailable)
        {
            opened.Dispose();
            throw;
        }

        foreach (var text in (string[])[Begin, BeginStep, UndoStep, EndStep, Commit])
        {
            opened.Prepare(text);
        }

        return opened;
    }

    private static void Do(SqliteSession session, string sql) => session.Execute(sql, SqlValues.None, static _ => true);

    /// <summary>Makes the error of the steps that did not cause the failure: nothing was written, and a retry may succeed.</summary>
    private Exception SharedFailure(Exception problem)
    {
        var translated = problem is SqliteException sqlite && session is not null ? session.Translate(sqlite) : problem;
        return translated is StorageUnavailable or UnusableDatabase
            ? translated
            : new StorageUnavailable($"a group of writes was rolled back: {problem.Message}", problem);
    }

    /// <summary>When the rollback fails too, the connection is closed and the next group opens a new one.</summary>
    private void RollBackOrClose()
    {
        try
        {
            session?.RollBack();
        }
        catch (SqliteException)
        {
            session!.Dispose();
            session = null;
        }
    }

    private abstract class Step
    {
        public abstract void Run(SqliteSession session);

        /// <summary>Keeps the first error of the step: later errors of the group are not its own.</summary>
        public abstract void Fail(Exception problem);

        public abstract void Complete();
    }

    private sealed class Step<T>(string sql, SqlValues values, Func<DbDataReader, T> read) : Step
    {
        // Continuations run on other threads: this one only writes.
        private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? answer;
        private Exception? failure;

        public Task<T> Answer => completion.Task;

        public override void Run(SqliteSession session) => answer = session.Execute(sql, values, read);

        public override void Fail(Exception problem) => failure ??= problem;

        public override void Complete()
        {
            if (failure is null)
            {
                completion.SetResult(answer!);
            }
            else
            {
                completion.SetException(failure);
            }
        }
    }
}
