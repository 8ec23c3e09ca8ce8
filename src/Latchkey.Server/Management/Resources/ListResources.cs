using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.Resources;

internal static class ListResources
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/resources", Handle)
        .Describe(ManagementPolicies.Read, new(
            "ListResources", OperationTags.Resources, "List resources",
            OperationResponse.Ok(() => new ResourceListResponse(1, "", [Samples.ResourceBody]))));

    private static IResult Handle(ListQuery query, ConfigurationCache configuration, ResourceAdministration resources)
    {
        var all = configuration.Current.Resources;
        return query.PageOf(all, r => r.Id.Value, out var page) is { } problem
            ? problem
            : JsonResponses.Ok(new ResourceListResponse(all.Count, page.NextToken, [.. page.Items.Select(resources.Show)]));
    }
}
