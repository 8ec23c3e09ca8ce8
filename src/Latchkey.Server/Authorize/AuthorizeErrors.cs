using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Authorize;

/// <summary>Error pages: without a valid client and redirect URI, no error may be sent to the client.</summary>
internal static class AuthorizeErrors
{
    public static readonly ErrorPage MissingClient = new(
        AskCauses.MissingClient, 400, "missing_client", texts => texts.MissingClient,
        "The parameter client_id is missing. Register at the registration_endpoint of the metadata, or ask the operator for a client.");

    public static readonly ErrorPage RepeatedClient = new(
        AskCauses.RepeatedClient, 400, "invalid_request", texts => texts.RepeatedClient,
        "The parameter client_id was sent more than once.");

    public static readonly ErrorPage UnknownClient = new(
        AskCauses.UnknownClient, 400, "unknown_client", texts => texts.UnknownClient,
        "The client_id is unknown or disabled. Discard it and register again at the registration_endpoint.")
    {
        OAuthCode = OAuth.OAuthError.InvalidClientCode,
    };

    /// <summary>Shown as unknown, because a stranger need not hear that the client exists.</summary>
    public static readonly ErrorPage BlockedClient = UnknownClient with { Cause = AskCauses.ClientBlocked };

    public static readonly ErrorPage RepeatedRedirectUri = new(
        AskCauses.RepeatedRedirectUri, 400, "invalid_request", texts => texts.RepeatedRedirectUri,
        "The parameter redirect_uri was sent more than once.");

    public static readonly ErrorPage MissingRedirectUri = new(
        AskCauses.MissingRedirectUri, 400, "missing_redirect_uri", texts => texts.MissingRedirectUri,
        "The client registered several redirect URIs (or none), so the parameter redirect_uri is required.");

    public static readonly ErrorPage UnregisteredRedirectUri = new(
        AskCauses.UnregisteredRedirectUri, 400, "unregistered_redirect_uri", texts => texts.UnregisteredRedirectUri,
        "redirect_uri must be identical to a registered one; only the port of http://127.0.0.1, "
        + "http://[::1] and http://localhost may differ.");

    /// <param name="why">The rule that the redirect URI breaks.</param>
    public static ErrorPage RedirectUriNotAllowed(string why) => new(
        AskCauses.RedirectUriNotAllowed, 400, "redirect_uri_not_allowed", texts => texts.RedirectUriNotAllowed,
        OAuthError.Printable($"The redirect URI is registered, but not allowed any more: {why}."))
    {
        Facts = [Fact.Seen(FactNames.Reason, why + ".")],
    };

    public static readonly ErrorPage ClientOfAnotherResource = new(
        AskCauses.ClientOfAnotherResource, 400, "client_of_another_resource", texts => texts.ClientOfAnotherResource,
        "A client that is registered at one resource works only with that resource. "
        + "Register at the registration_endpoint of this resource's metadata.")
    {
        OAuthCode = OAuth.OAuthError.InvalidClientCode,
    };

    public static readonly ErrorPage RegistrationClosed = new(
        AskCauses.RegisteredClientNotAccepted, 400, "registration_closed", texts => texts.ClientNotAdded,
        "Dynamic client registration is disabled for this resource; an operator must create a client.");

    public static readonly ErrorPage NoInitialToken = new(
        AskCauses.InitialAccessTokenRequired, 400, "initial_access_token_required", texts => texts.ClientNotApproved,
        "The resource requires clients to register with an initial access token. "
        + "Register again with one at the registration_endpoint of the resource's metadata.");

    public static readonly ErrorPage NoConnection = new(
        AskCauses.NoConnection, 400, "no_connection", texts => texts.NoConnection,
        "The resource has no connection, or its connection is disabled: set one with POST /api/v1/resources/{resource_id}/connections.");

    public static ErrorPage TooManyRequests(RateLimitExceeded exceeded) => new(
        AskCauses.TooManyAuthorizations, 429, "too_many_requests",
        texts => exceeded.IsOfServer
            ? texts.TooManySignInsOfServer(exceeded.RetryAfterSeconds)
            : texts.TooManySignIns(exceeded.RetryAfterSeconds),
        exceeded.IsOfServer
            ? "The server has reached its ceiling of stored data (settings RateLimits:StoredMegabytesInTotal and "
                + "RateLimits:StoredRowsInTotal)."
            : "This address exceeded the rate limit of authorization requests (settings RateLimits:AuthorizationsPerMinute and "
                + "RateLimits:StoredMegabytesPerHour).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    };

    public static readonly ErrorPage StateTooLong = new(
        AskParameterCauses.StateTooLong, 400, "state_too_long", texts => texts.StateTooLong,
        "The parameter state may have at most 8 KiB. Keep the data at the client, and send a reference to it.");

    public static readonly ErrorPage UnknownEntry = new(
        FindCauses.UnknownResource, 404, "unknown_resource", texts => texts.UnknownResource,
        "No resource has this id. Read the authorization_servers of the MCP server's protected resource metadata again.");

    public static readonly ErrorPage Unreadable = new(
        AskParameterCauses.UnreadableParameters, 400, "invalid_request", texts => texts.UnreadableParameters,
        "Parameters must be percent-encoded UTF-8, and a POST must be application/x-www-form-urlencoded.");

    /// <summary>
    /// The error for a client that is not vouched for, or for a program that a private-use scheme starts: shown on a page with a link
    /// instead of redirected, because otherwise this server would be an open redirector (RFC 9700 §4.11.2).
    /// </summary>
    public static ErrorPage Unsent(AuthorizationError sent) => new(
        sent.Cause, 400, sent.Error.Code,
        texts => sent.Error.Code == "login_required" ? texts.SignInRequired : texts.ClientMistake, sent.Error.Description);
}
