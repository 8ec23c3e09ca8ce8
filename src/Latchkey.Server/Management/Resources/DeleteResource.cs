namespace Latchkey.Server.Management.Resources;

internal static class DeleteResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/resources/{resource}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteResource", OperationTags.Resources, "Delete a resource", OperationResponse.Empty,
            "No more tokens are issued for it. Its connection stays."));

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, IfMatch expected, ResourceAdministration resources, CancellationToken cancellationToken) =>
        await resources.DeleteAsync(caller.Actor, resource, expected, cancellationToken) ?? JsonResponses.Nothing;
}
