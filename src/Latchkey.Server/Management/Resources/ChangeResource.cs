namespace Latchkey.Server.Management.Resources;

internal static class ChangeResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/resources/{resource}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeResource", OperationTags.Resources, "Change a resource",
            OperationResponse.Ok(() => new ResourceResponse(Samples.ResourceBody), hasETag: true))
        {
            Description = "Applies to all tokens issued afterwards.",
            Body = "ChangeResource",
            Problems = [ResourceAdministration.UriTaken, Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ResourceAdministration resources,
        CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        return JsonResponses.Of(await resources.ChangeAsync(caller.Actor, resource, body, expected, cancellationToken), resources.Respond);
    }
}
