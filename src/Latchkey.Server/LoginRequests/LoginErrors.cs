using Latchkey.Server.Languages;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>Error pages of the callback. The last text of each is for the developer of the login page.</summary>
internal static class LoginErrors
{
    public static readonly ErrorPage UnknownConnection = new(
        ReturnCauses.UnknownConnection, 404, "unknown_connection", texts => texts.UnknownConnection,
        "The connection id in the callback's path is not that of this login request. "
        + "Redirect to the redirect_uri of the report's response.");

    /// <summary>The connection exists, and is not that of the login request.</summary>
    public static readonly ErrorPage OtherConnection = UnknownConnection with { Cause = ReturnCauses.CallbackOfAnotherConnection };

    public static readonly ErrorPage UnknownState = new(
        ReturnCauses.UnknownState, 400, "unknown_state", texts => texts.UnknownState,
        "The parameter state must be sent to the callback exactly once and unchanged.");

    public static readonly ErrorPage ForeignBrowser = new(
        ReturnCauses.ForeignBrowser, 403, "foreign_browser", texts => texts.ForeignBrowser,
        "The callback came without the cookie that /oauth/authorize set. "
        + "The browser that was sent to the login page must open the callback, not a backend or another browser.");

    /// <summary>With <c>state_only</c>, the cookie of before the return is not enough.</summary>
    public static readonly ErrorPage FormerCookie = ForeignBrowser with { Cause = ReturnCauses.FormerCookie };

    public static readonly ErrorPage ForeignBrowserStopped = ForeignBrowser with { Text = texts => texts.ForeignBrowserStopped };

    public static readonly ErrorPage ForeignBrowserLate = new(
        ReturnCauses.ForeignBrowser, 400, "login_over", texts => texts.ForeignBrowserLate);

    public static readonly ErrorPage NotReported = new(
        ReturnCauses.NotReported, 400, "not_reported", texts => texts.NotReported,
        "The callback was opened before the report. "
        + "Post the user to /api/v1/connections/{connection_id}/auth-requests/{login_request_id}/user, wait for 200, then redirect.");

    public static readonly ErrorPage ProofMissing = new(
        ReturnCauses.ProofMissing, 400, "proof_missing", texts => texts.ProofMissing,
        "Append auth_request_id from the report's response to the callback: "
        + "{base}/sso/v1/connections/{connection_id}/partner:callback?state={state}&auth_request_id={auth_request_id}"
        + " or redirect to the response's redirect_uri without changing it. "
        + "An unmodified Scalekit integration needs callback_verification=state_only on this connection.");

    /// <summary>The proof is of another sign-in, or was changed.</summary>
    public static readonly ErrorPage WrongProof = ProofMissing with { Cause = ReturnCauses.WrongProof };

    /// <summary>Reads as the cause that the stage has: each deadline has a page of its own.</summary>
    public static ErrorPage TooLate(LoginRequest request, Settings settings) => request switch
    {
        LoginRequest.AwaitingLogin or LoginRequest.Refused => LoginTooLate(settings.LoginRequestLifetime),
        LoginRequest.AwaitingReturn => ReturnTooLate(settings.ReportLifetime),
        LoginRequest.AwaitingConsent => ConsentTooLate(settings.ConsentLifetime),
        LoginRequest.AwaitingExchange => CodeTooLate(settings.AuthorizationCodeLifetime),
        LoginRequest.Confirmed or LoginRequest.Exchanged or LoginRequest.Ended => Over,
    };

    private static ErrorPage LoginTooLate(TimeSpan lifetime) => new(
        LogInCauses.LoginPageTooLate, 400, "login_expired", texts => texts.LoginTooLate(lifetime),
        $"The report must come within {Exact(lifetime)} of the authorization request (LoginRequestLifetime).");

    private static ErrorPage ReturnTooLate(TimeSpan lifetime) => new(
        ReturnCauses.ReturnTooLate, 400, "return_expired", texts => texts.ReturnTooLate,
        $"The browser must open the callback within {Exact(lifetime)} of the report (ReportLifetime): redirect it at once.");

    private static ErrorPage ConsentTooLate(TimeSpan lifetime) => new(
        ConsentCauses.ConsentTooLate, 400, "consent_expired", texts => texts.ConsentTooLate(lifetime));

    private static ErrorPage CodeTooLate(TimeSpan lifetime) => new(
        TokenCauses.CodeNeverRedeemed, 400, "code_expired", texts => texts.CodeTooLate,
        $"The code of the authorization response expires after {Exact(lifetime)} (AuthorizationCodeLifetime), so an old redirect "
        + "is not repeated.");

    public static readonly ErrorPage NoLongerOffered = new(
        ReturnCauses.ChangedMeanwhile, 400, "no_longer_offered", texts => texts.NoLongerOffered,
        "The client, its redirect URI, the resource or its connection was deleted, disabled or changed since /oauth/authorize.");

    /// <summary>None of the requested scopes exists any longer.</summary>
    public static readonly ErrorPage NothingLeftToOffer = NoLongerOffered with { Cause = ConsentCauses.NothingLeftToOffer };

    public static readonly ErrorPage ConnectionDisabled = new(
        ReturnCauses.LoginPageReplaced, 400, "connection_disabled", texts => texts.ConnectionDisabled,
        "The connection was disabled, or the resource now uses another one.");

    public static readonly ErrorPage Over = new(ReturnCauses.SignInOver, 400, "login_over", texts => texts.SignInOver);

    /// <summary>
    /// The error of the login page (login_failed, reject) for a client that is not vouched for, or for a program that a private-use scheme
    /// starts: the person has not acted on a page of this server yet, so no redirect follows (RFC 9700 §4.11.2).
    /// </summary>
    public static ErrorPage Unsent(OAuthError error) => new(
        LogInCauses.LoginRejected, 400, error.Code, texts => texts.NotSignedIn, error.Description);

    public static readonly ErrorPage UnknownRequestUri = new(
        AskCauses.UnusableRequestUri, 400, "invalid_request_uri", texts => texts.UnknownRequestUri,
        $"The request_uri is unknown, expired ({Exact(PushedRequest.Lifetime)}), used, or was pushed by another client or at "
        + "another issuer. "
        + "Push the request again (RFC 9126).");

    private static string Exact(TimeSpan time) => TimeAmount.Exact(time).InEnglish();
}
