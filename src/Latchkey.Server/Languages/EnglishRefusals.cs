namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record English : RefusalTexts
    {
        private const string StartAgain = "Go back to the program you came from and connect again.";
        private const string StartAgainOrReport =
            "Go back to the program you came from and connect again. If this happens again, send the reference below to its support.";
        private const string NotAccepted = "This service does not accept this program";

        internal override RefusalText MissingClient => new(
            "This link is incomplete", "The program that sent you here did not say which program it is.", StartAgainOrReport);

        internal override RefusalText RepeatedClient => new(
            "This link is invalid", "The program that sent you here gave its identity more than once.", StartAgainOrReport);

        internal override RefusalText UnknownClient => new(
            "Unknown program", "The program that sent you here is not registered, or its registration was removed.", StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new(
            "This link is invalid", "The program that sent you here gave its address more than once.", StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new(
            "This link is incomplete", "The program that sent you here did not say where to send you back.", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "This program's address is not registered",
            "The program wants to send you back to an address that it has not registered. It was stopped here.", StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "This program's address is not allowed",
            "The program wants to send you back to an address that this service does not allow. It was stopped here.",
            StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "This program is registered for another service",
            "The program that sent you here is registered for another service and works only there.", StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "The service you want to reach only accepts programs that its operator has added.",
            "Ask the operator of the service to add the program.");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "The service you want to reach only accepts programs that its operator has approved.",
            "Ask the operator of the service to approve the program.");

        internal override RefusalText NoConnection => new(
            "Sign-in is not set up", "The service you want to reach has no login page yet.",
            "Ask the operator of the service to set it up.");

        internal override RefusalText TooManySignIns(int seconds) => new(
            "Too many sign-ins", "Many sign-ins were started from your network in a short time.", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "Too many sign-ins", "Many sign-ins were started at this service in a short time.", Wait(seconds));

        internal override RefusalText StateTooLong => new(
            "This link is too long", "The program that sent you here attached too much data to the link.", StartAgainOrReport);

        internal override RefusalText UnknownResource => new(
            "Unknown service", "The address you were sent to does not belong to any service.", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new(
            "This request is invalid", "The program that sent you here sent a request in an unknown format.", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new(
            "This link works only once", "The link was used already, is too old, or belongs to another program.", StartAgain);

        internal override RefusalText SignInRequired => new(
            "You have to sign in",
            "The program that sent you here asked for access without showing you a page, which is not possible. It was not given access.",
            "You can go back to the program. It will be told that you have to sign in.");

        internal override RefusalText ClientMistake => new(
            "This program sent an invalid request",
            "The program that sent you here made a mistake. It was not given access to anything.",
            "You can go back to the program. It will be told what is wrong.");

        internal override RefusalText ClientBlocked => new(
            "This program is blocked", "The operator of the service has blocked this program.",
            "If you need this program, ask the operator of the service.");

        internal override RefusalText TooManyFetchesAtOnce => new(
            "Please try again", "The server is checking too many new programs at the moment.",
            "Wait a few seconds and reload this page.");

        internal override RefusalText TooManyFetches(int seconds) => new(
            "Please try again", "Many new programs were used from your network in a short time.", Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            "Please try again", "Many new programs were used at this service in a short time.", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted, $"The service you want to reach does not accept programs of {host}.",
            "Ask the operator of the service to accept the program.");

        internal override RefusalText DocumentUnavailable => new(
            NotVerified, "The description that the program publishes on the internet could not be read.", StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"The description that the program publishes at {url} could not be read.", StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified,
            $"The description that the program publishes at {url} could not be read. This server cannot reach the internet.",
            StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(
            NotVerified, "The description that the program publishes on the internet is invalid.", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new(
            "Unknown address", "The login page sent you back to an address that does not exist.", StartAgain);

        internal override RefusalText UnknownState => new(
            "Unknown sign-in", "The link is incomplete, was changed, or belongs to a sign-in that ended long ago.", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser,
            "For your safety, a sign-in must be finished in the browser where it was started. "
            + "This one was started in another browser, so nothing happened here.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser,
            "For your safety, a sign-in must be finished in the browser where it was started. "
            + "This one was started in another browser, so it was stopped.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(
            Over, "The sign-in you came back from took too long, or was started in another browser.", StartAgain);

        internal override RefusalText NotReported => new(
            "Sign-in was not finished", "The login page sent you back before it reported who you are.", StartAgain);

        internal override RefusalText ProofMissing => new(
            "The sign-in could not be confirmed",
            "The login page sent you back without the required confirmation, so the sign-in was stopped.", StartAgain);

        internal override RefusalText NotSignedIn => new(
            "You were not signed in", "The login page did not sign you in, so the program was not given access.",
            "You can go back to the program. It will be told that you were not signed in.");

        internal override RefusalText NoLongerOffered => new(
            "This request is no longer valid", "The program or the service was changed or removed while you were signing in.", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "This login page is no longer in use",
            "The service you want to reach no longer uses the login page you came from.",
            "Connect again, or ask the operator of the service.");

        internal override RefusalText SignInOver => new(Over, "It was stopped earlier, and no access was given.", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "This sign-in took too long", $"For your safety, you have {Exact(lifetime)} to sign in at the login page.", StartAgain);

        internal override RefusalText ReturnTooLate => new(
            "You came back too late", "You signed in, but then it took too long to come back here.", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "Your answer came too late",
            $"For your safety, the question whether to allow access stays open for {Exact(lifetime)} only.", StartAgain);

        internal override RefusalText CodeTooLate => new(
            "This sign-in is finished", "You answered, but the program did not take up the answer in time.", StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(
            OtherBrowser, "You can only answer in the browser where the sign-in was started, and only until it expires.", StartAgain);

        internal override RefusalText ForeignOrigin => new(
            "This answer came from another page",
            "For your safety, an answer is only accepted from the page that asked you.", StartAgain);

        internal override RefusalText FormTokenMissing => new(
            "This answer could not be verified", "The page you answered on was incomplete or too old.",
            "Go back one page, reload it and answer again.");

        internal override RefusalText OrganizationMissing => new(
            "Choose an organisation", "You belong to several organisations, and you chose none of them.",
            "Go back one page, choose one and answer again.");

        internal override RefusalText OrganizationUnknown => new(
            "This organisation cannot be chosen", "The page you answered on was changed.",
            "Go back one page, reload it and answer again.");

        internal override RefusalText NoDecision => new(
            "No answer was given", "The page you answered on did not say whether you allow or deny.",
            "Go back one page and press one of the buttons.");

        internal override RefusalText Framed => new(
            "This page cannot be shown inside another page", "For your safety, this page is only shown in its own window.", StartAgain);

        internal override RefusalText NotANavigation => new(
            "This page must be opened in a window",
            "The address was loaded in the background by another page, as an image or by a script.", StartAgain);

        internal override RefusalText Prefetched => new(
            "This page was not loaded in advance", "This address works only when you open it yourself.", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new(
            "Too many requests", "Many requests came from your network in a short time.", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "One moment", "The sign-in service cannot reach its storage right now.",
            "Wait a few seconds and reload this page. Nothing was lost.");

        internal override RefusalText StorageRefusesWrites => new(
            "Sign-in is not possible right now",
            "The sign-in service cannot store anything at the moment, so nothing that you do now would last.",
            "Try again later. If it lasts, tell the operator of this service. Nothing was lost.");

        internal override RefusalText NotFound => new(
            "There is no page at this address", "The address may be mistyped, or the link to it is out of date.", StartAgain);

        internal override RefusalText InternalError => new(
            "Something went wrong here", "The sign-in service had an internal error. It was logged.", StartAgain);

        internal override RefusalText UnreadableRequest => new(
            "This request cannot be read", "Your browser sent a request that is damaged or too large.", StartAgain);

        private const string NotVerified = "This program could not be verified";
        private const string OtherBrowser = "This sign-in was started in another browser";
        private const string Over = "This sign-in is over";
        private const string MaybeTrick =
            "If you did not start it yourself, close this page. The link may have been sent to trick you. "
            + "Otherwise connect again and stay in one browser.";

        private static string Wait(int seconds) => $"Wait {seconds} s and reload this page.";

        private static string Exact(TimeSpan time) => TimeAmount.Exact(time).InEnglish();
    }
}
