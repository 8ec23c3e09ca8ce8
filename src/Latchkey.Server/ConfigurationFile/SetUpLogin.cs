using Latchkey.Server.Management;
using Latchkey.Server.Management.Connections;

namespace Latchkey.Server.ConfigurationFile;

internal static class SetUpLogin
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/configuration:init", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "SetUpLogin", OperationTags.Server, "Set up an MCP server with a login page", OperationResponse.Ok(() => Samples.Setup),
            "The same as latchkey init: finds or creates the resource, its connection and an API client of role login. Idempotent: what "
            + "exists stays as it is. plain_secret is shown only once, when it is made.")
        {
            Problems = [ConnectionSetup.Exists(new(Samples.Connection)), Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        ApiCaller caller, JsonBody body, ConfigurationAdministration configuration, CancellationToken cancellationToken) =>
        JsonResponses.Of(await configuration.SetUpAsync(caller.Actor, body, cancellationToken), setup => JsonResponses.Ok(setup));
}
