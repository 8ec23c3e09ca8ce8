using Latchkey.Server.SignIns;

namespace Latchkey.Server.Pages;

/// <summary>
/// An error that is shown on a page: its code (for the sign-in log, tests and docs/wire.md) and its text. Declared where the check is.
/// </summary>
/// <param name="Code">Stable. The value of <c>data-lk-error</c>.</param>
/// <param name="ForDevelopers">What the developer of the client or the login page can change.</param>
internal sealed record ErrorPage(int Status, string Code, string Title, string Explanation, string Advice, string? ForDevelopers = null)
{
    /// <summary>
    /// The error code of OAuth with the same meaning. Some programs read the page before they open it in a browser, and register again when
    /// it says <c>invalid_client</c>.
    /// </summary>
    public string? OAuthCode { get; init; }

    /// <summary>Set for an error that a later retry may not have.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <param name="startAgain">The authorization request of the client, where the browser may repeat it.</param>
    public PageResponse For(AuthorizationId id, ReturnToClient? back = null, string? startAgain = null) =>
        new(new PageView.Error(Status, Code, Title, Explanation, Advice, ForDevelopers, SignInReference.Of(id), back)
        {
            RetryAfterSeconds = RetryAfterSeconds,
            StartAgain = startAgain,
            OAuthCode = OAuthCode,
        });

    /// <summary>For a request without a known authorization: records the error alone, so that the page's reference can be found.</summary>
    /// <param name="step">The name of the recorded event.</param>
    public PageResponse Alone(SignInRecorder signIns, HttpContext http, string step) =>
        For(signIns.Refused(
            http, AuthorizationId.New(), loginRequest: null, step, $"{Code}: {ForDevelopers ?? Explanation}", kind: $"{step} {Code}"));
}
