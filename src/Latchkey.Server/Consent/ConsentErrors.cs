using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Consent;

internal static class ConsentErrors
{
    private const string StartAgain = "Go back to the program you came from and connect again.";

    public static readonly ErrorPage NotYours = new(
        ConsentCauses.ConsentCookieMissing, 403, "foreign_browser", "This sign-in was started in another browser",
        "You can only answer in the browser where the sign-in was started, and only until it expires.", StartAgain,
        "The cookie of this login request is missing or wrong.");

    public static readonly ErrorPage ForeignOrigin = new(
        ConsentCauses.ForeignOrigin, 403, "foreign_origin", "This answer came from another page",
        "For your safety, an answer is only accepted from this server's own page.", StartAgain,
        "The Origin header of the POST is not the base URL. A reverse proxy must pass it on unchanged.");

    public static readonly ErrorPage NoFormToken = new(
        ConsentCauses.FormTokenMissing,
        403, "form_token", "This answer could not be verified", "The page you answered on was incomplete or too old.",
        "Go back one page, reload it and answer again.",
        "Submit every hidden input of form#consent.");

    public static readonly ErrorPage OrganizationMissing = new(
        ConsentCauses.OrganizationMissing,
        400, "organization_missing", "Choose an organisation", "You belong to several organisations, and you chose none of them.",
        "Go back one page, choose one and answer again.",
        "Send organization with the external_id of one of the reported organisations, once.");

    public static readonly ErrorPage OrganizationUnknown = new(
        ConsentCauses.OrganizationUnknown,
        400, "organization_unknown", "This organisation cannot be chosen", "The page you answered on was changed.",
        "Go back one page, reload it and answer again.",
        "The value of organization is not the external_id of a reported organisation.");

    public static readonly ErrorPage NoDecision = new(
        ConsentCauses.NoDecision,
        400, "no_decision", "No answer was given", "The page you answered on did not say whether you allow or deny.",
        "Go back one page and press one of the buttons.",
        "Send decision=allow, decision=deny or decision=not_you.");
}
