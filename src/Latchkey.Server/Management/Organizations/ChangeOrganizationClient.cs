using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class ChangeOrganizationClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/organizations/{organization}/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeOrganizationClient", OperationTags.Organizations, "Change a client of an organization",
            OperationResponse.Ok(() => new ClientResponse(Samples.OrganizationClientBody, PlainSecret: null), hasETag: true),
            "After a resource is removed from the audience, introspection there reports the tokens of the client as inactive."));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, string client, ApiCaller caller, JsonBody body, IfMatch expected,
        OrganizationClients clients, CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.ChangeAsync(
            caller.Actor, RawPathSegment.Organization(http, organization), client, body, expected, cancellationToken));
}
