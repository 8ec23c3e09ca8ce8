namespace Latchkey.Server.Management.Resources;

internal static class CreateResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "CreateResource", OperationTags.Resources, "Create a resource",
            OperationResponse.Created(() => new ResourceResponse(Samples.ResourceBody), hasETag: true),
            "One MCP server is one resource. Users can sign in as soon as it has a connection.")
        {
            TakesIdempotencyKey = true,
            Problems = [ResourceAdministration.UriTaken],
        });

    private static async Task<IResult> HandleAsync(
        ApiCaller caller, JsonBody body, ResourceAdministration resources, CancellationToken cancellationToken) =>
        JsonResponses.Of(await resources.CreateAsync(caller.Actor, body, cancellationToken), made =>
            JsonResponses.Created(new ResourceResponse(resources.Show(made)), made.Revision));
}
