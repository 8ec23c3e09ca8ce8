namespace Latchkey.Server.Management.Logins;

internal static class UpdateUser
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.Users + ":update", HandleAsync)
        .Describe(ManagementPolicies.Login, new(
            "UpdateUser", OperationTags.Logins, "Update a user", OperationResponse.Empty,
            "Tokens contain the changes from the next refresh on.")
        { Problems = [UserAdministration.UnknownUser] });

    private static async Task<IResult> HandleAsync(
        string connection, ApiCaller caller, JsonBody body, UserAdministration users, CancellationToken cancellationToken) =>
        await users.UpdateAsync(caller, connection, body, cancellationToken)
        ?? JsonResponses.Nothing;
}
