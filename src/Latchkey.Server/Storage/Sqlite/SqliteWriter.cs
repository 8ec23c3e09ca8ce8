using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// The single writer: one thread takes every step that waits, runs each inside a savepoint, commits the group with one fsync, and only then answers.
/// A step that fails is rolled back alone; a group whose transaction is lost (a full disk, a commit that fails) is unavailable as a whole.
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

    private readonly Channel<Step> waiting = Channel.CreateBounded<Step>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly string path;
    private readonly Durability durability;
    private readonly Thread thread;
    private volatile bool isClosing;

    /// <summary>Opened by the first group; a file that cannot be opened today is tried again by the next.</summary>
    private SqliteSession? session;

    public SqliteWriter(string path, Durability durability)
    {
        (this.path, this.durability) = (path, durability);
        thread = new Thread(Work) { IsBackground = true, Name = "sqlite writer" };
        thread.Start();
    }

    public Task<T> WriteAsync<T>(string sql, SqlValues values, Func<DbDataReader, T> read)
    {
        var step = new Step<T>(sql, values, read);
        return waiting.Writer.TryWrite(step)
            ? step.Answer
            : Task.FromException<T>(new StorageUnavailable(isClosing ? "the database is being closed" : "more writes are waiting than the disk can take"));
    }

    public void Dispose()
    {
        // What is queued is still written; the thread ends behind it.
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
            Do(session, Begin);
            foreach (var step in group)
            {
                Run(session, step);
            }

            Do(session, Commit);
        }
#pragma warning disable CA1031 // this thread must outlive whatever goes wrong: with it would go every later write
        catch (Exception problem)
#pragma warning restore CA1031
        {
            var answer = WhatToSay(problem);
            foreach (var step in group)
            {
                step.Fail(answer);
            }

            GiveUpTransaction();
        }

        foreach (var step in group)
        {
            step.Tell();
        }
    }

    private static void Run(SqliteSession session, Step step)
    {
        Do(session, BeginStep);
        try
        {
            step.Run(session);
        }
#pragma warning disable CA1031 // whatever went wrong belongs to whoever asked for this step, and to nobody else of the group
        catch (Exception problem)
#pragma warning restore CA1031
        {
            step.Fail(problem is SqliteException sqlite ? session.Translate(sqlite) : problem);

            // Some errors, a full disk among them, have taken the whole transaction with them: then there is no savepoint any more, and this throws.
            Do(session, UndoStep);
        }

        Do(session, EndStep);
    }

    private SqliteSession Open()
    {
        var opened = new SqliteSession(path, SqliteOpenMode.ReadWriteCreate, durability);
        foreach (var text in (string[])[Begin, BeginStep, UndoStep, EndStep, Commit])
        {
            opened.Prepare(text);
        }

        return opened;
    }

    private static void Do(SqliteSession session, string sql) => session.Execute(sql, SqlValues.None, static _ => true);

    /// <summary>To those whose own statements were not at fault: nothing was written, and the same call may succeed later.</summary>
    private Exception WhatToSay(Exception problem)
    {
        var translated = problem is SqliteException sqlite && session is not null ? session.Translate(sqlite) : problem;
        return translated is StorageUnavailable or UnusableDatabase ? translated : new StorageUnavailable($"a group of writes was rolled back: {problem.Message}", problem);
    }

    /// <summary>Where the transaction cannot even be rolled back, the connection goes with it: the next group begins with a new one.</summary>
    private void GiveUpTransaction()
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

        /// <summary>The first failure counts: what befell the group later is not this step's.</summary>
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

        public override void Fail(Exception problem) => failure ??= problem;

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
