using Latchkey.Server.Limits;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Authorize;

/// <summary>Refusals of the authorization endpoint that end at a page: the client or its redirect URI cannot be trusted with an answer.</summary>
internal static class AuthorizeRefusals
{
    private const string StartAgain = "Go back to the program you came from and connect again. If it happens again, tell whoever runs it the reference below.";

    public static readonly PageRefusal MissingClient = new(
        400, "missing_client", "This link is incomplete", "The program that sent you here did not say which program it is.", StartAgain,
        "The parameter client_id is missing. Register at the registration_endpoint of the metadata, or ask the operator for a client.");

    public static readonly PageRefusal RepeatedClient = new(
        400, "invalid_request", "This link is contradictory", "The program that sent you here named itself more than once.", StartAgain, "The parameter client_id came more than once.");

    public static readonly PageRefusal UnknownClient = new(
        400, "unknown_client", "This program is not known here", "The program that sent you here is not registered, or its registration was removed.", StartAgain,
        "The client_id is unknown or disabled. Forget it and register again at the registration_endpoint.");

    public static readonly PageRefusal RepeatedRedirectUri = new(
        400, "invalid_request", "This link is contradictory", "The program that sent you here named its own address more than once.", StartAgain, "The parameter redirect_uri came more than once.");

    public static readonly PageRefusal MissingRedirectUri = new(
        400, "missing_redirect_uri", "This link is incomplete", "The program that sent you here did not say where to send you back.", StartAgain,
        "The client registered several redirect URIs (or none), so the parameter redirect_uri is needed.");

    public static readonly PageRefusal UnregisteredRedirectUri = new(
        400, "unregistered_redirect_uri", "This program's address is not registered", "You would be sent back to an address that this program never registered, so nothing was sent there.", StartAgain,
        "redirect_uri must be byte for byte one of the registered ones; only the port of http://127.0.0.1, http://[::1] and http://localhost may differ.");

    public static readonly PageRefusal ClientOfAnotherResource = new(
        400, "client_of_another_resource", "This program is registered elsewhere", "The program that sent you here is registered for another service and works only there.", StartAgain,
        "A client registered at one resource works only there. Register at the registration_endpoint of this resource's metadata.");

    public static readonly PageRefusal RegistrationClosed = new(
        400, "registration_closed", "This service does not accept unknown programs", "The service you want to reach accepts only programs its operator has set up.", "Ask the operator of the service to add the program.",
        "The resource has dynamic registration switched off; an operator must create a client for it.");

    public static readonly PageRefusal NoInitialToken = new(
        400, "initial_access_token_required", "This service does not accept unknown programs", "The service you want to reach accepts only programs its operator has let in.", "Ask the operator of the service to let the program in.",
        "The resource wants clients that registered with an initial access token: register again with one, at the registration_endpoint of the resource's metadata.");

    public static readonly PageRefusal NoConnection = new(
        400, "no_connection", "Signing in is not set up", "The service you want to reach has no login page at the moment.", "Ask the operator of the service; there is nothing you can do here.",
        "The resource has no connection, or its connection is disabled: POST /api/v1/resources/{resource_id}/connections sets one.");

    public static readonly PageRefusal TooManyLogins = new(
        400, "too_many_logins", "Too many sign-ins at once", "Ten sign-ins are already open in this browser.", "Finish one of them, or wait until one has expired, and connect again.");

    public static PageRefusal TooManyRequests(TooMany tooMany) => new(
        429, "too_many_requests", "One moment", "More sign-ins than usual begin in your network.", $"Wait {tooMany.RetryAfterSeconds} s and reload this page; nothing was lost.",
        "More authorization requests came from this address than one may send; the operator sets how many (RateLimits:AuthorizationsPerMinute).")
    {
        RetryAfterSeconds = tooMany.RetryAfterSeconds,
    };

    public static readonly PageRefusal UnknownEntry = new(
        404, "unknown_resource", "This service is not known here", "The address you were sent to belongs to no service.", StartAgain,
        "No resource of that id exists. Read the authorization_servers of the MCP server's protected resource metadata again.");

    public static readonly PageRefusal UnknownRequestUri = new(
        400, "invalid_request_uri", "This link works only once", "The link was used already, is too old, or belongs to another program.", StartAgain,
        "The request_uri is unknown, expired (90 seconds), used, or was pushed by another client or at another entry. Push the request again (RFC 9126).");

    public static readonly PageRefusal Unreadable = new(
        400, "invalid_request", "This request cannot be read", "The program that sent you here used an unknown format.", StartAgain,
        "Parameters are percent-encoded UTF-8; a POST to the authorization endpoint is application/x-www-form-urlencoded.");

    /// <summary>
    /// An error for a client nobody vouches for: shown here with a link instead of sent on by itself, or free registration would make this
    /// server an open redirector (RFC 9700 §4.11.2).
    /// </summary>
    public static PageRefusal Unsent(OAuth.OAuthError error) => new(
        400, error.Code, "This program asked for something that is not possible", "The program that sent you here made a mistake, so nothing was asked of you and nothing was granted.",
        "You may go back to it; it will be told what is wrong.", error.Description);
}
