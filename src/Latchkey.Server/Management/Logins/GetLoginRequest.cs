namespace Latchkey.Server.Management.Logins;

internal static class GetLoginRequest
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet(LoginRoutes.LoginRequest, HandleAsync)
        .Describe(ManagementPolicies.Login, new(
            "GetLoginRequest", OperationTags.Logins, "Read a login request", OperationResponse.Ok(() => Samples.LoginDetails),
            "The details for your login page, and how the client asks for authentication (prompt, max_age, acr_values, login_hint, "
            + "ui_locales). purpose is authorization, or test for an operator who tries your login page: then there is no client, no "
            + "resource and no scope. stage is awaiting_login or awaiting_return while a report is useful; expired and ended tell your "
            + "login page to send the user back to the MCP client before it asks for a password."));

    private static async Task<IResult> HandleAsync(
        string connection, string id, ApiCaller caller, LoginDetails details, CancellationToken cancellationToken) =>
        JsonResponses.Of(await details.FindAsync(caller.Client, connection, id, cancellationToken), found => JsonResponses.Ok(found));
}
