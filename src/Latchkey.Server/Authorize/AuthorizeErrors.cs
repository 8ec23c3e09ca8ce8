using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Authorize;

/// <summary>Error pages: without a valid client and redirect URI, no error may be sent to the client.</summary>
internal static class AuthorizeErrors
{
    private const string StartAgain =
        "Go back to the program you came from and connect again. If this happens again, send the reference below to its support.";

    public static readonly ErrorPage MissingClient = new(
        AskCauses.MissingClient,
        400, "missing_client", "This link is incomplete", "The program that sent you here did not say which program it is.", StartAgain,
        "The parameter client_id is missing. Register at the registration_endpoint of the metadata, or ask the operator for a client.");

    public static readonly ErrorPage RepeatedClient = new(
        AskCauses.RepeatedClient,
        400, "invalid_request", "This link is invalid", "The program that sent you here gave its identity more than once.", StartAgain,
        "The parameter client_id was sent more than once.");

    public static readonly ErrorPage UnknownClient = new(
        AskCauses.UnknownClient,
        400, "unknown_client", "Unknown program", "The program that sent you here is not registered, or its registration was removed.",
        StartAgain,
        "The client_id is unknown or disabled. Discard it and register again at the registration_endpoint.")
    {
        OAuthCode = OAuth.OAuthError.InvalidClientCode,
    };

    /// <summary>Shown as unknown, because a stranger need not hear that the client exists.</summary>
    public static readonly ErrorPage BlockedClient = UnknownClient with { Cause = AskCauses.ClientBlocked };

    public static readonly ErrorPage RepeatedRedirectUri = new(
        AskCauses.RepeatedRedirectUri,
        400, "invalid_request", "This link is invalid", "The program that sent you here gave its address more than once.", StartAgain,
        "The parameter redirect_uri was sent more than once.");

    public static readonly ErrorPage MissingRedirectUri = new(
        AskCauses.MissingRedirectUri,
        400, "missing_redirect_uri", "This link is incomplete", "The program that sent you here did not say where to send you back.",
        StartAgain,
        "The client registered several redirect URIs (or none), so the parameter redirect_uri is required.");

    public static readonly ErrorPage UnregisteredRedirectUri = new(
        AskCauses.UnregisteredRedirectUri, 400, "unregistered_redirect_uri", "This program's address is not registered",
        "The program wants to send you back to an address that it has not registered.", StartAgain,
        "redirect_uri must be identical to a registered one; only the port of http://127.0.0.1, "
        + "http://[::1] and http://localhost may differ.");

    /// <param name="why">The rule that the redirect URI breaks.</param>
    public static ErrorPage RedirectUriNotAllowed(string why) => new(
        AskCauses.RedirectUriNotAllowed, 400, "redirect_uri_not_allowed", "This program's address is not allowed",
        "The program wants to send you back to an address that this service does not allow.", StartAgain,
        OAuthError.Printable($"The redirect URI is registered, but not allowed any more: {why}."))
    {
        Facts = [Fact.Seen(FactNames.Reason, why + ".")],
    };

    public static readonly ErrorPage ClientOfAnotherResource = new(
        AskCauses.ClientOfAnotherResource, 400, "client_of_another_resource", "This program is registered for another service",
        "The program that sent you here is registered for another service and works only there.", StartAgain,
        "A client that is registered at one resource works only with that resource. "
        + "Register at the registration_endpoint of this resource's metadata.")
    {
        OAuthCode = OAuth.OAuthError.InvalidClientCode,
    };

    public static readonly ErrorPage RegistrationClosed = new(
        AskCauses.RegisteredClientNotAccepted, 400, "registration_closed", "This service does not accept this program",
        "The service you want to reach only accepts programs that its operator has added.",
        "Ask the operator of the service to add the program.",
        "Dynamic client registration is disabled for this resource; an operator must create a client.");

    public static readonly ErrorPage NoInitialToken = new(
        AskCauses.InitialAccessTokenRequired, 400, "initial_access_token_required", "This service does not accept this program",
        "The service you want to reach only accepts programs that its operator has approved.",
        "Ask the operator of the service to approve the program.",
        "The resource requires clients to register with an initial access token. "
        + "Register again with one at the registration_endpoint of the resource's metadata.");

    public static readonly ErrorPage NoConnection = new(
        AskCauses.NoConnection, 400, "no_connection", "Sign-in is not set up", "The service you want to reach has no login page yet.",
        "Ask the operator of the service to set it up.",
        "The resource has no connection, or its connection is disabled: set one with POST /api/v1/resources/{resource_id}/connections.");

    public static ErrorPage TooManyRequests(RateLimitExceeded exceeded) => exceeded.IsOfServer ? new(
        AskCauses.TooManyAuthorizations,
        429, "too_many_requests", "Too many sign-ins", "Many sign-ins were started at this service in a short time.",
        $"Wait {exceeded.RetryAfterSeconds} s and reload this page.",
        "The server has reached its ceiling of stored data (settings RateLimits:StoredMegabytesInTotal and RateLimits:StoredRowsInTotal).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    } : new(
        AskCauses.TooManyAuthorizations,
        429, "too_many_requests", "Too many sign-ins", "Many sign-ins were started from your network in a short time.",
        $"Wait {exceeded.RetryAfterSeconds} s and reload this page.",
        "This address exceeded the rate limit of authorization requests (settings RateLimits:AuthorizationsPerMinute and "
        + "RateLimits:StoredMegabytesPerHour).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    };

    public static readonly ErrorPage StateTooLong = new(
        AskParameterCauses.StateTooLong,
        400, "state_too_long", "This link is too long", "The program that sent you here attached too much data to the link.", StartAgain,
        "The parameter state may have at most 8 KiB. Keep the data at the client, and send a reference to it.");

    public static readonly ErrorPage UnknownEntry = new(
        FindCauses.UnknownResource,
        404, "unknown_resource", "Unknown service", "The address you were sent to does not belong to any service.", StartAgain,
        "No resource has this id. Read the authorization_servers of the MCP server's protected resource metadata again.");

    public static readonly ErrorPage Unreadable = new(
        AskParameterCauses.UnreadableParameters,
        400, "invalid_request", "This request is invalid", "The program that sent you here sent a request in an unknown format.",
        StartAgain,
        "Parameters must be percent-encoded UTF-8, and a POST must be application/x-www-form-urlencoded.");

    /// <summary>
    /// The error for a client that is not vouched for, or for a program that a private-use scheme starts: shown on a page with a link
    /// instead of redirected, because otherwise this server would be an open redirector (RFC 9700 §4.11.2).
    /// </summary>
    public static ErrorPage Unsent(AuthorizationError sent) => sent.Error is var error && error.Code == "login_required" ? new(
        sent.Cause, 400, error.Code, "You have to sign in",
        "The program that sent you here asked for access without showing you a page, which is not possible. It was not given access.",
        "You can go back to the program; it will be told that you have to sign in.", error.Description) : new(
        sent.Cause, 400, error.Code, "This program sent an invalid request",
        "The program that sent you here made a mistake. It was not given access to anything.",
        "You can go back to the program; it will be told what is wrong.", error.Description);
}
