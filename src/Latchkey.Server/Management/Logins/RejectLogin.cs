using Latchkey.Server.Login;

namespace Latchkey.Server.Management.Logins;

internal static class RejectLogin
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.LoginRequest + ":reject", HandleAsync)
        .Describe(ManagementPolicies.Login, new(
            "RejectLogin", OperationTags.Logins, "Reject a login", OperationResponse.Ok(() => Samples.Reject),
            "The client gets the error. Then redirect the user's browser to redirect_uri.")
        { Problems = [ReportProblems.Over, ReportProblems.Expired] });

    private static async Task<IResult> HandleAsync(
        string connection, string id, ApiCaller caller, JsonBody body, ReportUser report, CancellationToken cancellationToken)
    {
        if ((await report.FindAsync(caller.Client, connection, id, cancellationToken)).Problem is { } notTheirs)
        {
            return notTheirs;
        }

        var error = body.Text("error", 64) ?? "access_denied";
        var description = body.Text("error_description", 200) ?? "The login page rejected the sign-in.";
        if (error.Length == 0 || !error.All(c => char.IsAsciiLetterLower(c) || c == '_'))
        {
            body.Wrong("error", "must be an OAuth error code such as access_denied, in lower-case letters and underscores");
        }

        if (body.Validate() is { } problem)
        {
            return problem;
        }

        var answer = new OAuthError(error, OAuthError.Printable(description));
        return await report.RejectAsync(caller.Client, connection, id, answer, cancellationToken) switch
        {
            ReportOutcome.Taken taken => JsonResponses.Ok(new RejectResponse(taken.RedirectUri)),
            ReportOutcome.Refused refused => refused.Problem,
        };
    }
}
