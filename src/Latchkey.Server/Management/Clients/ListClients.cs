namespace Latchkey.Server.Management.Clients;

internal static class ListClients
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/oauth-clients", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListClients", OperationTags.Clients, "List all clients",
            OperationResponse.Ok(
                () => new OAuthClientListResponse(3, "", [Samples.ClientBody, Samples.OrganizationClientBody, Samples.DocumentClientBody])),
            "The clients of all resources and those without a resource, newest first.")
        { Filters = [new("resource_id", "Only the clients of this resource.")] });

    private static async Task<IResult> HandleAsync(ListQuery query, StaticClients clients, CancellationToken cancellationToken)
    {
        var page = query.Page();
        var resource = query.Id("resource_id", "resource", text => ResourceId.Parse(text));
        return query.Validate() is { } problem
            ? problem
            : ClientResponses.List(await clients.ListAsync(resource, organization: null, page, cancellationToken));
    }
}
