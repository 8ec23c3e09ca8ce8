using Latchkey.Server.Pages;

namespace Latchkey.Server.Consent;

internal static class ConsentRefusals
{
    private const string StartAgain = "Go back to the program you came from and connect again.";

    public static readonly PageRefusal NotYours = new(
        403, "foreign_browser", "This question is not for this browser", "You can answer only in the browser in which the sign-in began, and only while it lasts.", StartAgain,
        "The cookie of this login request is missing or wrong.");

    public static readonly PageRefusal Framed = new(
        403, "framed", "Not inside another page", "For your safety this question is shown only in a window of its own.", StartAgain);

    public static readonly PageRefusal ForeignOrigin = new(
        403, "foreign_origin", "This answer came from another page", "For your safety an answer counts only when it was given on our own page.", StartAgain,
        "The Origin header of the POST is not the base URL. A proxy in front must pass it on unchanged.");

    public static readonly PageRefusal NoFormToken = new(
        403, "form_token", "This answer could not be checked", "The page you answered on was incomplete or too old.", "Go back one page, reload it and answer again.",
        "Send back every hidden input of form#consent.");

    public static readonly PageRefusal NoDecision = new(
        400, "no_decision", "No answer was given", "The page you answered on did not say whether you allow or deny.", "Go back one page and press one of the buttons.",
        "Send decision=allow, decision=deny or decision=not_you.");

    public static readonly PageRefusal NoLongerOffered = new(
        400, "no_longer_offered", "This is no longer on offer", "The program or the service was changed or removed while you were signing in.", StartAgain,
        "The client, the resource or its connection was deleted, disabled or replaced since /oauth/authorize.");
}
