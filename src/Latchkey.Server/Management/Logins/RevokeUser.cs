namespace Latchkey.Server.Management.Logins;

internal static class RevokeUser
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.Users + ":revoke", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Login)
        .Describe(new(
            "RevokeUser", OperationTags.Logins, "Revoke a user",
            OperationResponse.Ok(() => new UserRevokedResponse(3)))
        {
            Description = "Ends every grant of the user at this connection. Signing in again is allowed.",
            Body = "RevokeUser",
            Problems = [UserAdministration.UnknownUser],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string connection, ApiCaller caller, UserAdministration users, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await users.RevokeAsync(caller, connection, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken), ended =>
                JsonResponses.Ok(new UserRevokedResponse(ended)));
}
