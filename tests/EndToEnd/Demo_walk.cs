using EndToEnd.Programs;
using Latchkey.Testing;

namespace EndToEnd;

/// <summary><c>./dev walk</c>: the official C# client and a headless browser complete the whole login on their own.</summary>
public sealed class Demo_walk
{
    [Theory]
    [InlineData("walk-sqlite", false)]
    [InlineData("walk-postgres", true)]
    public async Task The_walk_completes_a_login_and_prints_the_result_of_a_tool_call(string name, bool isOnPostgres)
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
