using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class CreateOrganizationClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/organizations/{organization}/clients", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "CreateOrganizationClient", OperationTags.Organizations, "Create a client of an organization",
            OperationResponse.Created(() => Samples.Fresh(Samples.OrganizationClientBody), hasETag: true))
        {
            Description = "It gets tokens by client_credentials only. They contain the organization as org_id. plain_secret is "
                + "shown only once.",
            Body = "CreateOrganizationClient",
            TakesIdempotencyKey = true,
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, ApiCaller caller, OrganizationClients clients, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        return ClientResponses.Created(
            await clients.CreateAsync(caller.Actor, RawPathSegment.Organization(http, organization), body, cancellationToken));
    }
}
