using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.Connections;

internal static class ListConnections
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/connections", Handle)
        .Describe(ManagementPolicies.Read, new(
            "ListConnections", OperationTags.Connections, "List connections",
            OperationResponse.Ok(() => new ConnectionListResponse(1, "", [Samples.ConnectionBody]))));

    private static IResult Handle(ListQuery query, ConfigurationCache configuration, ConnectionSetup setup)
    {
        var connections = configuration.Current.Connections;
        return query.PageOf(connections, c => c.Id.Value, out var page) is { } problem ? problem : JsonResponses.Ok(
            new ConnectionListResponse(connections.Count, page.NextToken, [.. page.Items.Select(setup.Show)]));
    }
}
