namespace Latchkey.Server.Management.ApiClients;

internal static class CreateApiClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/clients", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "CreateApiClient", OperationTags.ApiClients, "Create an API client",
            OperationResponse.Created(() => Samples.MadeApiClient, hasETag: true),
            "plain_secret is shown only once. A client with jwks has none.")
        { TakesIdempotencyKey = true });

    private static async Task<IResult> HandleAsync(
        ApiCaller caller, JsonBody body, ApiClientAdministration clients, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await clients.CreateAsync(caller.Actor, body, cancellationToken),
            made => JsonResponses.Created(new ApiClientResponse(made.Body, made.PlainSecret?.Value), made.Client.Revision));
}
