using Latchkey.Server.Pages;

namespace Latchkey.Server.Login;

/// <summary>Refusals on the way back from the login page. The person reads what to do; the builder of the login page reads what to change.</summary>
internal static class LoginRefusals
{
    private const string StartAgain = "Go back to the program you came from and connect again.";

    public static readonly PageRefusal UnknownConnection = new(
        404, "unknown_connection", "This address leads nowhere", "The sign-in came back to an address that belongs to no login page.", StartAgain,
        "The connection id in the callback's path is not the one that began this login request. Redirect to the redirect_uri of the report's answer.");

    public static readonly PageRefusal UnknownState = new(
        400, "unknown_state", "This sign-in is not known here", "The link is incomplete, was changed, or belongs to a sign-in that is long over.", StartAgain,
        "The parameter state must come back to the callback exactly once and unchanged.");

    public static readonly PageRefusal ForeignBrowser = new(
        403, "foreign_browser", "This sign-in was started in another browser",
        "For your safety a sign-in ends where it began. This one began elsewhere, so it was stopped.",
        "If you did not start it yourself, close this page: somebody may have sent you a link. Otherwise connect again and stay in one browser.",
        "The callback came without the cookie that /oauth/authorize set. It must be opened by the browser that came to the login page, not by a backend or another browser.");

    public static readonly PageRefusal ForeignBrowserLate = new(
        400, "login_over", "This sign-in is over", "The sign-in you came back from took too long, or was started in another browser.", StartAgain);

    public static readonly PageRefusal NotReported = new(
        400, "not_reported", "Signing in did not finish", "The login page sent you back before it told us who you are.", StartAgain,
        "The callback was opened before the report. POST the user to /api/v1/connections/{connection_id}/auth-requests/{login_request_id}/user, wait for 200, then redirect.");

    public static readonly PageRefusal ProofMissing = new(
        400, "proof_missing", "The sign-in could not be confirmed", "The login page sent you back without the confirmation it was given, so the sign-in was stopped.", StartAgain,
        "Append auth_request_id from the report's answer to the callback: {base}/sso/v1/connections/{connection_id}/partner:callback?state={state}&auth_request_id={auth_request_id}"
        + " or redirect to the answer's redirect_uri as it stands. An unmodified Scalekit integration needs callback_verification=state_only on this connection.");

    public static readonly PageRefusal Expired = new(
        400, "login_expired", "This sign-in took too long", "For your safety a sign-in must be finished within a few minutes.", StartAgain,
        "The report must come within the login request's lifetime, and the callback within two minutes of the report.");

    public static readonly PageRefusal ConnectionDisabled = new(
        400, "connection_disabled", "Signing in was switched off", "The login page you came from is no longer in use for this service.", "Ask the operator of the service; there is nothing you can do here.",
        "The connection was disabled, or the resource uses another one now.");

    public static readonly PageRefusal Prefetch = new(
        400, "prefetch_refused", "Not loaded in advance", "This address works only when you open it yourself.", StartAgain);

    public static readonly PageRefusal Over = new(
        400, "login_over", "This sign-in is over", "It was stopped earlier, and nothing was granted.", StartAgain);
}
