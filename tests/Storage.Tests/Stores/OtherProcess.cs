using System.Diagnostics;
using System.Globalization;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Storage.Tests.Stores;

/// <summary>Another process that uses a SQLite file: this test program, started with a role.</summary>
internal sealed class OtherProcess : IAsyncDisposable
{
    public const string Writes = "role:writes";
    public const string Holds = "role:holds";
    private const string Ready = "ready";
    private const int Writers = 8;

    private readonly Process process;

    private OtherProcess(Process process) => this.process = process;

    /// <summary>Starts a process that writes the numbers from <paramref name="first"/> on into <c>revoked_tokens</c> and prints each number
    /// once its write is confirmed.</summary>
    public static OtherProcess StartWriting(string path, long first) =>
        new(Start(Writes, path, first.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Starts a process that has run <paramref name="sql"/> on the file and keeps the lock until it is disposed.</summary>
    public static async Task<OtherProcess> HoldAsync(string path, string sql)
    {
        var holder = new OtherProcess(Start(Holds, path, sql));
        Assert.Equal(Ready, await holder.process.StandardOutput.ReadLineAsync());
        return holder;
    }

    /// <summary>Kills the process after <paramref name="count"/> confirmed writes and returns every number whose
    /// write was confirmed.</summary>
    public async Task<IReadOnlyList<long>> KillAfterAsync(int count)
    {
        var answered = new List<long>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            answered.Add(long.Parse(line, CultureInfo.InvariantCulture));
            if (answered.Count == count)
            {
                process.Kill();
            }
        }

        await process.WaitForExitAsync();
        return answered;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    public static async Task<int> WriteUntilKilledAsync(string path, string first)
    {
        await using var database = new SqliteDatabase(path, Durability.Full, MigrationSet.Main);
        var next = long.Parse(first, CultureInfo.InvariantCulture) - 1;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            while (true)
            {
                var number = Interlocked.Increment(ref next);
                await database.WriteAsync(
                    "INSERT INTO revoked_tokens (id, expires_at) VALUES (@id, @number)",
                    new() { { "id", $"tkn_{number}" }, { "number", number } },
                    static _ => true,
                    CancellationToken.None);
                await Console.Out.WriteLineAsync(number.ToString(CultureInfo.InvariantCulture));
            }
        }));
        return 0;
    }

    public static async Task<int> HoldUntilToldAsync(string path, string sql)
    {
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
        await Console.Out.WriteLineAsync(Ready);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(OtherProcess).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
}
