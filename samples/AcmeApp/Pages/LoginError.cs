using Latchkey.Sdk;

namespace AcmeApp.Pages;

/// <summary>The error message on the login page when a login request cannot be continued.</summary>
internal sealed record LoginError(int Status, string Title, string Advice)
{
    private const string StartAgain = "Go back to the program you came from and connect again. This page cannot restart the sign-in.";

    public static LoginError Of(LatchkeyFailure failure) => failure switch
    {
        LatchkeyFailure.LoginRequestUnknown => new(404, "This sign-in link is not known", StartAgain),
        LatchkeyFailure.LoginRequestExpired => new(410, "This sign-in took too long", StartAgain),
        LatchkeyFailure.LoginRequestAnswered => new(
            409, "This sign-in is finished already",
            "Look at the program you came from: it may be connected. If it is not, connect again there."),
        LatchkeyFailure.LoginRequestOfOtherUser => new(
            409, "Another account has used this sign-in link",
            "Do not use the link again. If you did not open it in two accounts yourself, tell your administrator. "
            + "To connect, start again in your own program."),
        LatchkeyFailure.LoginNotFresh =>
            new(422, "Your sign-in is too old for this", "Sign out, go back to the program you came from and connect again."),
        LatchkeyFailure.Unavailable =>
            new(503, "Signing in to other programs does not work right now", "Your account is fine. Reload this page in a minute."),
        _ => new(
            500, "Signing in to other programs is not set up correctly",
            "Your account is fine. Acme's administrators find the cause in the log."),
    };
}
