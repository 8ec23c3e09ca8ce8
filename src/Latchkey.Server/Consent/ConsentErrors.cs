using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Consent;

internal static class ConsentErrors
{
    public static readonly ErrorPage NotYours = new(
        ConsentCauses.ConsentCookieMissing, 403, "foreign_browser", texts => texts.ConsentOfAnotherBrowser,
        "The cookie of this login request is missing or wrong.");

    public static readonly ErrorPage ForeignOrigin = new(
        ConsentCauses.ForeignOrigin, 403, "foreign_origin", texts => texts.ForeignOrigin,
        "The Origin header of the POST is not the base URL. A reverse proxy must pass it on unchanged.");

    public static readonly ErrorPage NoFormToken = new(
        ConsentCauses.FormTokenMissing, 403, "form_token", texts => texts.FormTokenMissing,
        "Submit every hidden input of form#consent.");

    public static readonly ErrorPage OrganizationMissing = new(
        ConsentCauses.OrganizationMissing, 400, "organization_missing", texts => texts.OrganizationMissing,
        "Send organization with the external_id of one of the reported organisations, once.");

    public static readonly ErrorPage OrganizationUnknown = new(
        ConsentCauses.OrganizationUnknown, 400, "organization_unknown", texts => texts.OrganizationUnknown,
        "The value of organization is not the external_id of a reported organisation.");

    public static readonly ErrorPage NoDecision = new(
        ConsentCauses.NoDecision, 400, "no_decision", texts => texts.NoDecision,
        "Send decision=allow, decision=deny or decision=not_you.");
}
