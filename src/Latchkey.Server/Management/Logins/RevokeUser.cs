namespace Latchkey.Server.Management.Logins;

internal static class RevokeUser
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.Users + ":revoke", HandleAsync)
        .Describe(ManagementPolicies.Login, new(
            "RevokeUser", OperationTags.Logins, "Revoke a user",
            OperationResponse.Ok(() => new UserRevokedResponse(3)),
            "Ends every grant of the user at this connection. Signing in again is allowed.")
        { Problems = [UserAdministration.UnknownUser] });

    private static async Task<IResult> HandleAsync(
        string connection, ApiCaller caller, JsonBody body, UserAdministration users, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await users.RevokeAsync(caller, connection, body, cancellationToken), ended =>
                JsonResponses.Ok(new UserRevokedResponse(ended)));
}
