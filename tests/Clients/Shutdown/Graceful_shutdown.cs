using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Clients.Programs;
using Clients.Scalekit;
using Latchkey.Testing;

namespace Clients.Shutdown;

/// <summary>SIGTERM while Scalekit's SDK holds a clear-text HTTP/2 connection and HTTP/1.1 connections are idle.</summary>
public sealed class Graceful_shutdown : ServerThatEnds
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    [Fact]
    public Task Shutdown_ends_in_time_and_the_SDK_reconnects_to_the_next_server() => Promptness.ExpectWithinAsync(LongestDrain, async () =>
    {
        await using var app = await ScalekitApp.StartAsync(Server);
        var (_, loginRequest, _) = await app.OpenLoginPageAsync((await app.RequestAuthorizationAsync()).AuthorizationUrl);
        var before = await app.SucceedAsync("report", new { loginRequest, user = User });

        Server.Program.SendSigterm();
        var took = await EndsCleanlyAsync();
        Assert.Equal([$"Latchkey listening on {Server.BaseUrl}"], Server.Program.Output);

        // No server listens: after its retries the SDK throws its own exception.
        var unavailable = (await app.RunAsync("report", new { loginRequest, user = User })).Error;
        Assert.Equal("ScalekitServiceUnavailableException", unavailable?.Name);

        await Server.StartAsync();
        var after = await app.SucceedAsync("report", new { loginRequest, user = User });
        Assert.Equal(before["authRequestId"].GetString(), after["authRequestId"].GetString());
        return took;
    });
}

/// <summary>SIGTERM while requests are in flight.</summary>
public sealed class Graceful_shutdown_with_requests_in_flight : ServerThatEnds
{
    /// <summary>
    /// The SDK repeats a call that the server did not accept, for about four seconds;
    /// whether the next server is up by then depends on the machine.
    /// A stream that reaches a closing connection is refused, and the SDK does not repeat it.
    /// </summary>
    [Fact]
    public async Task Shutdown_completes_each_report_in_flight_or_refuses_it_cleanly()
    {
        await using var app = await ScalekitApp.StartAsync(Server);
        var pending = await app.RequestAuthorizationAsync();
        var loginRequests = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            loginRequests.Add((await app.OpenLoginPageAsync(pending.AuthorizationUrl)).LoginRequest);
        }

        await app.SucceedAsync("report", new { loginRequest = loginRequests[0], user = User });
        var underWay = app.SucceedAsync("reportAll", new { loginRequests, user = User });
        Server.Program.SendSigterm();
        await EndsCleanlyAsync();
        await Server.StartAsync();

        var first = (await underWay).Texts("answers");
        var again = (await app.SucceedAsync("reportAll", new { loginRequests, user = User })).Texts("answers");
        Assert.All(again, response => Assert.StartsWith("req_", response, StringComparison.Ordinal));
        Assert.All(first.Zip(again), pair =>
            Assert.Contains(pair.First, (string[])[pair.Second, "ScalekitServiceUnavailableException", "REFUSED_STREAM"]));
    }

    /// <summary>The response to Allow on a <c>state_only</c> connection is delayed by the settle time. No request takes longer.</summary>
    [Fact]
    public async Task Shutdown_completes_the_request_in_flight()
    {
        await using var app = await ScalekitApp.StartAsync(Server, "state_only");
        await Promptness.ExpectWithinAsync(ServerWithLongSettleTime.SettleTime, async () =>
        {
            var pending = await app.RequestAuthorizationAsync();
            var page = (await app.OpenLoginPageAsync(pending.AuthorizationUrl)).Page;
            var returns = Stopwatch.GetTimestamp();
            var consent = await app.ContinueAsync(page);

            var allowed = app.DecideAsync(consent);
            await Task.Delay(TimeSpan.FromSeconds(2));
            var isInFlight = !allowed.IsCompleted;
            Server.Program.SendSigterm();

            // On a busy machine the settle time can be over before the signal.
            var signalled = Stopwatch.GetElapsedTime(returns);
            await EndsCleanlyAsync();
            Assert.StartsWith("lkc_", (await allowed).Query["code"], StringComparison.Ordinal);
            Assert.True(isInFlight || signalled >= ServerWithLongSettleTime.SettleTime, "the response was not delayed");
            await Server.StartAsync();
            return signalled;
        });
    }
}

/// <summary>A server of each test, which the test ends.</summary>
public abstract class ServerThatEnds : IAsyncLifetime
{
    private readonly ServerWithLongSettleTime server = new();

    protected static object User { get; } = new { sub = "user_1", email = "user@app.example" };

    private protected ServerWithLongSettleTime Server => server;

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <returns>How long the end took.</returns>
    private protected async Task<TimeSpan> EndsCleanlyAsync()
    {
        var (exitCode, took) = await server.Program.EndAsync();
        Assert.Equal(0, exitCode);
        return took;
    }
}

public sealed class Graceful_shutdown_during_start : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lkclients").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public Task Shutdown_does_not_wait_for_a_database_that_does_not_respond() =>
        Promptness.ExpectWithinAsync(TimeSpan.FromSeconds(10), StopDuringStartAsync);

    private async Task<TimeSpan> StopDuringStartAsync()
    {
        // This listener accepts the connection and never responds.
        using var database = new TcpListener(IPAddress.Loopback, 0);
        database.Start();
        await using var program = RunningProgram.Start(
            "latchkey",
            "dotnet",
            [TestEnvironment.Of("Latchkey"), "serve"],
            folder,
            ("Latchkey__Storage",
                $"postgres:Host=127.0.0.1;Port={((IPEndPoint)database.LocalEndpoint).Port};Database=latchkey;Username=latchkey"),
            ("Latchkey__KeyEncryptionKey", Convert.ToBase64String(new byte[32])));
        using var connection = await database.AcceptTcpClientAsync();

        // The server has connected to the database and waits for it; from now on it handles signals.
        await Task.Delay(TimeSpan.FromSeconds(2));
        program.SendSigterm();

        var (exitCode, took) = await program.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Empty(program.Output);
        return took;
    }
}
