using Latchkey.Server.Login;
using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>What a login page's backend calls.</summary>
internal static class LoginOperations
{
    public const string Tag = "Login hand-off";

    public static readonly Operation Report = new("ReportUser", Tag, "Report who signed in", Answer.Ok(() => Samples.Report))
    {
        Words = "From your backend, when the person has signed in at your login page. Then send their browser to redirect_uri. The first report stands: the same person again gets the same answer, anybody else 409.",
        Body = "ReportUser",
        Problems = [ReportProblems.OtherUser, ReportProblems.Over, ReportProblems.Expired, ReportProblems.NotFresh("auth_time", "must say that the person signed in as recently as the client asked (max_age, prompt=login)")],
    };

    public static readonly Operation Reject = new("RejectLogin", Tag, "Turn a person away", Answer.Ok(() => Samples.Reject))
    {
        Words = "The client hears error. Then send the person's browser to redirect_uri.",
        Body = "RejectLogin",
        Problems = [ReportProblems.Over, ReportProblems.Expired],
    };

    public static readonly Operation Details = new("GetLoginRequest", Tag, "Read who asks for what", Answer.Ok(() => Samples.LoginDetails))
    {
        Words = "What your login page may show, and how the client wants the person to be asked (prompt, max_age, acr_values, login_hint, ui_locales).",
        Problems = [ReportProblems.Over],
    };

    public static readonly Operation RevokeUser = new("RevokeUser", Tag, "End everything a person gave", Answer.Ok(() => new UserRevokedAnswer(3)))
    {
        Words = "Every grant of the person at this connection ends. Signing in again is allowed.",
        Body = "RevokeUser",
        Problems = [LoginEndpoints.UnknownUser],
    };

    public static readonly Operation UpdateUser = new("UpdateUser", Tag, "Tell what changed about a person", Answer.Nothing)
    {
        Words = "Shows in the tokens from the next refresh on.",
        Body = "UpdateUser",
        Problems = [LoginEndpoints.UnknownUser],
    };
}
