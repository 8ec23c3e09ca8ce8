namespace Latchkey.Server.Management.Resources;

internal static class ChangeResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/resources/{resource}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeResource", OperationTags.Resources, "Change a resource",
            OperationResponse.Ok(() => new ResourceResponse(Samples.ResourceBody), hasETag: true),
            "Applies to all tokens issued afterwards.")
        { Problems = [ResourceAdministration.UriTaken] });

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, JsonBody body, IfMatch expected, ResourceAdministration resources,
        CancellationToken cancellationToken) =>
        JsonResponses.Of(await resources.ChangeAsync(caller.Actor, resource, body, expected, cancellationToken), resources.Respond);
}
