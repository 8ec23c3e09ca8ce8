using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class ChangeOrganizationClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/organizations/{organization}/clients/{client}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeOrganizationClient", OperationTags.Organizations, "Change a client of an organization",
            OperationResponse.Ok(() => new ClientResponse(Samples.OrganizationClientBody, PlainSecret: null), hasETag: true))
        {
            Description =
                "After a resource is removed from the audience, introspection there reports the tokens of the client as inactive.",
            Body = "ChangeOrganizationClient",
            Problems = [Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, string client, ApiCaller caller, IfMatch expected, OrganizationClients clients,
        CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        return ClientResponses.Ok(await clients.ChangeAsync(
            caller.Actor, RawPathSegment.Organization(http, organization), client, body, expected, cancellationToken));
    }
}
