using System.Diagnostics;
using Npgsql;

namespace Latchkey.Testing;

/// <summary>
/// A PostgreSQL 15 server in a temporary folder, on loopback, with fsync on. It is stopped when the process that started it ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartNewAsync());
    private static int databases;

    private readonly string folder;
    private readonly int port;
    private bool archivesWal;
    private bool isRunning;

    private PostgresServer(string folder, int port) => (this.folder, this.port) = (folder, port);

    /// <summary>The shared server of the test run, started at the first call.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a separate server, for tests that stop it.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL 15 is not installed.</exception>
    public static Task<PostgresServer> StartNewAsync() => StartNewAsync(archivesWal: false);

    /// <summary>Starts a separate server that archives its WAL, for point-in-time recovery.</summary>
    public static Task<PostgresServer> StartArchivingAsync() => StartNewAsync(archivesWal: true);

    private static async Task<PostgresServer> StartNewAsync(bool archivesWal)
    {
        if (!File.Exists($"{Programs}/initdb"))
        {
            throw new InvalidOperationException(
                "These tests need PostgreSQL 15 (Debian: apt-get install postgresql-15); ./dev check installs it.");
        }

        var server = new PostgresServer(Directory.CreateTempSubdirectory("lkpg").FullName, FreePorts.Next());
        if (Environment.UserName == "root")
        {
            await RunAsync(server.folder, "chown", "postgres", server.folder);
        }

        server.archivesWal = archivesWal;
        await server.AsPostgresAsync("mkdir", server.Archive);
        await server.AsPostgresAsync($"{Programs}/initdb", "-D", $"{server.folder}/data", "-U", "postgres", "-A", "trust", "--no-sync");
        await server.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return server;
    }

    /// <summary>Creates an empty database and returns its Npgsql connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public async Task StartAsync()
    {
        await AsPostgresAsync(
            $"{Programs}/pg_ctl", "-D", $"{folder}/data", "-w", "-t", "300", "-l", $"{folder}/log", "-o",
            $"-p {port} -k {folder} -h 127.0.0.1 -c max_connections=300{ArchiveOptions}", "start");
        isRunning = true;
    }

    /// <summary>Lets this role connect only with its password; all others need none.</summary>
    public async Task RequirePasswordsAsync(string role)
    {
        var file = $"{folder}/data/pg_hba.conf";
        await File.WriteAllTextAsync(file, $"host all {role} 127.0.0.1/32 scram-sha-256\n" + await File.ReadAllTextAsync(file));
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var loaded = new NpgsqlCommand("SELECT pg_conf_load_time()::text", connection);
        var before = await loaded.ExecuteScalarAsync();
        await using var reload = new NpgsqlCommand("SELECT pg_reload_conf()", connection);
        await reload.ExecuteNonQueryAsync();
        while (Equals(before, await loaded.ExecuteScalarAsync()))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Makes a base backup, from which <see cref="RecoverAsync"/> goes on.</summary>
    public Task BackUpAsync() => AsPostgresAsync(
        $"{Programs}/pg_basebackup", "-h", "127.0.0.1", "-p", $"{port}", "-U", "postgres", "-D", $"{folder}/base", "-c", "fast");

    /// <summary>Puts the base backup in the place of the data, and recovers the WAL of the archive up to a time.</summary>
    public async Task RecoverAsync(DateTimeOffset target)
    {
        await StopAsync();
        await AsPostgresAsync("mv", $"{folder}/data", $"{folder}/lost");
        await AsPostgresAsync("mv", $"{folder}/base", $"{folder}/data");
        var recovery = $"restore_command = 'cp {Archive}/%f %p'\nrecovery_target_action = 'promote'\n"
            + $"recovery_target_time = '{target:yyyy-MM-dd HH:mm:ss.fff}+00'\n";
        await AsPostgresAsync(
            "/bin/sh", "-c", $"printf '%b' \"$1\" >>{folder}/data/postgresql.auto.conf && touch {folder}/data/recovery.signal", "sh",
            recovery);
        await StartAsync();
    }

    private string Archive => $"{folder}/archive";

    private string ArchiveOptions =>
        archivesWal ? $" -c archive_mode=on -c archive_command='test ! -f {Archive}/%f && cp %p {Archive}/%f'" : "";

    /// <summary>Stops the server immediately, as a crash would.</summary>
    public async Task StopAsync()
    {
        isRunning = false;
        await AsPostgresAsync($"{Programs}/pg_ctl", "-D", $"{folder}/data", "-m", "immediate", "-w", "stop");
        NpgsqlConnection.ClearAllPools();
    }

    public async ValueTask DisposeAsync()
    {
        if (isRunning)
        {
            await StopAsync();
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        File.Delete(folder + ".out");
    }

    /// <summary>
    /// Stops the shared server at the end of the test run. It is an assembly fixture, because xUnit fails a run whose process takes longer
    /// than ten seconds to exit. (The handler of the process exit is only a fallback.)
    /// </summary>
    public sealed class EndsWithTheRun : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (Shared.IsValueCreated)
            {
                await (await Shared.Value).DisposeAsync();
            }
        }
    }

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={port};Database={database};Username=postgres;Maximum Pool Size=40;Timeout=120;Command Timeout=120";

    /// <summary>Runs a program as the user postgres if this process runs as root: PostgreSQL refuses to run as root.</summary>
    private Task AsPostgresAsync(string program, params string[] arguments) => Environment.UserName == "root"
        ? RunAsync(folder, "runuser", ["-u", "postgres", "--", program, .. arguments])
        : RunAsync(folder, program, arguments);

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        // The output goes to a file: a server that outlives pg_ctl would keep a pipe open.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" >>'{folder}.out' 2>&1", "sh", program, .. arguments])
        {
            WorkingDirectory = "/tmp",
            UseShellExecute = false
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}; see {folder}.out");
        }
    }
}
