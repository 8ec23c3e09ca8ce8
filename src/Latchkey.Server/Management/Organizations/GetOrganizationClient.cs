using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class GetOrganizationClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/organizations/{organization}/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetOrganizationClient", OperationTags.Organizations, "Read a client of an organization",
            OperationResponse.Ok(() => new ClientResponse(Samples.OrganizationClientBody, PlainSecret: null), hasETag: true)));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, string client, OrganizationClients clients, CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.FindAsync(RawPathSegment.Organization(http, organization), client, cancellationToken));
}
