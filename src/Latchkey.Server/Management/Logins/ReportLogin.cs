using Latchkey.Server.Login;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Management.Logins;

internal static class ReportLogin
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.LoginRequest + "/user", HandleAsync)
        .ServesStep(Steps.Report).Describe(ManagementPolicies.Login, new(
            "ReportUser", OperationTags.Logins, "Report a login", OperationResponse.Ok(() => Samples.Report),
            "Your backend calls this after the user signed in at your login page, then redirects the browser to redirect_uri. A "
            + "repeated report of the same user gets the same response, one of another user 409.")
        {
            Problems =
            [
                ReportErrors.OtherUser.Problem, ReportErrors.Over.Problem, ReportErrors.Expired.Problem,
                ReportErrors.NotFresh("auth_time", "must be as recent as the client requires (max_age, prompt=login)").Problem,
            ],
        });

    private static async Task<IResult> HandleAsync(
        HttpContext http, string connection, string id, ApiCaller caller, JsonBody body, ReportUser report,
        CancellationToken cancellationToken) =>
        await report.ReportAsync(http, caller.Client, connection, id, ReportBody.Parse(body), cancellationToken) switch
        {
            ReportOutcome.Taken taken => JsonResponses.Ok(new ReportResponse(taken.AuthRequestId, taken.RedirectUri)),
            ReportOutcome.Refused refused => refused.Problem,
        };
}
