using Latchkey.Server.Login;

namespace Latchkey.Server.Management.Logins;

internal static class RejectLogin
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(LoginRoutes.LoginRequest + ":reject", HandleAsync)
        .Describe(ManagementPolicies.Login, new(
            "RejectLogin", OperationTags.Logins, "Reject a login", OperationResponse.Ok(() => Samples.Reject),
            "The client gets the error. Then redirect the user's browser to redirect_uri.")
        { Problems = [ReportErrors.Over.Problem, ReportErrors.Expired.Problem] });

    private static async Task<IResult> HandleAsync(
        HttpContext http, string connection, string id, ApiCaller caller, JsonBody body, ReportUser report,
        CancellationToken cancellationToken)
    {
        var (request, notTheirs) = await report.FindOrRefuseAsync(http, caller.Client, connection, id, cancellationToken);
        if (request is null)
        {
            return notTheirs!;
        }

        var error = body.Text("error", 64) ?? "access_denied";
        var description = body.Text("error_description", 200) ?? "The login page rejected the sign-in.";
        if (error.Length == 0 || !error.All(c => char.IsAsciiLetterLower(c) || c == '_'))
        {
            body.Wrong("error", "must be an OAuth error code such as access_denied, in lower-case letters and underscores");
        }

        if (body.Validate() is { } problem)
        {
            return report.Refuse(request, ReportErrors.Invalid(problem), caller.Actor).Problem;
        }

        var answer = new OAuthError(error, OAuthError.Printable(description));
        return await report.RejectAsync(caller.Client, request, answer, cancellationToken) switch
        {
            ReportOutcome.Taken taken => JsonResponses.Ok(new RejectResponse(taken.RedirectUri)),
            ReportOutcome.Refused refused => refused.Problem,
        };
    }
}
