using System.Text.Json;

namespace Clients.Programs;

/// <summary>A script of <c>tests/Clients/node</c>: reads one command at a time and writes one result per command.</summary>
internal sealed class NodeProgram : IAsyncDisposable
{
    private readonly RunningProgram program;

    private NodeProgram(RunningProgram program) => this.program = program;

    public static NodeProgram Start(string script, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        new(RunningProgram.Start(
            script, TestEnvironment.NodeExecutable(), [$"{script}.mjs", .. arguments], TestEnvironment.Of("Node"), environment));

    /// <summary>Reads the next result, also one that belongs to no command.</summary>
    public async Task<StepResult> ReadResultAsync() => new(JsonSerializer.Deserialize<JsonElement>(await program.ReadLineAsync()));

    /// <summary>Runs a command and returns its result.</summary>
    /// <param name="step">The name of the command.</param>
    /// <param name="arguments">The members of the command.</param>
    public async Task<StepResult> RunAsync(string step, object? arguments = null)
    {
        var command = JsonSerializer.SerializeToNode(arguments ?? new { })!.AsObject();
        command["step"] = step;
        await program.WriteLineAsync(command.ToJsonString());
        return await ReadResultAsync();
    }

    /// <summary>As <see cref="RunAsync"/>, for a command that must succeed.</summary>
    public async Task<StepResult> SucceedAsync(string step, object? arguments = null)
    {
        var response = await RunAsync(step, arguments);
        Assert.True(response.Error is null, response.ToString());
        return response;
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();
}

/// <summary>The result of one command.</summary>
internal sealed record StepResult(JsonElement Json)
{
    /// <summary>The error that the library threw, or null.</summary>
    public LibraryError? Error =>
        Json.TryGetProperty("error", out var error) ? error.Deserialize<LibraryError>(JsonSerializerOptions.Web) : null;

    /// <summary>The URL that an MCP client opened in the user's browser.</summary>
    public Uri AuthorizationUrl => new(Json.GetProperty("asked").GetString()!);

    /// <summary>The requests of an MCP client and their statuses.</summary>
    public IReadOnlyList<string> Exchanges => Texts("exchanges");

    public JsonElement this[string member] => Json.GetProperty(member);

    public IReadOnlyList<string> Texts(string member) => [.. Json.GetProperty(member).EnumerateArray().Select(item => item.GetString()!)];

    public override string ToString() => Json.ToString();
}

/// <summary>An error that a library threw.</summary>
/// <param name="Name">The class of the error.</param>
/// <param name="Code">The OAuth error code, from the MCP SDK.</param>
/// <param name="GrpcStatus">The number of the gRPC status, from the Scalekit SDK.</param>
/// <param name="ErrorCode">The code in the error's details, from the Scalekit SDK.</param>
/// <param name="Fields">The invalid members, from the Scalekit SDK.</param>
/// <param name="Status">The HTTP status, from an HTTP library.</param>
/// <param name="Answer">The member <c>error</c> of the response, from an HTTP library.</param>
internal sealed record LibraryError(
    string Name, string Message, JsonElement? Code, int? HttpStatus, int? GrpcStatus, string? ErrorCode, IReadOnlyList<string?>? Fields,
    int? Status, string? Answer);
