namespace Latchkey.Server.SignIns;

/// <summary>Causes before there is a sign-in: discovery, registration, and requests that reach no flow.</summary>
internal static class FindCauses
{
    public static readonly Cause UnknownResource = new(
        "unknown_resource", Station.Find, [Fixer.McpServer, Fixer.ClientVendor],
        "The request names an MCP server that does not exist here: {path}.",
        "The path contains the id of a resource. No resource has this id, or it was deleted.",
        "Correct authorization_servers in the protected resource metadata of the MCP server: it must name the issuer that "
        + "the management API shows for the resource. Then connect again.",
        Compared.Of(FactNames.Path));

    public static readonly Cause UnknownPath = new(
        "unknown_path", Station.Find, [Fixer.ClientVendor, Fixer.McpServer],
        "The request went to a URL that does not exist: {method} {path}.",
        "Clients find the endpoints in the metadata of the issuer. Guessed paths are not served.",
        "Read authorization_endpoint, token_endpoint and registration_endpoint from the metadata instead of building them.",
        Compared.UnknownValue);

    public static readonly Cause WrongHttpMethod = new(
        "wrong_http_method", Station.Find, [Fixer.ClientVendor],
        "The request used the HTTP method {method} at {path}, which accepts another one.",
        "Each endpoint accepts only the methods of its specification.",
        "Send the request with the expected method.",
        Compared.Of(FactNames.Method));

    public static readonly Cause PreflightRefused = new(
        "preflight_refused", Station.Find, [Fixer.ClientVendor],
        "A web page at {origin} asked whether it may call {path}, and may not.",
        "Programs in a browser may call discovery, registration, token, revocation, userinfo and key set. The authorization endpoint and "
        + "the management API are not open to other origins.",
        "Open the authorization endpoint by navigation instead of calling it from a script, and send only the allowed headers.",
        new Compared.Values([new(FactNames.Origin), new(FactNames.Method), new(FactNames.Headers)]));

    public static readonly Cause UnreadableRequest = new(
        "unreadable_request", Station.Find, [Fixer.ClientVendor],
        "The request at {path} cannot be read.",
        "Its HTTP framing is wrong, it arrived too slowly, or it is too large.",
        "Send a well-formed request within the documented bounds.",
        Compared.Unreadable);

    public static readonly Cause TooManyRequests = new(
        "too_many_requests", Station.Find, [Fixer.Operator, Fixer.ClientVendor],
        "The network {network} sent too many requests.",
        "Each network has a budget for what it may cause without a credential. Further requests are refused until it refills.",
        "Wait and try again. If many people share this network, add it to KnownNetworks.",
        Compared.ByRateLimit);

    public static readonly Cause ServerBusy = new(
        "server_busy", Station.Find, [Fixer.Operator],
        "The server could not reach its storage.",
        "The database did not answer or refused the connection. Nothing was changed.",
        "Look at /readyz and at the log line with the reference, and restore the database. Then connect again.",
        Compared.NotInRequest);

    public static readonly Cause ServerError = new(
        "server_error", Station.Find, [Fixer.Operator],
        "The server had an internal error.",
        "A request ended in an exception that no code expected.",
        "Report the log line with the reference as a bug.",
        Compared.NotInRequest);

    public static readonly Cause RegistrationClosed = new(
        "registration_closed", Station.Find, [Fixer.Operator],
        "A client tried to register, and dynamic client registration is disabled.",
        "The resource accepts only clients that an operator created, or clients with a metadata document.",
        "Create a client for this program, or enable dynamic client registration of the resource.",
        Compared.ByConfiguration);

    public static readonly Cause RegistrationBlocked = new(
        "registration_blocked", Station.Find, [Fixer.Operator],
        "The client {client_name} tried to register and is blocked.",
        "An operator deleted or blocked a client with the same metadata.",
        "Unblock the client, or create a client for this program.",
        Compared.ByConfiguration);

    public static readonly Cause RegistrationTooLarge = new(
        "registration_too_large", Station.Find, [Fixer.ClientVendor],
        "The metadata of a registration is larger than 64 KiB.",
        "What a stranger may store is bounded.",
        "Send smaller metadata, for instance jwks_uri instead of jwks.",
        Compared.Of(FactNames.Bytes));

    public static readonly Cause RegistrationRefused = new(
        "registration_refused", Station.Find, [Fixer.ClientVendor],
        "The client could not register: {reason}",
        "A member of the registration breaks a rule, so the client would fail later.",
        "Change the member that the sentence names, and register again.",
        Compared.InReason);

    public static readonly Cause RegisteredRedirectUriRefused = new(
        "registered_redirect_uri_refused", Station.Find, [Fixer.ClientVendor, Fixer.Operator],
        "The client could not register its redirect URI: {reason}",
        "A redirect URI is where the code goes, so only forms that reach one party are accepted.",
        "Register an https URI, a loopback URI or a private-use scheme. Another scheme has to be in redirect_schemes of the resource.",
        Compared.Of(FactNames.RedirectUri, FactNames.Reason));

    public static readonly Cause InitialAccessTokenMissing = new(
        "initial_access_token_missing", Station.Find, [Fixer.Operator, Fixer.ClientVendor],
        "A client tried to register without the initial access token that the resource requires.",
        "The resource has require_initial_access_token set.",
        "Give the vendor an initial access token, or switch the requirement off.",
        Compared.MissingParameter);

    public static readonly Cause WrongInitialAccessToken = new(
        "wrong_initial_access_token", Station.Find, [Fixer.Operator, Fixer.ClientVendor],
        "A client tried to register with an initial access token that is not valid here.",
        "The token is unknown, expired, used up, or of another resource.",
        "Create a new initial access token for this resource.",
        Compared.Secrets);

    public static readonly Cause WrongRegistrationAccessToken = new(
        "wrong_registration_access_token", Station.Find, [Fixer.ClientVendor],
        "A client tried to read or change a registration with a wrong registration access token.",
        "The token is missing or wrong, or the registration does not exist any more.",
        "Register anew, and keep the registration_access_token of the response.",
        Compared.Secrets);

    public static readonly Cause RegistrationNoLongerAccepted = new(
        "registration_no_longer_accepted", Station.Find, [Fixer.Operator],
        "The client {client_id} tried to change its registration, which the resource would not accept any more.",
        "The registration policy of the resource was changed since the client registered.",
        "Enable registration of the resource again, or create a client for this program.",
        Compared.ByConfiguration);

    public static readonly Cause RegistrationChangeRefused = new(
        "registration_change_refused", Station.Find, [Fixer.ClientVendor],
        "The client {client_id} tried to change its registration in a way that is not possible: {reason}",
        "The id, the secret and the kind of client authentication are fixed when the client registers.",
        "Send the current client_id and secret unchanged, or register a new client.",
        Compared.InReason);

    public static readonly Cause TooManyRegistrations = new(
        "too_many_registrations", Station.Find, [Fixer.Operator, Fixer.ClientVendor],
        "The network {network} registered too many clients.",
        "Each registration leaves a row in the database, so each network may create a limited number.",
        "Wait and try again, or add the network to KnownNetworks. A client should keep its registration instead of repeating it.",
        Compared.ByRateLimit);
}
