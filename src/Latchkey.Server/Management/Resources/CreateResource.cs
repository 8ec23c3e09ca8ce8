namespace Latchkey.Server.Management.Resources;

internal static class CreateResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "CreateResource", OperationTags.Resources, "Create a resource",
            OperationResponse.Created(() => new ResourceResponse(Samples.ResourceBody), hasETag: true))
        {
            Description = "One MCP server is one resource. Users can sign in as soon as it has a connection.",
            Body = "CreateResource",
            TakesIdempotencyKey = true,
            Problems = [ResourceAdministration.UriTaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, ApiCaller caller, ResourceAdministration resources, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        return JsonResponses.Of(await resources.CreateAsync(caller.Actor, body, cancellationToken), made =>
            JsonResponses.Created(new ResourceResponse(resources.Show(made)), made.Revision));
    }
}
