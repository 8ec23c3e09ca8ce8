using System.Text.Json.Nodes;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Management.Setup;

namespace Latchkey.Server.Cli;

/// <summary>The server that a command configures: its database on this machine, or a running server through its management API.</summary>
internal abstract class ConfigurationServer : IAsyncDisposable
{
    /// <summary>Returns the differences, and changes nothing.</summary>
    /// <exception cref="Storage.UnusableSetting">The file has errors; the message has all of them.</exception>
    public abstract Task<PlanResponse> PlanAsync(FileToApply file, SecretLookup secrets, bool prunes, CancellationToken cancellationToken);

    /// <summary>Makes the changes of the last plan.</summary>
    public abstract Task<PlanResponse> CarryOutAsync(CancellationToken cancellationToken);

    /// <param name="request">The body of <c>POST /api/v1/configuration:init</c>.</param>
    public abstract Task<SetupResponse> SetUpAsync(JsonObject request, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>The message that lists the errors of a file.</summary>
    protected static Storage.UnusableSetting Unusable(IEnumerable<string> errors) =>
        new(string.Join(Environment.NewLine, [.. errors, "Nothing was changed."]));
}
