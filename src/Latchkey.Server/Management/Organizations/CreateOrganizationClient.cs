using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class CreateOrganizationClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/organizations/{organization}/clients", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "CreateOrganizationClient", OperationTags.Organizations, "Create a client of an organization",
            OperationResponse.Created(() => Samples.Fresh(Samples.OrganizationClientBody), hasETag: true),
            "It gets tokens by client_credentials only. They contain the organization as org_id. plain_secret is shown only once.")
        { TakesIdempotencyKey = true });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, ApiCaller caller, JsonBody body, OrganizationClients clients,
        CancellationToken cancellationToken) =>
        ClientResponses.Created(
            await clients.CreateAsync(caller.Actor, RawPathSegment.Organization(http, organization), body, cancellationToken));
}
