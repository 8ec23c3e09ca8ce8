using Latchkey.Server.Http;

namespace Latchkey.Server.Management.Clients;

internal static class ChangeClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/oauth-clients/{client}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeAnyClient", OperationTags.Clients, "Block, unblock or change any client",
            OperationResponse.Ok(() => new ClientResponse(Samples.BlockedClientBody, PlainSecret: null), hasETag: true))
        {
            Description = "enabled: false is the operator's block: within a second the client is unknown to every endpoint on every node, "
                + "and what it holds is dead. true gives it all back.",
            Body = "ChangeAnyClient",
            Problems = [Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, ApiCaller caller, IfMatch expected, StaticClients clients, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        return ClientResponses.Ok(await clients.ChangeAsync(caller.Actor, resource: null, RawPathSegment.Client(http, client), body, expected, cancellationToken));
    }
}
