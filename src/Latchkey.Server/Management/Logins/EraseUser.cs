namespace Latchkey.Server.Management.Logins;

internal static class EraseUser
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.Users + ":erase", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "EraseUser", OperationTags.Logins, "Erase a user",
            OperationResponse.Ok(() => new UserErasedResponse(2, 1, 3)),
            "Deletes every row of the user at this connection: the user with its attributes, grants, consents, login requests and "
                + "sign-ins. "
            + "Every code and token of the user is invalid at once. Signing in again is allowed and begins anew.")
        { Problems = [UserAdministration.UnknownUser] });

    private static async Task<IResult> HandleAsync(
        string connection, ApiCaller caller, JsonBody body, UserAdministration users, CancellationToken cancellationToken) =>
        JsonResponses.Of(await users.EraseAsync(caller, connection, body, cancellationToken), erased => JsonResponses.Ok(erased));
}
