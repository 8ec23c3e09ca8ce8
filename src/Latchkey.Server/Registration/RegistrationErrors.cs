namespace Latchkey.Server.Registration;

/// <summary>Errors of registration (RFC 7591 §3.2.2) and client configuration (RFC 7592 §2). Bearer errors follow RFC 6750 §3.1.</summary>
internal static class RegistrationErrors
{
    public static readonly OAuthErrorResponse Closed = Metadata(
        "registration_closed", OAuthError.InvalidClientMetadata("Dynamic client registration is disabled. Ask the operator for a client."));
    public static readonly OAuthErrorResponse Blocked = Metadata(
        "registration_blocked",
        OAuthError.InvalidClientMetadata(
            "The operator blocked this client. Its metadata cannot be registered again until the operator lifts the block."));
    public static readonly OAuthErrorResponse TooLarge = Metadata(
        "registration_too_large",
        OAuthError.InvalidClientMetadata($"The metadata may have at most {RegistrationRequest.MaxLength / 1024} KiB."));
    public static readonly OAuthErrorResponse NoInitialToken = Bearer(
        "no_initial_access_token", "Registration requires an initial access token in the Authorization header. Ask the operator for one.");
    public static readonly OAuthErrorResponse WrongInitialToken = Bearer(
        "wrong_initial_access_token",
        "The initial access token is unknown, expired, used up or for another resource. Ask the operator for a new one.");
    public static readonly OAuthErrorResponse WrongRegistrationToken = Bearer(
        "wrong_registration_access_token", "The registration access token is missing or wrong, or the registration does not exist.");

    /// <summary>RFC 7592 §2.2: 403 when the client is not allowed to update its registration.</summary>
    public static readonly OAuthErrorResponse NoLongerWelcome = new(
        "registration_no_longer_welcome",
        StatusCodes.Status403Forbidden,
        OAuthError.AccessDenied("The resource no longer accepts such registrations. This one can only be read and deleted."));

    public static readonly OAuthErrorResponse ForeignClientId = Metadata(
        "foreign_client_id", OAuthError.InvalidClientMetadata("The member client_id is required and must be the client's own id."));
    public static readonly OAuthErrorResponse ForeignSecret = Metadata(
        "foreign_client_secret",
        OAuthError.InvalidClientMetadata("The member client_secret must be the issued secret or be omitted. Clients cannot choose it."));

    public static readonly OAuthErrorResponse OtherClass = Metadata(
        "other_client_class",
        OAuthError.InvalidClientMetadata(
            "The kind of client authentication (none, secret or key) cannot change. Register a new client instead."));

    public static OAuthErrorResponse Forbidden(string member) =>
        Metadata("forbidden_member", OAuthError.InvalidClientMetadata($"The member {member} is set by the server. Omit it."));

    public static OAuthErrorResponse Metadata(string @case, OAuthError error) => new(@case, StatusCodes.Status400BadRequest, error);

    private static OAuthErrorResponse Bearer(string @case, string description) =>
        new(@case, StatusCodes.Status401Unauthorized, new OAuthError("invalid_token", description));
}
