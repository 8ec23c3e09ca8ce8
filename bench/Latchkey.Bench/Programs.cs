using System.Diagnostics;

namespace Latchkey.Bench;

/// <summary>The server under test: a process of its own, on core 0, on a fresh store.</summary>
internal sealed class ServerProgram : IDisposable
{
    public const string ApiClientId = "skc_bench";
    public const string ApiClientSecret = "bench-secret-of-at-least-32-characters";

    private readonly Process process;

    private ServerProgram(Process process, TimeSpan startUp) => (this.process, StartUp) = (process, startUp);

    public int Pid => process.Id;

    /// <summary>From the start of the process to its "listening" line.</summary>
    public TimeSpan StartUp { get; }

    public static async Task<ServerProgram> StartAsync(string program, string baseUrl, string storage, string dataDirectory)
    {
        var start = new ProcessStartInfo("taskset", ["-c", "0", "dotnet", program, "serve"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["Latchkey__BaseUrl"] = baseUrl;
        start.Environment["Latchkey__Storage"] = storage;
        start.Environment["Latchkey__DataDirectory"] = dataDirectory;
        start.Environment["Latchkey__KeyEncryptionKey"] = Convert.ToBase64String(new byte[32]);
        start.Environment["Latchkey__Bootstrap__ApiClientId"] = ApiClientId;
        start.Environment["Latchkey__Bootstrap__ApiClientSecret"] = ApiClientSecret;
        start.Environment["DOTNET_TieredPGO"] = "1";
        var watch = Stopwatch.StartNew();
        var started = Process.Start(start) ?? throw new InvalidOperationException("taskset is missing (package util-linux)");
        started.ErrorDataReceived += static (_, _) => { };
        started.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var line = await started.StandardOutput.ReadLineAsync(limit.Token);
        return line?.StartsWith("Latchkey listening", StringComparison.Ordinal) == true
            ? new(started, watch.Elapsed)
            : throw new InvalidOperationException($"the server did not start: {line}");
    }

    public void Dispose()
    {
        using (Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            process.WaitForExit(TimeSpan.FromSeconds(15));
        }

        process.Dispose();
    }
}

/// <summary>A PostgreSQL 15 of its own, fsync on, on core 0 beside the server.</summary>
internal sealed class PostgresProgram : IDisposable
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private readonly string folder;

    private PostgresProgram(string folder, int port) => (this.folder, Port) = (folder, port);

    public int Port { get; }

    public int Pid => int.Parse(File.ReadLines(Path.Combine(folder, "data", "postmaster.pid")).First(), System.Globalization.CultureInfo.InvariantCulture);

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Database=postgres;Username=postgres";

    public static PostgresProgram Start(int port)
    {
        if (!File.Exists($"{Programs}/initdb"))
        {
            throw new InvalidOperationException("PostgreSQL 15 is missing: apt-get install postgresql-15");
        }

        var postgres = new PostgresProgram(Directory.CreateTempSubdirectory("lkbench").FullName, port);
        postgres.Run("chown", "postgres", postgres.folder);
        postgres.AsPostgres($"{Programs}/initdb", "-D", $"{postgres.folder}/data", "-U", "postgres", "-A", "trust", "--no-sync");
        postgres.AsPostgres("taskset", "-c", "0", $"{Programs}/pg_ctl", "-D", $"{postgres.folder}/data", "-w", "-l", $"{postgres.folder}/log", "-o", $"-p {port} -k {postgres.folder} -h 127.0.0.1", "start");
        return postgres;
    }

    public void Dispose()
    {
        AsPostgres($"{Programs}/pg_ctl", "-D", $"{folder}/data", "-m", "fast", "-w", "stop");
        Directory.Delete(folder, recursive: true);
    }

    private void AsPostgres(params string[] command) => Run("runuser", ["-u", "postgres", "--", .. command]);

    private void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }
    }
}
