using EndToEnd.Stage;
using Latchkey.Testing;

namespace EndToEnd;

/// <summary><c>./dev walk</c>: the official client and a browser without a screen go through the whole login by themselves.</summary>
public sealed class The_demo
{
    [Theory]
    [InlineData("walk-sqlite", false)]
    [InlineData("walk-postgres", true)]
    public async Task Walks_through_the_whole_login_and_ends_with_the_tools_answer(string name, bool isOnPostgres)
    {
        var storage = isOnPostgres ? "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() : null;
        await using var walk = DemoProgram.Start("walk", name, storage);

        var code = await walk.ExitCodeAsync();
        Assert.True(code == 0, $"exit code {code}:\n{walk.Output}");
        var result = walk.Output.Split("The tool's result:")[^1];
        Assert.Contains("\"owner\":\"Ada Lovelace\"", result, StringComparison.Ordinal);
        Assert.Contains("\"title\":\"Walked\"", result, StringComparison.Ordinal);
    }
}
