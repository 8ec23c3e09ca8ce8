namespace Latchkey.Server.Management.Resources;

internal static class GetResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/resources/{resource}", Handle)
        .Describe(ManagementPolicies.Read, new(
            "GetResource", OperationTags.Resources, "Read a resource",
            OperationResponse.Ok(() => new ResourceResponse(Samples.ResourceBody), hasETag: true)));

    private static IResult Handle(string resource, ResourceAdministration resources) =>
        JsonResponses.Of(resources.Find(resource), resources.Respond);
}
