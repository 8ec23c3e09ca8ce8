namespace Latchkey.Server.Management.ApiClients;

internal static class CreateApiClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/clients", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "CreateApiClient", OperationTags.ApiClients, "Create an API client",
            OperationResponse.Created(() => Samples.MadeApiClient, hasETag: true))
        {
            Description = "plain_secret is shown only once. A client with jwks has none.",
            Body = "CreateApiClient",
            TakesIdempotencyKey = true,
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, ApiCaller caller, ApiClientAdministration clients, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await clients.CreateAsync(caller.Actor, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken),
            made => JsonResponses.Created(
                new ApiClientResponse(made.Body, made.PlainSecret?.Value), made.Client.Revision));
}
