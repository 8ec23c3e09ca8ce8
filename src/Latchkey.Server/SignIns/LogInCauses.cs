namespace Latchkey.Server.SignIns;

/// <summary>Causes at the login page and the report of its backend.</summary>
internal static class LogInCauses
{
    public static readonly Cause LoginNeverReported = new(
        "login_never_reported", Station.LogIn, [Fixer.LoginPage],
        "The browser was sent to the login page, and no report came before the time ran out.",
        "Either the person left, or the backend of the login page does not report. Many of these in a row mean the latter.",
        "Check that the code that reports is deployed, and that the login page keeps login_request_id over its own redirects (SSO, MFA).",
        Compared.NothingSent);

    public static readonly Cause LoginLeft = new(
        "login_left", Station.LogIn, [Fixer.Nobody],
        "The person left the login page.",
        "The login page read the login request, and no report came before the time ran out.",
        "Connect again. Nothing has to be repaired.",
        Compared.NothingSent);

    public static readonly Cause ReportUnauthenticated = new(
        "report_unauthenticated", Station.LogIn, [Fixer.LoginPage],
        "The backend of the login page reported without a valid management token.",
        "A report needs a bearer token from /oauth/token, which lives for a limited time.",
        "Get a new token with the API client's credential, and send it as Authorization: Bearer.",
        Compared.Secrets);

    public static readonly Cause ReportForbidden = new(
        "report_forbidden", Station.LogIn, [Fixer.Operator, Fixer.LoginPage],
        "The API client {api_client_id} reported and is not allowed to: {reason}",
        "Reporting needs the role login or management, from an address in allowed_addresses.",
        "Change the role or the allowed addresses of the API client, or use the right credential.",
        new Compared.Values([new(FactNames.Role), new(FactNames.Network)]));

    public static readonly Cause ReportOfUnknownLogin = new(
        "report_of_unknown_login", Station.LogIn, [Fixer.LoginPage],
        "The API client {api_client_id} reported for the login request {login_request_id}, which does not exist at {connection_id}.",
        "The id is wrong, or the login request was deleted long ago.",
        "Report with the login_request_id that the browser brought to the login page.",
        Compared.UnknownValue);

    public static readonly Cause ReportOfAnotherConnection = new(
        "report_of_another_connection", Station.LogIn, [Fixer.LoginPage],
        "A report came for {connection_id}, and the login request belongs to another login page, or to one outside the credential.",
        "Each login page reports for its own connection, with a credential that may report for it.",
        "Use the connection_id of this login page, and an API client that has it in connection_ids.",
        Compared.Of(FactNames.ConnectionId));

    public static readonly Cause ReportInvalid = new(
        "report_invalid", Station.LogIn, [Fixer.LoginPage],
        "The report of the login page is refused because of {members}.",
        "A member is missing or has a wrong form. The facts name the members, not their values.",
        "Correct the members that the response names in errors.",
        Compared.Of(FactNames.Members, FactNames.Reason));

    public static readonly Cause OtherUserReported = new(
        "other_user_reported", Station.LogIn, [Fixer.LoginPage],
        "The login page reported a second person for the same sign-in.",
        "The first report counts. A second person usually means that two browser sessions share one login_request_id.",
        "Keep login_request_id in the session of the browser that brought it.",
        Compared.Of(FactNames.Subject));

    public static readonly Cause LoginRequestOver = new(
        "login_request_over", Station.LogIn, [Fixer.LoginPage],
        "The login page reported after the sign-in was over.",
        "It was answered or stopped before, or the client or the MCP server was changed meanwhile.",
        "Read the login request first: its stage says whether a report is still useful.",
        Compared.Of(FactNames.Stage));

    public static readonly Cause LoginRequestExpired = new(
        "login_request_expired", Station.LogIn, [Fixer.LoginPage, Fixer.Person],
        "The report came {seconds_late} s after the time for it had run out.",
        "The login request is valid for {seconds_allowed} s. The person took longer, or the login page kept an old login_request_id.",
        "Show a page that says: go back to the program and connect again. If people need longer, raise LoginRequestLifetime.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed));

    public static readonly Cause LoginNotFresh = new(
        "login_not_fresh", Station.LogIn, [Fixer.LoginPage],
        "The MCP server requires a fresh login, and the report does not show one.",
        "The client asked for it (max_age, prompt=login or acr_values), and the resource has require_fresh_login set.",
        "Let the person sign in again, and report auth_time and acr of that login.",
        new Compared.Values([new(FactNames.AuthTime), new(FactNames.Acr)]));

    public static readonly Cause LoginFailed = new(
        "login_failed", Station.LogIn, [Fixer.LoginPage, Fixer.Person],
        "The login page reported that the person could not sign in.",
        "The report had login_failed.",
        "Look into the log of the login page at this time.",
        Compared.Decided);

    public static readonly Cause LoginRejected = new(
        "login_rejected", Station.LogIn, [Fixer.LoginPage],
        "The login page rejected the sign-in: {error_description}",
        "The backend called :reject with the error {error}.",
        "Look into the log of the login page at this time, or give the person the access that it misses.",
        Compared.Decided);

    public static readonly Cause LoginPageTooLate = new(
        "login_expired", Station.LogIn, [Fixer.LoginPage, Fixer.Person],
        "The browser came back from the login page after the time for the login had run out.",
        "No report came within {seconds_allowed} s.",
        "Connect again. If people need longer, raise LoginRequestLifetime.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed));
}
