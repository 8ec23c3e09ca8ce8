using Latchkey.Server.OAuth;
using Latchkey.Server.Token;

namespace Latchkey.Server.Register;

/// <summary>Refusals of registration (RFC 7591 §3.2.2) and of its management (RFC 7592 §2). A bearer that is wrong is answered as RFC 6750 §3.1 wants, whatever is wrong about it.</summary>
internal static class RegisterRefusals
{
    public static readonly TokenRefusal Closed = Metadata("registration_closed", OAuthError.InvalidClientMetadata("Dynamic registration is switched off; ask the operator for a client."));
    public static readonly TokenRefusal Blocked = Metadata("registration_blocked", OAuthError.InvalidClientMetadata("The operator removed this client; it cannot be registered again."));
    public static readonly TokenRefusal TooLarge = Metadata("registration_too_large", OAuthError.InvalidClientMetadata("The metadata may have at most 64 KiB."));
    public static readonly TokenRefusal NoInitialToken = Bearer("no_initial_access_token", "Registration here needs an initial access token in the Authorization header; ask the operator for one.");
    public static readonly TokenRefusal WrongInitialToken = Bearer("wrong_initial_access_token", "The initial access token is unknown, expired, used up or for another resource; ask the operator for one.");
    public static readonly TokenRefusal WrongRegistrationToken = Bearer("wrong_registration_access_token", "The registration access token is missing or wrong, or there is no such registration.");

    public static readonly TokenRefusal NoLongerWelcome = Metadata(
        "registration_no_longer_welcome", OAuthError.InvalidClientMetadata("The resource does not take such registrations any more; this one can be read and deleted."));

    public static readonly TokenRefusal ForeignClientId = Metadata("foreign_client_id", OAuthError.InvalidClientMetadata("The member client_id must be there and be the client's own."));
    public static readonly TokenRefusal ForeignSecret = Metadata("foreign_client_secret", OAuthError.InvalidClientMetadata("The member client_secret must be the issued one, or be left out; a client does not choose it."));

    public static readonly TokenRefusal OtherClass = Metadata(
        "other_client_class", OAuthError.InvalidClientMetadata("A client keeps the way it proves itself: none, a secret or a key. Register another client for another way."));

    public static TokenRefusal Forbidden(string member) => Metadata("forbidden_member", OAuthError.InvalidClientMetadata($"The member {member} is the server's to set; leave it out."));

    public static TokenRefusal Metadata(string @case, OAuthError error) => new(@case, StatusCodes.Status400BadRequest, error);

    private static TokenRefusal Bearer(string @case, string description) => new(@case, StatusCodes.Status401Unauthorized, new OAuthError("invalid_token", description));
}
