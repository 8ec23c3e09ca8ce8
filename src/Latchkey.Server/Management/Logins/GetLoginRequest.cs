using Latchkey.Server.Login;

namespace Latchkey.Server.Management.Logins;

internal static class GetLoginRequest
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet(LoginRoutes.LoginRequest, HandleAsync)
        .RequireAuthorization(ManagementPolicies.Login)
        .Describe(new("GetLoginRequest", OperationTags.Logins, "Read who asks for what", OperationResponse.Ok(() => Samples.LoginDetails))
        {
            Description = "What your login page may show, and how the client wants the person to be asked (prompt, max_age, acr_values, "
                + "login_hint, ui_locales).",
            Problems = [ReportProblems.Over],
        });

    private static async Task<IResult> HandleAsync(
        string connection, string id, ApiCaller caller, LoginDetails details, CancellationToken cancellationToken) =>
        JsonResponses.Of(await details.FindAsync(caller.Client, connection, id, cancellationToken), found => JsonResponses.Ok(found));
}
