using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Registration;

/// <summary>Errors of registration (RFC 7591 §3.2.2) and client configuration (RFC 7592 §2). Bearer errors follow RFC 6750 §3.1.</summary>
internal static class RegistrationErrors
{
    public static readonly OAuthErrorResponse Closed = Metadata(
        FindCauses.RegistrationClosed,
        OAuthError.InvalidClientMetadata("Dynamic client registration is disabled. Ask the operator for a client."));
    public static readonly OAuthErrorResponse Blocked = Metadata(
        FindCauses.RegistrationBlocked,
        OAuthError.InvalidClientMetadata(
            "The operator blocked this client. Its metadata cannot be registered again until the operator lifts the block."));
    public static readonly OAuthErrorResponse TooLarge = Metadata(
        FindCauses.RegistrationTooLarge,
        OAuthError.InvalidClientMetadata($"The metadata may have at most {RegistrationRequest.MaxLength / 1024} KiB."));
    public static readonly OAuthErrorResponse NoInitialToken = Bearer(
        FindCauses.InitialAccessTokenMissing,
        "Registration requires an initial access token in the Authorization header. Ask the operator for one.");
    public static readonly OAuthErrorResponse WrongInitialToken = Bearer(
        FindCauses.WrongInitialAccessToken,
        "The initial access token is unknown, expired, used up or for another resource. Ask the operator for a new one.");
    public static readonly OAuthErrorResponse WrongRegistrationToken = Bearer(
        FindCauses.WrongRegistrationAccessToken, "The registration access token is missing or wrong, or the registration does not exist.");

    /// <summary>RFC 7592 §2.2: 403 when the client is not allowed to update its registration.</summary>
    public static readonly OAuthErrorResponse NoLongerWelcome = new(
        FindCauses.RegistrationNoLongerAccepted,
        StatusCodes.Status403Forbidden,
        OAuthError.AccessDenied("The resource no longer accepts such registrations. This one can only be read and deleted."));

    public static readonly OAuthErrorResponse ForeignClientId = Change(
        "The member client_id is required and must be the client's own id.");
    public static readonly OAuthErrorResponse ForeignSecret = Change(
        "The member client_secret must be the issued secret or be omitted. Clients cannot choose it.");

    public static readonly OAuthErrorResponse OtherClass = Change(
        "The kind of client authentication (none, secret or key) cannot change. Register a new client instead.");

    public static OAuthErrorResponse Forbidden(string member) =>
        Change($"The member {member} is set by the server. Omit it.").With(Fact.Sent(FactNames.Members, member));

    /// <summary>A member that breaks a rule.</summary>
    public static OAuthErrorResponse WrongMetadata(string description) => Because(
        Metadata(FindCauses.RegistrationRefused, OAuthError.InvalidClientMetadata(description)));

    /// <param name="uri">The redirect URI as sent. Null when there is none.</param>
    public static OAuthErrorResponse WrongRedirectUri(string description, string? uri)
    {
        var refusal = Because(Metadata(FindCauses.RegisteredRedirectUriRefused, OAuthError.InvalidRedirectUri(description)));
        return uri is null ? refusal : refusal.With(Fact.Sent(FactNames.RedirectUri, uri));
    }

    private static OAuthErrorResponse Change(string description) => Because(
        Metadata(FindCauses.RegistrationChangeRefused, OAuthError.InvalidClientMetadata(description)));

    private static OAuthErrorResponse Because(OAuthErrorResponse refusal) =>
        refusal.With(Fact.Seen(FactNames.Reason, refusal.Error.Description));

    private static OAuthErrorResponse Metadata(Cause cause, OAuthError error) => new(cause, StatusCodes.Status400BadRequest, error);

    private static OAuthErrorResponse Bearer(Cause cause, string description) =>
        new(cause, StatusCodes.Status401Unauthorized, new OAuthError("invalid_token", description));
}
