using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>
/// A PgBouncer in front of a PostgreSQL server, as hosting providers put it there: two backends for all clients, except in session mode,
/// where
/// each client keeps its own.
/// </summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(30);

    private readonly string folder;
    private readonly Process process;

    private PgBouncer(string folder, Process process, int port) => (this.folder, this.process, Port) = (folder, process, port);

    public int Port { get; }

    /// <param name="serverPort">The port of PostgreSQL on loopback.</param>
    /// <param name="mode"><c>session</c>, <c>transaction</c> or <c>statement</c>.</param>
    /// <param name="more">Further lines of the configuration.</param>
    /// <exception cref="InvalidOperationException">PgBouncer is not installed.</exception>
    public static async Task<PgBouncer> StartAsync(int serverPort, string mode, params string[] more)
    {
        if (!File.Exists(Program))
        {
            throw new InvalidOperationException(
                "These tests need PgBouncer (Debian: apt-get install pgbouncer); ./dev check installs it.");
        }

        var (folder, port) = (Directory.CreateTempSubdirectory("lkbouncer").FullName, FreePorts.Next());
        var configuration = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllLinesAsync(
            configuration,
            [
                "[databases]", $"* = host=127.0.0.1 port={serverPort} user=postgres", "[pgbouncer]", "listen_addr = 127.0.0.1",
                $"listen_port = {port}",
                "unix_socket_dir =",
                "auth_type = any", $"pool_mode = {mode}", $"default_pool_size = {(mode == "session" ? 100 : 2)}", "max_client_conn = 500",
                .. more,
            ]);
        var isRoot = Environment.UserName == "root";
        if (isRoot)
        {
            using var owned = Process.Start("chown", ["-R", "postgres", folder]);
            await owned.WaitForExitAsync();
        }

        var started = Process.Start(
            new ProcessStartInfo(
                isRoot ? "runuser" : Program, isRoot ? ["-u", "postgres", "--", Program, "-q", configuration] : ["-q", configuration])
            {
                UseShellExecute = false,
            })!;
        var bouncer = new PgBouncer(folder, started, port);
        await bouncer.WaitAsync();
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task WaitAsync()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (waited.Elapsed < MaxStart && !process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }
}
