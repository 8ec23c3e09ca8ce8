using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Latchkey.Server.Tests.Health;

/// <summary><c>/readyz</c> names what is wrong, and answers within two seconds whatever hangs.</summary>
public sealed class Readiness_on_PostgreSQL(OnPostgres host) : Readiness(host), IClassFixture<OnPostgres>
{
    /// <summary>The heartbeat is written to one table, and the versions of the schema are read from the other.</summary>
    [Theory]
    [InlineData("nodes")]
    [InlineData("schema_versions")]
    public async Task A_database_that_hangs_is_named_within_two_seconds_and_the_server_recovers(string table)
    {
        await using var other = await OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await RunAsync(other, $"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        Host.ResponseAudit.ExpectsStorageAway = true;

        await Probe.Expect503Async("storage_hangs");

        // The result of a check that has ended is told as well.
        Host.Clock.Restore(StorageHealthCheck.Limit);
        for (var i = 0; i < 2; i++)
        {
            var storage = ReadinessProbe.Check((await Probe.ReadinessAsync()).Body, "storage");
            Assert.Equal("storage_hangs", storage.GetProperty("code").GetString());
        }

        Host.Clock.Lift(StorageHealthCheck.Limit);
        await transaction.RollbackAsync();
        await Probe.WaitUntilReadyAsync();
    }

    [Theory]
    [InlineData(10, "ahead of")]
    [InlineData(-10, "behind")]
    public async Task A_clock_more_than_two_seconds_off_is_named_and_sign_ins_go_on(int seconds, string direction)
    {
        Host.Clock.Advance(TimeSpan.FromSeconds(seconds));
        try
        {
            // A busy machine delays the answer of the database, which adds to the offset.
            await Eventually.TrueAsync(
                async () =>
                {
                    var (status, body) = await Probe.ReadinessAsync();
                    var storage = ReadinessProbe.Check(body, "storage");
                    if (!storage.TryGetProperty("code", out var code) || code.GetString() != "clock_offset"
                        || storage.GetProperty("clock_offset_ms").GetInt64() * Math.Sign(seconds) is < 9_000 or > 11_000)
                    {
                        // The result of the last second is kept.
                        return false;
                    }

                    Assert.Equal((200, "degraded"), (status, body.GetProperty("status").GetString()));
                    Assert.Contains(direction, storage.GetProperty("detail").GetString(), StringComparison.Ordinal);
                    Assert.Contains(OffsetsInMetrics(), offset => Math.Abs(offset - seconds) <= 1);
                    return true;
                },
                "the offset of ten seconds is not told");
        }
        finally
        {
            Host.Clock.Advance(TimeSpan.FromSeconds(-seconds));
        }
    }

    /// <summary>The values of <c>latchkey.clock.offset</c> of all servers in this process.</summary>
    private static List<double> OffsetsInMetrics()
    {
        var values = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "latchkey.clock.offset")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => values.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(Host.Environment["Latchkey__Storage"]["postgres:".Length..] + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A standby, or a database that an operator has made read-only, answers reads only.</summary>
public sealed class Read_only_PostgreSQL(OnItsOwnPostgres host) : IClassFixture<OnItsOwnPostgres>, IAsyncDisposable
{
    private ReadinessProbe Probe => new(host);

    public ValueTask DisposeAsync() => host.Server.DisposeAsync();

    [Fact]
    public async Task A_read_only_database_is_named_sign_ins_get_503_and_the_server_recovers()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        host.ResponseAudit.ExpectsStorageAway = true;
        await SetReadOnlyAsync("on");

        await Probe.Expect503Async("storage_read_only");
        using (var page = await browser.GetAsync(client.Authorize()))
        {
            Assert.Contains("Nothing was lost", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await Expect.PageAsync(page, 503, "temporarily_unavailable");
        }

        await SetReadOnlyAsync("off");
        await Probe.WaitUntilReadyAsync();
        await client.TokensAsync();
    }

    private async Task SetReadOnlyAsync(string value)
    {
        await using var connection = new NpgsqlConnection(host.Environment["Latchkey__Storage"]["postgres:".Length..] + ";Pooling=false");
        await connection.OpenAsync();
        foreach (var sql in (string[])[$"ALTER SYSTEM SET default_transaction_read_only = {value}", "SELECT pg_reload_conf()"])
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}

public sealed class Readiness_on_SQLite(OnSqlite host) : Readiness(host), IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_locked_database_is_named_within_two_seconds_and_the_server_recovers()
    {
        var file = Host.Environment["Latchkey__Storage"]["sqlite:".Length..];
        Host.ResponseAudit.ExpectsStorageAway = true;
        await using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await other.OpenAsync();
            await using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            await begin.ExecuteNonQueryAsync();
            await Probe.Expect503Async("storage_hangs");
        }

        await Probe.WaitUntilReadyAsync();
    }

    [Fact]
    public async Task A_full_disk_is_named_sign_ins_get_503_and_the_server_goes_on_when_there_is_space()
    {
        var company = await Host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var kept = await client.TokensAsync();
        using var browser = new Browser(Host);
        var started = await browser.StartAsync(client.Authorize());
        Host.ResponseAudit.ExpectsStorageAway = true;
        await PragmaAsync("max_page_count = 1");
        StorageUnavailable? full;
        for (var tries = 0; (full = await TryFillAsync()) is null; tries++)
        {
            Assert.True(tries < 10_000, "the database is never full");
        }

        Assert.Equal("storage_full", StorageProblem.Of(full).Code);
        // Pages that are in use have room for a few more rows.
        HttpResponseMessage page;
        for (var tries = 0; (page = await browser.GetAsync(client.Authorize())).StatusCode == HttpStatusCode.Redirect; tries++)
        {
            Assert.True(tries < 100, "every sign-in is accepted");
            page.Dispose();
        }

        Assert.Contains("Nothing was lost", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Expect.PageAsync(page, 503, "temporarily_unavailable");
        await PragmaAsync("max_page_count = 1000000");
        await Probe.WaitUntilReadyAsync();
        await company.ReportAsync(started.LoginRequestId);
        await Tokens.OfAsync(await client.RefreshAsync(kept.Refresh!));
    }

    private Task PragmaAsync(string pragma) => Host.Services.GetRequiredService<IDatabase>()
        .WriteAsync($"PRAGMA {pragma}", SqlValues.None, static _ => true, CancellationToken.None);

    /// <summary>Uses up the free pages of the file. Returns the error when there is none left.</summary>
    private async Task<StorageUnavailable?> TryFillAsync()
    {
        try
        {
            await Host.Services.GetRequiredService<IDatabase>().WriteAsync(
                "INSERT INTO revoked_tokens (id, expires_at) VALUES (@id, 0)",
                new() { { "id", new string('x', 3000) + Ids.New("tkn_") } },
                static _ => true, CancellationToken.None);
            return null;
        }
        catch (StorageUnavailable problem)
        {
            return problem;
        }
    }
}

public abstract class Readiness(LatchkeyHost host)
{
    protected LatchkeyHost Host => host;

    private protected ReadinessProbe Probe => new(host);

    [Fact]
    public async Task A_ready_server_lists_its_checks()
    {
        await Probe.WaitUntilReadyAsync();
        var (status, body) = await Probe.ReadinessAsync();
        Assert.Equal((200, "ready"), (status, body.GetProperty("status").GetString()));
        Assert.Equal(
            ["certificate", "key", "shutdown", "sign_in_log", "storage"],
            body.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()!)
                .Order(StringComparer.Ordinal));
        Assert.All(body.GetProperty("checks").EnumerateArray(), check => Assert.Equal("ok", check.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Any_number_of_requests_writes_one_heartbeat_per_second()
    {
        await Probe.WaitUntilReadyAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        await Probe.ReadinessAsync();
        var took = Stopwatch.StartNew();
        var before = await HeartbeatsAsync();
        for (var i = 0; i < 200; i++)
        {
            using var response = await host.Anonymous.GetAsync("/readyz");
        }

        Assert.InRange(await HeartbeatsAsync() - before, 0, (long)took.Elapsed.TotalSeconds + 2);
        Assert.Equal(1L, await CountAsync("SELECT COUNT(*) FROM nodes"));
    }

    [Fact]
    public async Task Lost_sign_in_events_are_named_and_sign_ins_go_on()
    {
        var loss = host.Services.GetRequiredService<SignInLosses>();
        loss.Add(7);
        var (status, body) = await Probe.ReadinessAsync();
        loss.Add(-7);

        Assert.Equal(200, status);
        Assert.Equal("sign_in_events_lost", ReadinessProbe.Check(body, "sign_in_log").GetProperty("code").GetString());
        Assert.Equal(7, ReadinessProbe.Check(body, "sign_in_log").GetProperty("lost").GetInt64());
    }

    /// <summary>The number of heartbeats so far, from the time of the last one: each has another time.</summary>
    private async Task<long> HeartbeatsAsync()
    {
        var seen = await CountAsync("SELECT COALESCE(MAX(seen_at), 0) FROM nodes");
        return seen / 1000;
    }

    private Task<long> CountAsync(string sql) => host.Services.GetRequiredService<IDatabase>().ReadAsync(
        sql, SqlValues.None, static reader => reader.Read() ? reader.GetInt64(0) : 0, CancellationToken.None);
}

/// <summary>Asks a host for its readiness.</summary>
internal sealed class ReadinessProbe(LatchkeyHost host)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    /// <summary>The result of the last second is kept, so the first ones may still be of the time before.</summary>
    public async Task Expect503Async(string code)
    {
        host.Clock.Restore(StorageHealthCheck.Limit);
        try
        {
            await Promptness.ExpectWithinAsync(Bound, async () =>
            {
                var took = TimeSpan.Zero;
                await Eventually.TrueAsync(
                    async () =>
                    {
                        var from = Stopwatch.GetTimestamp();
                        var (status, body) = await ReadinessAsync();
                        took = Stopwatch.GetElapsedTime(from);
                        Assert.DoesNotContain("/", body.ToString(), StringComparison.Ordinal);
                        if (status != 503 || Check(body, "storage").GetProperty("code").GetString() != code)
                        {
                            return false;
                        }

                        Assert.Equal("unavailable", body.GetProperty("status").GetString());
                        return true;
                    },
                    $"/readyz does not name {code}");
                return took;
            });
        }
        finally
        {
            host.Clock.Lift(StorageHealthCheck.Limit);
        }
    }

    public async Task WaitUntilReadyAsync()
    {
        await Eventually.TrueAsync(
            async () => (await ReadinessAsync()).Body.GetProperty("status").GetString() == "ready",
            "the server does not become ready again");

        host.ResponseAudit.ExpectsStorageAway = false;
    }

    public async Task<(int Status, JsonElement Body)> ReadinessAsync()
    {
        using var response = await host.Anonymous.GetAsync("/readyz");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return ((int)response.StatusCode, JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()));
    }

    public static JsonElement Check(JsonElement body, string name) =>
        body.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == name);
}
