namespace Latchkey.Server.Management.AuthRequests;

internal static class GetAuthRequest
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/auth-requests/{key}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new(
            "GetAuthRequest", OperationTags.Access, "Read the journey of a login", OperationResponse.Ok(() => new AuthRequestResponse(Samples.AuthRequestBody)))
        {
            Description = "Step by step what happened, and what the client did otherwise than the specifications say (deviations).",
        });

    private static async Task<IResult> HandleAsync(string key, AuthRequestReader requests, CancellationToken cancellationToken) =>
        JsonResponses.Of(await requests.FindAsync(key, cancellationToken), found => JsonResponses.Ok(new AuthRequestResponse(found)));
}
