using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Cli;

/// <summary><c>latchkey init</c> before the first start of the server, and the help of the commands.</summary>
public sealed class Initial_setup_of_a_new_database
{
    private static readonly string[] Init = ["init", "--mcp", "https://mcp.example/mcp", "--login", "https://app.example/login"];

    /// <summary>A login credential alone would leave no way to the management API.</summary>
    [Fact]
    public async Task Init_makes_the_first_management_credential_like_the_first_start()
    {
        using var line = CommandLine.WithNewDatabase();
        var first = await line.RunAsync(Init);
        Assert.Contains("LATCHKEY_CLIENT_SECRET=", first.Ended(), StringComparison.Ordinal);
        Assert.Contains("first-start.txt", first.Errors, StringComparison.Ordinal);
        Assert.Contains("with the role management", line.Read("data/first-start.txt"), StringComparison.Ordinal);

        var second = await line.RunAsync(Init);
        Assert.DoesNotContain("LATCHKEY_CLIENT_SECRET=", second.Ended(), StringComparison.Ordinal);
        Assert.DoesNotContain("first-start.txt", second.Errors, StringComparison.Ordinal);
        Assert.Contains("role: login", (await line.RunAsync("export")).Ended(), StringComparison.Ordinal);
    }

    /// <summary>A database without its key would keep the server from starting.</summary>
    [Theory]
    [InlineData("apply", "-f", "latchkey.yaml")]
    [InlineData("apply", "-f", "latchkey.yaml", "--dry-run")]
    [InlineData("export")]
    [InlineData("migrate")]
    [InlineData("keys", "list")]
    public async Task A_command_on_a_new_database_creates_its_key_too(params string[] command)
    {
        using var line = CommandLine.WithNewDatabase();
        line.Write("latchkey.yaml", "resources: [{ resource_uri: \"https://mcp.example/mcp\", name: Notes }]");
        (await line.RunAsync(command)).Ended();

        Assert.Contains("LATCHKEY_CLIENT_SECRET=", (await line.RunAsync(Init)).Ended(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("init")]
    [InlineData("apply")]
    public async Task The_help_has_examples_and_exit_codes(string command)
    {
        using var line = CommandLine.WithNewDatabase();
        var help = (await line.RunAsync(command, "--help")).Ended();

        Assert.Contains("Examples:", help, StringComparison.Ordinal);
        Assert.Contains($"latchkey {command} ", help, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", help, StringComparison.Ordinal);
        Assert.Contains("--url", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_option_is_named_with_exit_code_2()
    {
        using var line = CommandLine.WithNewDatabase();
        var missing = await line.RunAsync("init", "--login", "https://app.example/login");

        Assert.Contains("--mcp", missing.Ended(2), StringComparison.Ordinal);
        Assert.False(line.Holds("data"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_found_before_anything_is_made()
    {
        using var line = CommandLine.WithNewDatabase();
        Assert.Contains(
            "cannot be written", (await line.RunAsync([.. Init, "--env", "missing/.env"])).Ended(2), StringComparison.Ordinal);
        Assert.Contains("is a directory", (await line.RunAsync([.. Init, "--env", "."])).Ended(2), StringComparison.Ordinal);
        Assert.False(line.Holds("data"));
    }
}
