using System.Net;
using System.Net.Sockets;
using Clients.Programs;
using Clients.Scalekit;

namespace Clients.Stopping;

/// <summary>SIGTERM, while Scalekit's SDK holds an HTTP/2 connection in clear text and HTTP/1.1 connections lie idle.</summary>
public sealed class A_server_that_is_told_to_stop : IAsyncLifetime
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);
    private static readonly object User = new { sub = "user_1", email = "user@app.example" };

    private readonly WithLongHeldAnswers server = new();

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Is_gone_in_time_and_the_SDK_finds_the_one_that_is_started_next()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.ArriveAsync((await app.AskedAsync()).Asked);
        var before = await app.MustAsync("report", new { loginRequest, user = User });

        server.Program.AskToStop();
        await EndsWellAsync();
        Assert.Equal([$"Latchkey listening on {server.BaseUrl}"], server.Program.Said);

        // Nobody there: when its tries are used up, the SDK says so in its own words.
        var nobody = (await app.AskAsync("report", new { loginRequest, user = User })).Error;
        Assert.Equal("ScalekitServiceUnavailableException", nobody?.Name);

        await server.StartAsync();
        var after = await app.MustAsync("report", new { loginRequest, user = User });
        Assert.Equal(before["authRequestId"].GetString(), after["authRequestId"].GetString());
    }

    /// <summary>
    /// What is not taken in any more the SDK tries again, for four seconds or so: whether that is enough is for the next server to say. A stream that reaches a
    /// connection which is being closed is refused, which the SDK does not try again.
    /// </summary>
    [Fact]
    public async Task Answers_each_report_that_is_under_way_or_refuses_it_cleanly()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var visitor = await app.AskedAsync();
        var loginRequests = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            loginRequests.Add((await app.ArriveAsync(visitor.Asked)).LoginRequest);
        }

        await app.MustAsync("report", new { loginRequest = loginRequests[0], user = User });
        var underWay = app.MustAsync("reportAll", new { loginRequests, user = User });
        server.Program.AskToStop();
        await EndsWellAsync();
        await server.StartAsync();

        var first = (await underWay).Texts("answers");
        var again = (await app.MustAsync("reportAll", new { loginRequests, user = User })).Texts("answers");
        Assert.All(again, answer => Assert.StartsWith("req_", answer, StringComparison.Ordinal));
        Assert.All(first.Zip(again), pair => Assert.Contains(pair.First, (string[])[pair.Second, "ScalekitServiceUnavailableException", "REFUSED_STREAM"]));
    }

    /// <summary>The answer to Allow on a <c>state_only</c> connection is held back for the settle time: there is no longer request.</summary>
    [Fact]
    public async Task Answers_the_request_it_is_at()
    {
        await using var app = await ScalekitApp.StartAsync(server, "state_only");
        var visitor = await app.AskedAsync();
        var consent = await app.ContinueAsync((await app.ArriveAsync(visitor.Asked)).Page);

        var allowed = app.DecideAsync(consent);
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.False(allowed.IsCompleted);
        server.Program.AskToStop();

        await EndsWellAsync();
        Assert.StartsWith("lkc_", (await allowed).Query["code"], StringComparison.Ordinal);
    }

    private async Task EndsWellAsync()
    {
        var (exitCode, took) = await server.Program.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.True(took < LongestDrain, took.ToString());
    }
}

public sealed class A_server_that_is_told_to_stop_before_it_serves : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lkclients").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Ends_as_it_was_asked_to_without_waiting_for_its_database()
    {
        // It takes the connection and says nothing.
        using var database = new TcpListener(IPAddress.Loopback, 0);
        database.Start();
        await using var program = RunningProgram.Start(
            "latchkey",
            "dotnet",
            [Places.Of("Latchkey"), "serve"],
            folder,
            ("Latchkey__Storage", $"postgres:Host=127.0.0.1;Port={((IPEndPoint)database.LocalEndpoint).Port};Database=latchkey;Username=latchkey"),
            ("Latchkey__KeyEncryptionKey", Convert.ToBase64String(new byte[32])));
        using var connection = await database.AcceptTcpClientAsync();

        // It has called the database and begins to wait; from then on it hears signals.
        await Task.Delay(TimeSpan.FromSeconds(2));
        program.AskToStop();

        var (exitCode, took) = await program.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.True(took < TimeSpan.FromSeconds(10), took.ToString());
        Assert.Empty(program.Said);
    }
}
