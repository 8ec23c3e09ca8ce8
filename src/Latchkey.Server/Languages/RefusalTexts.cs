namespace Latchkey.Server.Languages;

/// <summary>
/// The texts of the error pages in one language. What a developer can change is not among them: it is in English for every reader, like
/// the errors of the protocol.
/// </summary>
public abstract partial record RefusalTexts
{
    private RefusalTexts() { }

    // The authorization request.
    internal abstract RefusalText MissingClient { get; }
    internal abstract RefusalText RepeatedClient { get; }
    internal abstract RefusalText UnknownClient { get; }
    internal abstract RefusalText RepeatedRedirectUri { get; }
    internal abstract RefusalText MissingRedirectUri { get; }
    internal abstract RefusalText UnregisteredRedirectUri { get; }
    internal abstract RefusalText RedirectUriNotAllowed { get; }
    internal abstract RefusalText ClientOfAnotherResource { get; }
    internal abstract RefusalText ClientNotAdded { get; }
    internal abstract RefusalText ClientNotApproved { get; }
    internal abstract RefusalText NoConnection { get; }
    internal abstract RefusalText TooManySignIns(int seconds);
    internal abstract RefusalText TooManySignInsOfServer(int seconds);
    internal abstract RefusalText StateTooLong { get; }
    internal abstract RefusalText UnknownResource { get; }
    internal abstract RefusalText UnreadableParameters { get; }
    internal abstract RefusalText UnknownRequestUri { get; }
    internal abstract RefusalText SignInRequired { get; }
    internal abstract RefusalText ClientMistake { get; }

    // Programs with a description on the web.
    internal abstract RefusalText ClientBlocked { get; }
    internal abstract RefusalText TooManyFetchesAtOnce { get; }
    internal abstract RefusalText TooManyFetches(int seconds);
    internal abstract RefusalText TooManyFetchesOfServer(int seconds);
    internal abstract RefusalText DocumentHostNotAccepted(Slot host);
    internal abstract RefusalText DocumentUnavailable { get; }
    internal abstract RefusalText DocumentUnavailableAt(Slot url);
    internal abstract RefusalText DocumentUnreachable(Slot url);
    internal abstract RefusalText DocumentInvalid { get; }

    // The return from the login page.
    internal abstract RefusalText UnknownConnection { get; }
    internal abstract RefusalText UnknownState { get; }
    internal abstract RefusalText ForeignBrowser { get; }
    internal abstract RefusalText ForeignBrowserStopped { get; }
    internal abstract RefusalText ForeignBrowserLate { get; }
    internal abstract RefusalText NotReported { get; }
    internal abstract RefusalText ProofMissing { get; }
    internal abstract RefusalText NotSignedIn { get; }
    internal abstract RefusalText NoLongerOffered { get; }
    internal abstract RefusalText ConnectionDisabled { get; }
    internal abstract RefusalText SignInOver { get; }

    // Steps that came too late.
    internal abstract RefusalText LoginTooLate(TimeSpan lifetime);
    internal abstract RefusalText ReturnTooLate { get; }
    internal abstract RefusalText ConsentTooLate(TimeSpan lifetime);
    internal abstract RefusalText CodeTooLate { get; }

    // The consent page.
    internal abstract RefusalText ConsentOfAnotherBrowser { get; }
    internal abstract RefusalText ForeignOrigin { get; }
    internal abstract RefusalText FormTokenMissing { get; }
    internal abstract RefusalText OrganizationMissing { get; }
    internal abstract RefusalText OrganizationUnknown { get; }
    internal abstract RefusalText NoDecision { get; }

    // Every page.
    internal abstract RefusalText Framed { get; }
    internal abstract RefusalText NotANavigation { get; }
    internal abstract RefusalText Prefetched { get; }
    internal abstract RefusalText TooManyRequests(int seconds);
    internal abstract RefusalText StorageAway { get; }
    internal abstract RefusalText StorageRefusesWrites { get; }
    internal abstract RefusalText NotFound { get; }
    internal abstract RefusalText InternalError { get; }
    internal abstract RefusalText UnreadableRequest { get; }
}
