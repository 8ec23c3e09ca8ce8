namespace Latchkey.Server.SignIns;

/// <summary>Causes at the return of the browser from the login page.</summary>
internal static class ReturnCauses
{
    public static readonly Cause NeverCameBack = new(
        "never_came_back", Station.Return, [Fixer.LoginPage],
        "The login page reported the person, and the browser never came back.",
        "The backend got redirect_uri with the response to its report, and no browser opened it in time.",
        "Redirect the browser window to redirect_uri at once. Check the form-action policy of the login page, and closed popups.",
        Compared.NothingSent);

    public static readonly Cause NotReported = new(
        "not_reported", Station.Return, [Fixer.LoginPage],
        "The browser came back before the login page reported who it is.",
        "The callback was opened without waiting for the response to the report.",
        "Post the report, wait for 200, and then redirect to redirect_uri of the response.",
        Compared.NothingSent);

    public static readonly Cause ProofMissing = new(
        "proof_missing", Station.Return, [Fixer.LoginPage],
        "The browser came back without the confirmation that the report's response contains.",
        "The connection has callback_verification=required, so the callback needs auth_request_id with its proof.",
        "Redirect to redirect_uri of the report's response without changing it.",
        Compared.Secrets);

    public static readonly Cause WrongProof = new(
        "wrong_proof", Station.Return, [Fixer.LoginPage],
        "The browser came back with the confirmation of another sign-in, or with a changed one.",
        "Each sign-in has a proof of its own.",
        "Redirect each browser to the redirect_uri of its own report, and do not cache the response.",
        Compared.Secrets);

    public static readonly Cause ForeignBrowser = new(
        "foreign_browser", Station.Return, [Fixer.Person, Fixer.LoginPage],
        "The sign-in came back in another browser than the one in which it began.",
        "The cookie of the sign-in is missing. A link of a mail opened on another device, an in-app browser, a blocked cookie, or an "
        + "attempt to trick the person does this.",
        "Finish in the browser where the sign-in began. The login page must redirect that browser, not fetch the callback itself.",
        new Compared.Values([new(FactNames.Network), new(FactNames.UserAgent)]))
    {
        ForPerson = "The sign-in was finished in another browser. Connect again and stay in one browser.",
    };

    public static readonly Cause CookieLost = new(
        "cookie_lost", Station.Return, [Fixer.Person, Fixer.LoginPage],
        "The browser came back without the cookie of the sign-in, from the network and with the user agent of its beginning.",
        "It is probably the same browser. In-app browsers and strict privacy settings drop the cookie, and a callback that is framed or "
        + "fetched by a script does not carry it (SameSite=Lax).",
        "Redirect the browser window to the callback. If it does that, connect again in another browser.",
        Compared.Secrets)
    {
        ForPerson = "Your browser did not keep the sign-in. Connect again, in another browser if it happens again.",
    };

    public static readonly Cause FormerCookie = new(
        "former_cookie", Station.Return, [Fixer.Person],
        "The callback came with the cookie of before the return.",
        "The response that renewed the cookie was lost, or the cookie was planted. Without the proof these cannot be told apart.",
        "Connect again. With callback_verification=required a repeated callback is recognized by its proof.",
        Compared.Secrets);

    public static readonly Cause UnknownState = new(
        "unknown_state", Station.Return, [Fixer.LoginPage],
        "The callback has no state, or one that belongs to no sign-in.",
        "The parameter is missing, was changed, was sent twice, or belongs to a sign-in that was deleted long ago.",
        "Redirect to redirect_uri of the report's response without changing it.",
        Compared.Secrets);

    public static readonly Cause UnknownConnection = new(
        "unknown_connection", Station.Return, [Fixer.LoginPage, Fixer.Operator],
        "The callback names the login page {connection_id}, which does not exist here.",
        "The id in the path of the callback is not that of a connection.",
        "Redirect to redirect_uri of the report's response instead of building the address.",
        Compared.UnknownValue);

    public static readonly Cause CallbackOfAnotherConnection = new(
        "callback_of_another_connection", Station.Return, [Fixer.LoginPage],
        "The callback names the login page {connection_id}, and the sign-in belongs to another one.",
        "Nothing was changed, so the sign-in can go on.",
        "Redirect to redirect_uri of the report's response instead of building the address.",
        Compared.Of(FactNames.ConnectionId));

    public static readonly Cause Prefetched = new(
        "prefetch_refused", Station.Return, [Fixer.LoginPage],
        "The callback was loaded in advance by a browser or a mail scanner.",
        "A prefetch must not use up a sign-in, so it is refused and changes nothing.",
        "Do not put the callback into a page or mail as a link that may be prefetched.",
        Compared.ByConfiguration);

    public static readonly Cause ReturnTooLate = new(
        "return_expired", Station.Return, [Fixer.LoginPage],
        "The browser came back {seconds_late} s after the time for it had run out.",
        "The browser has {seconds_allowed} s from the report to come back.",
        "Redirect the browser right after the report, before showing another page.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed));

    public static readonly Cause LoginPageReplaced = new(
        "connection_disabled", Station.Return, [Fixer.Operator],
        "The MCP server no longer uses the login page from which the browser came back.",
        "The connection was disabled or replaced while the person was signing in.",
        "Connect again. If that was not intended, enable the connection again.",
        Compared.ByConfiguration);

    public static readonly Cause ChangedMeanwhile = new(
        "no_longer_offered", Station.Return, [Fixer.Operator],
        "The client or the MCP server was changed during the sign-in: {reason}",
        "What an operator or the client changes counts for sign-ins that are under way.",
        "Connect again. The audit log has the change.",
        Compared.ByConfiguration);

    public static readonly Cause SignInOver = new(
        "login_over", Station.Return, [Fixer.Person],
        "The browser opened a step of a sign-in that was over.",
        "The sign-in was stopped or answered before, so this step has nothing to show.",
        "Connect again from the program.",
        Compared.Decided);
}
