namespace Latchkey.Server.Management.AuthRequests;

internal static class GetAuthRequest
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/auth-requests/{key}", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetAuthRequest", OperationTags.Access, "Read an auth request and its events",
            OperationResponse.Ok(() => new AuthRequestResponse(Samples.AuthRequestBody)),
            "The sign-in events in order, and where the client deviates from the specifications (deviations)."));

    private static async Task<IResult> HandleAsync(string key, AuthRequestReader requests, CancellationToken cancellationToken) =>
        JsonResponses.Of(await requests.FindAsync(key, cancellationToken), found => JsonResponses.Ok(new AuthRequestResponse(found)));
}
