using Latchkey.Server.Cli;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.Configuration;

namespace Latchkey.Server.Tests.Cli;

/// <summary>A failure that nothing translates still ends in one sentence, with exit code 1.</summary>
public sealed class Unexpected_errors_of_a_command
{
    private const string Secret = "hunter2-hunter2-hunter2-hunter2-hunter2";

    private static readonly Settings WithSecrets = new()
    {
        BootstrapApiClientSecret = Secret,
        KeyEncryptionKey = Convert.ToBase64String(new byte[32]),
        Storage = "postgres:Host=db;Password=hunter2",
    };

    [Fact]
    public void Are_one_line_without_a_stack_trace_and_without_a_secret()
    {
        var (text, exitCode) = CommandFailure.Of(Thrown($"first {Secret} {WithSecrets.Storage} hunter2\nsecond"), WithSecrets);

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain('\n', text);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.StartsWith("Latchkey ended because of an unexpected error (InvalidOperationException: first ", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Have_a_stack_trace_at_log_level_Debug_and_no_secret()
    {
        var debug = new ConfigurationBuilder().AddInMemoryCollection([new("LogLevel:Default", "Debug")]).Build();
        var (text, exitCode) = CommandFailure.Of(Thrown(Secret), WithSecrets with { Logging = debug });

        Assert.Equal(1, exitCode);
        Assert.Contains("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    /// <summary>The host wraps what a service throws.</summary>
    [Fact]
    public void Are_expected_when_a_known_failure_is_inside() =>
        Assert.Equal(
            ("the sentence", 2),
            CommandFailure.Of(new AggregateException(new InvalidOperationException("x", new UnusableSetting("the sentence"))),
                settings: null));

    [Fact]
    public async Task A_row_that_a_manual_change_broke_is_named()
    {
        using var line = CommandLine.WithNewDatabase();
        (await line.ApplyAsync("resources: [{ name: Notes, resource_uri: https://mcp.example/mcp }]\n")).Ended();
        var file = line.Path("data/latchkey.db");
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var change = connection.CreateCommand();
            change.CommandText = "UPDATE resources SET document = '{'";
            await change.ExecuteNonQueryAsync();
        }

        var run = await line.RunAsync("serve").WaitAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            "has a row that cannot be read (resources ", Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static InvalidOperationException Thrown(string message)
    {
        try
        {
            throw new InvalidOperationException(message);
        }
        catch (InvalidOperationException thrown)
        {
            return thrown;
        }
    }
}
