using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;

namespace Latchkey.Bench;

/// <summary>The address and the data of a server under test, which can be started again on the same data.</summary>
internal sealed class ServerSetup(string baseUrl, string storage, string data) : IDisposable
{
    private static readonly string Program = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../../../../src/Latchkey.Server/bin/Release/net10.0/latchkey.dll"));

    public string BaseUrl => baseUrl;

    public string Storage => storage;

    public string Data => data;

    /// <summary>Settings besides those that every measurement has.</summary>
    public Dictionary<string, string> Extra { get; init; } = [];

    public static ServerSetup New(int port, Scenario scenario, Dictionary<string, string>? extra = null)
    {
        var data = Directory.CreateTempSubdirectory("lkbench").FullName;
        return new(
            $"http://localhost:{port}",
            scenario.Postgres is { } postgres ? $"postgres:{postgres.ConnectionString}" : $"sqlite:{data}/latchkey.db",
            data)
        {
            Extra = extra ?? [],
        };
    }

    /// <summary>The environment variable with the password of the dashboard's operator, for <see cref="RunAsync"/>.</summary>
    public const string PasswordVariable = "BENCH_OPERATOR_PASSWORD";

    public Task<ServerProgram> StartAsync(bool countsAllocations)
    {
        var start = Command("serve");
        var pipe = countsAllocations ? Path.GetFileName(data) : null;
        if (pipe is not null)
        {
            start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
            start.Environment[StartupHook.PipeVariable] = pipe;
        }

        return ServerProgram.StartAsync(start, pipe);
    }

    /// <summary>Runs a command of the program on the same data.</summary>
    public async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Command(arguments))!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"latchkey {string.Join(' ', arguments)}: {await errors}");
        }
    }

    private ProcessStartInfo Command(params string[] arguments)
    {
        var start = new ProcessStartInfo("taskset", ["-c", "0", "dotnet", Program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["Latchkey__BaseUrl"] = baseUrl;
        start.Environment["Latchkey__Storage"] = storage;
        start.Environment["Latchkey__DataDirectory"] = data;
        start.Environment["Latchkey__KeyEncryptionKey"] = Convert.ToBase64String(new byte[32]);
        start.Environment["Latchkey__RateLimits__Enabled"] = "false";
        start.Environment["Latchkey__Bootstrap__ApiClientId"] = ServerProgram.ApiClientId;
        start.Environment["Latchkey__Bootstrap__ApiClientSecret"] = ServerProgram.ApiClientSecret;
        start.Environment[PasswordVariable] = Dashboard.Operator.Password;
        foreach (var (name, value) in Extra)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    public void Dispose() => Directory.Delete(data, recursive: true);
}

/// <summary>The server under test, a separate process on core 0.</summary>
internal sealed class ServerProgram : IDisposable
{
    public const string ApiClientId = "skc_bench";
    public const string ApiClientSecret = "bench-secret-of-at-least-32-characters";

    private readonly Process process;
    private readonly string? pipe;

    private ServerProgram(Process process, TimeSpan startUp, string? pipe) => (this.process, StartUp, this.pipe) = (process, startUp, pipe);

    public int Pid => process.Id;

    /// <summary>The time from the start of the process to its "listening" line.</summary>
    public TimeSpan StartUp { get; }

    public static async Task<ServerProgram> StartAsync(ProcessStartInfo start, string? pipe)
    {
        var watch = Stopwatch.StartNew();
        var started = Process.Start(start) ?? throw new InvalidOperationException("taskset is missing (package util-linux)");
        var errors = new System.Text.StringBuilder();
        started.ErrorDataReceived += (_, line) => errors.Append(errors.Length < 10_000 ? line.Data + "\n" : "");
        started.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var line = await started.StandardOutput.ReadLineAsync(limit.Token);
        return line?.StartsWith("Latchkey listening", StringComparison.Ordinal) == true
            ? new(started, watch.Elapsed, pipe)
            : throw new InvalidOperationException($"the server did not start: {line} {errors}");
    }

    /// <summary>The bytes allocated since the start. The server must have been started with the allocation counter.</summary>
    public async Task<long> BytesAllocatedAsync()
    {
        await using var stream = new NamedPipeClientStream(".", pipe!, PipeDirection.InOut);
        await stream.ConnectAsync();
        var number = new byte[sizeof(long)];
        await stream.ReadExactlyAsync(number);
        return BitConverter.ToInt64(number);
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

/// <summary>A PostgreSQL 15 server with fsync on, on core 0 with the server under test.</summary>
internal sealed class PostgresProgram : IDisposable
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private readonly string folder;

    private PostgresProgram(string folder, int port) => (this.folder, Port) = (folder, port);

    public int Port { get; }

    public int Pid => int.Parse(File.ReadLines(Path.Combine(folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

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
        postgres.AsPostgres(
            "taskset", "-c", "0", $"{Programs}/pg_ctl", "-D", $"{postgres.folder}/data", "-w", "-l", $"{postgres.folder}/log", "-o",
            $"-p {port} -k {postgres.folder} -h 127.0.0.1", "start");
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
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true
        })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }
    }
}
