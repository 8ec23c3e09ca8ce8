namespace Latchkey.Server.SignIns;

/// <summary>Causes at the consent page.</summary>
internal static class ConsentCauses
{
    public static readonly Cause ConsentLeft = new(
        "consent_left", Station.Consent, [Fixer.Nobody],
        "The consent page was open and not answered in time.",
        "The person closed the page or did not decide.",
        "Connect again. Nothing has to be repaired.",
        Compared.NothingSent);

    public static readonly Cause ConsentTooLate = new(
        "consent_expired", Station.Consent, [Fixer.Person],
        "The person answered the consent page {seconds_late} s after the time for it had run out.",
        "The question stays open for {seconds_allowed} s.",
        "Connect again and answer sooner.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed))
    {
        ForPerson = "The answer came too late. Connect again and answer within a few minutes.",
    };

    public static readonly Cause Denied = new(
        "denied", Station.Consent, [Fixer.Nobody],
        "The person pressed Deny.",
        "The client was told access_denied.",
        "Connect again and press Allow, if it was a mistake.",
        Compared.Decided);

    public static readonly Cause NothingAllowed = new(
        "nothing_allowed", Station.Consent, [Fixer.Person],
        "The person allowed none of the permissions.",
        "Without a permission there is nothing to give access to, so the client was told access_denied.",
        "Connect again and tick at least one permission.",
        Compared.Decided);

    public static readonly Cause ConsentCookieMissing = new(
        "consent_cookie_missing", Station.Consent, [Fixer.Person],
        "The consent page was opened in a browser that did not begin the sign-in.",
        "The cookie of the sign-in is missing or wrong, or the sign-in does not exist.",
        "Connect again and stay in one browser. In-app browsers and strict privacy settings drop the cookie.",
        Compared.Secrets);

    public static readonly Cause ForeignOrigin = new(
        "foreign_origin", Station.Consent, [Fixer.Operator],
        "The decision came from the origin {origin}, which is not this server.",
        "A decision is accepted only from the consent page itself (CSRF).",
        "Let the reverse proxy pass on Origin unchanged, and set BaseUrl to the address that people see.",
        Compared.Of(FactNames.Origin));

    public static readonly Cause FormTokenMissing = new(
        "form_token", Station.Consent, [Fixer.Person, Fixer.Operator],
        "The decision came without the form token of the consent page.",
        "The page was incomplete or is from another sign-in, or another page sent the decision (CSRF).",
        "Reload the consent page and answer again. A page of your own must submit every hidden input of form#consent.",
        Compared.Secrets);

    public static readonly Cause NoDecision = new(
        "no_decision", Station.Consent, [Fixer.Operator],
        "The form of the consent page came without a decision.",
        "The parameter decision is missing, repeated, or has an unknown value.",
        "Send decision=allow, decision=deny or decision=not_you.",
        Compared.Of(FactNames.Decision));

    public static readonly Cause OrganizationMissing = new(
        "organization_missing", Station.Consent, [Fixer.Person],
        "The person has several organisations and chose none.",
        "The resource asks for one organisation (organization_selection), and a choice of several cannot be skipped.",
        "Choose an organisation on the consent page. A page of your own must send organization with one of the reported ids.",
        Compared.Of(FactNames.Organization));

    public static readonly Cause OrganizationUnknown = new(
        "organization_unknown", Station.Consent, [Fixer.Operator],
        "The decision came with the organisation {organization}, which the company did not report for this person.",
        "The form was changed: only reported organisations can be chosen.",
        "Send the external_id of an organisation of the report.",
        Compared.Of(FactNames.Organization));

    public static readonly Cause NothingLeftToOffer = new(
        "nothing_left_to_offer", Station.Consent, [Fixer.Operator],
        "The permissions that the client asked for do not exist any more.",
        "An operator removed or disabled them during the sign-in.",
        "Connect again. The audit log has the change.",
        Compared.ByConfiguration);
}
