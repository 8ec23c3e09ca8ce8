using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.Resources;

internal static class ListResources
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/resources", Handle)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new(
            "ListResources", OperationTags.Resources, "List resources",
            OperationResponse.Ok(() => new ResourceListResponse(1, "", [Samples.ResourceBody])))
        {
            IsPaged = true,
        });

    private static IResult Handle(HttpRequest http, ConfigurationCache configuration, ResourceAdministration resources)
    {
        var all = configuration.Current.Resources;
        return Page.Read(http, all, r => r.Id.Value, out var page) is { } problem
            ? problem
            : JsonResponses.Ok(new ResourceListResponse(all.Count, page.NextToken, [.. page.Items.Select(resources.Show)]));
    }
}
