namespace Latchkey.Server.Management.Logins;

internal static class UpdateUser
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.Users + ":update", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Login)
        .Describe(new("UpdateUser", OperationTags.Logins, "Update a user", OperationResponse.Empty)
        {
            Description = "Tokens contain the changes from the next refresh on.",
            Body = "UpdateUser",
            Problems = [UserAdministration.UnknownUser],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string connection, ApiCaller caller, UserAdministration users, CancellationToken cancellationToken) =>
        await users.UpdateAsync(caller, connection, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken)
        ?? JsonResponses.Nothing;
}
