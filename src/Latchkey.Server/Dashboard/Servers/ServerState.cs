using Latchkey.Server.Configuration;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>Whether people can connect programs to an MCP server, in words.</summary>
/// <param name="Kind">The kind of the <c>Pill</c>.</param>
internal sealed record ServerState(string Words, string Kind)
{
    public static readonly ServerState Works = new("Works", "ok");
    public static readonly ServerState NoSignInYet = new("No sign-in yet", "live");
    public static readonly ServerState NoLoginPage = new("No login page", "warn");

    /// <param name="isUsed">Whether a sign-in was ever completed.</param>
    public static ServerState Of(Resource server, ConfigurationSnapshot configuration, bool isUsed) =>
        configuration.UsableConnectionOf(server) is null ? NoLoginPage : isUsed ? Works : NoSignInYet;
}
