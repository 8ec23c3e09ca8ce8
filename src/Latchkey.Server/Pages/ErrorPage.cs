using Latchkey.Server.Languages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Pages;

/// <summary>
/// An error that is shown on a page: its cause, its code (for tests and docs/wire.md) and its text. Declared where the check is. The text
/// is made when the page is shown, in the language of the person.
/// </summary>
/// <param name="Code">Stable. The value of <c>data-lk-error</c>.</param>
/// <param name="ForDevelopers">What the developer of the client or the login page can change. In English for every reader.</param>
internal sealed record ErrorPage(
    Cause Cause, int Status, string Code, Func<RefusalTexts, RefusalText> Text, string? ForDevelopers = null)
{
    /// <summary>
    /// The error code of OAuth with the same meaning. Some programs read the page before they open it in a browser, and register again when
    /// it says <c>invalid_client</c>.
    /// </summary>
    public string? OAuthCode { get; init; }

    /// <summary>Set for an error that a later retry may not have.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Of the resource that the person wanted to reach. Null when it is not known.</summary>
    public Brand? Brand { get; init; }

    /// <summary>What was sent, and what was expected.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>Set when a rate limit refused the request: all refusals of a flood share one reference.</summary>
    public RateLimitExceeded? Exceeded { get; init; }

    /// <summary>The error for a program that calls an endpoint with the same checks.</summary>
    public string InEnglish => ForDevelopers ?? Text(Language.English.Texts.Refusals).Explanation.ToString();

    /// <summary>Adds what was sent or expected.</summary>
    public ErrorPage With(params ReadOnlySpan<Fact> facts) => this with { Facts = [.. Facts, .. facts] };

    /// <summary>The page of an error that is recorded already.</summary>
    /// <param name="startAgain">The authorization request of the client, where the browser may repeat it.</param>
    public PageResponse For(AuthorizationId id, ReturnToClient? back = null, string? startAgain = null) =>
        new(new PageView.Error(Status, Code, Text, ForDevelopers, SignInReference.Of(id), back)
        {
            Brand = Brand,
            RetryAfterSeconds = RetryAfterSeconds,
            StartAgain = startAgain,
            OAuthCode = OAuthCode,
        });

    /// <summary>Records the error as an event of a known sign-in, and returns its page.</summary>
    /// <param name="step">The name of the recorded event. Null: that of the route.</param>
    /// <param name="isAttack">Whether the refusal shows an attack on the sign-in.</param>
    public PageResponse Of(
        RefusalLog refusals, HttpContext http, AuthorizationId id, LoginRequestId loginRequest, string? step = null,
        bool isAttack = false)
    {
        refusals.Refused(http, id, loginRequest, step ?? RefusalEvents.Of(http), Cause, Facts, isAttack: isAttack);
        return For(id);
    }

    /// <summary>For a request without a known authorization: records the error alone, so that the page's reference can be found.</summary>
    /// <param name="step">The name of the recorded event.</param>
    public PageResponse Alone(RefusalLog refusals, HttpContext http, string step) =>
        For(Exceeded is { } exceeded
            ? refusals.RateLimited(http, exceeded, step, Cause)
            : refusals.Refused(http, AuthorizationId.New(), loginRequest: null, step, Cause, Facts, kind: $"{step} {Code}"));
}
