using System.Text.Json;

namespace Clients.Programs;

/// <summary>A script of <c>tests/Clients/node</c>: takes one command at a time and answers each with one step.</summary>
internal sealed class NodeProgram : IAsyncDisposable
{
    private readonly RunningProgram program;

    private NodeProgram(RunningProgram program) => this.program = program;

    public static NodeProgram Start(string script, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        new(RunningProgram.Start(script, Places.NodeExecutable(), [$"{script}.mjs", .. arguments], Places.Of("Node"), environment));

    /// <summary>Waits for a step that no command asked for.</summary>
    public async Task<Step> HearAsync() => new(JsonSerializer.Deserialize<JsonElement>(await program.ReadLineAsync()));

    /// <param name="step">The command.</param>
    /// <param name="given">Its members.</param>
    public async Task<Step> AskAsync(string step, object? given = null)
    {
        var command = JsonSerializer.SerializeToNode(given ?? new { })!.AsObject();
        command["step"] = step;
        await program.WriteLineAsync(command.ToJsonString());
        return await HearAsync();
    }

    /// <summary>As <see cref="AskAsync"/>, and the step must not have failed.</summary>
    public async Task<Step> MustAsync(string step, object? given = null)
    {
        var answer = await AskAsync(step, given);
        Assert.True(answer.Error is null, answer.ToString());
        return answer;
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();
}

/// <summary>What a script told about one command.</summary>
internal sealed record Step(JsonElement Json)
{
    /// <summary>What the library threw; null: nothing.</summary>
    public Thrown? Error => Json.TryGetProperty("error", out var error) ? error.Deserialize<Thrown>(JsonSerializerOptions.Web) : null;

    /// <summary>The address an MCP client opened in the person's browser.</summary>
    public Uri Asked => new(Json.GetProperty("asked").GetString()!);

    /// <summary>What an MCP client sent and the status it got.</summary>
    public IReadOnlyList<string> Exchanges => Texts("exchanges");

    public JsonElement this[string member] => Json.GetProperty(member);

    public IReadOnlyList<string> Texts(string member) => [.. Json.GetProperty(member).EnumerateArray().Select(item => item.GetString()!)];

    public override string ToString() => Json.ToString();
}

/// <summary>An error of a library, as a program sees it.</summary>
/// <param name="Name">Class of the error.</param>
/// <param name="Code">Of the MCP SDK: the OAuth error code.</param>
/// <param name="GrpcStatus">Of the Scalekit SDK: number of the gRPC status.</param>
/// <param name="ErrorCode">Of the Scalekit SDK: from the error's details.</param>
/// <param name="Fields">Of the Scalekit SDK: the members that were wrong.</param>
/// <param name="Status">Of an HTTP library's own error: the HTTP status.</param>
/// <param name="Answer">Of an HTTP library's own error: <c>error</c> of the answer.</param>
internal sealed record Thrown(
    string Name, string Message, JsonElement? Code, int? HttpStatus, int? GrpcStatus, string? ErrorCode, IReadOnlyList<string?>? Fields, int? Status, string? Answer);
