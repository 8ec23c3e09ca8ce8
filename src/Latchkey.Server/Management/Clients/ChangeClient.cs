namespace Latchkey.Server.Management.Clients;

internal static class ChangeClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/oauth-clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeAnyClient", OperationTags.Clients, "Change, block or unblock any client",
            OperationResponse.Ok(() => new ClientResponse(Samples.BlockedClientBody, PlainSecret: null), hasETag: true),
            "enabled: false blocks the client: within a second it is unknown to every endpoint on every node, and its tokens are "
            + "refused. true unblocks it, with the tokens that it had."));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, ApiCaller caller, JsonBody body, IfMatch expected, StaticClients clients,
        CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.ChangeAsync(
            caller.Actor, resource: null, RawPathSegment.Client(http, client), body, expected, cancellationToken));
}
