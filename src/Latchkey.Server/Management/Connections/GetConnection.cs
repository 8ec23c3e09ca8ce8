using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.Connections;

internal static class GetConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/connections/{connection}", Handle)
        .Describe(ManagementPolicies.Read, new(
            "GetConnection", OperationTags.Connections, "Read a connection",
            OperationResponse.Ok(() => new ConnectionResponse(Samples.ConnectionBody, Warning: null), hasETag: true)));

    private static IResult Handle(string connection, ConfigurationCache configuration, ConnectionSetup connections) =>
        configuration.Current.FindConnection(connection) is { } found
            ? ConnectionResponses.Ok(found, connections)
            : Problem.NotFound("connection", connection);
}
