namespace Latchkey.Server.SignIns;

/// <summary>Causes at the authorization request: client, redirect URI and resource. The others: <see cref="AskParameterCauses"/>.</summary>
internal static class AskCauses
{
    public static readonly Cause MissingClient = new(
        "missing_client", Station.Ask, [Fixer.ClientVendor],
        "The authorization request does not say which client sent it.",
        "The parameter client_id is missing. It may be inside another parameter, if the client appended a second question mark.",
        "Send client_id as a parameter of its own.",
        Compared.MissingParameter);

    public static readonly Cause RepeatedClient = new(
        "repeated_client", Station.Ask, [Fixer.ClientVendor],
        "The authorization request has client_id more than once.",
        "A repeated parameter is ambiguous (RFC 6749 section 3.1).",
        "Send client_id once.",
        Compared.RepeatedParameter);

    public static readonly Cause UnknownClient = new(
        "unknown_client", Station.Ask, [Fixer.Person, Fixer.ClientVendor],
        "The client used the id {client_id}, which does not exist here.",
        "The registration was deleted, expired after 90 days without use, or was made at another server.",
        "Remove the connector in the program and add it again, so that it registers anew.",
        Compared.UnknownValue)
    {
        ForPerson = "The program has forgotten its registration. Remove the connection in the program and add it again.",
    };

    public static readonly Cause ClientBlocked = new(
        "client_blocked", Station.Ask, [Fixer.Operator],
        "The client {client_id} is blocked.",
        "An operator disabled this client.",
        "Enable the client, if it may be used again.",
        Compared.ByConfiguration);

    public static readonly Cause ClientOfAnotherResource = new(
        "client_of_another_resource", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} is registered for another MCP server.",
        "A client that is registered at one resource works only with that resource.",
        "Register at the registration_endpoint of the metadata of the MCP server that is to be used.",
        Compared.Of(FactNames.Resource));

    public static readonly Cause RegisteredClientNotAccepted = new(
        "registered_client_not_accepted", Station.Ask, [Fixer.Operator],
        "The client {client_id} registered itself, and the MCP server does not accept such clients.",
        "Dynamic client registration of the resource is disabled, also for clients that registered before.",
        "Create a client for this program, or enable dynamic client registration of the resource.",
        Compared.ByConfiguration);

    public static readonly Cause InitialAccessTokenRequired = new(
        "initial_access_token_required", Station.Ask, [Fixer.Operator, Fixer.ClientVendor],
        "The client {client_id} registered without the initial access token that the MCP server requires.",
        "The resource has require_initial_access_token set.",
        "Give the vendor an initial access token and register again, or switch the requirement off.",
        Compared.ByConfiguration);

    public static readonly Cause MissingRedirectUri = new(
        "missing_redirect_uri", Station.Ask, [Fixer.ClientVendor],
        "The authorization request of {client_id} does not say where to send the answer.",
        "The client registered several redirect URIs, or none, so the parameter redirect_uri is required.",
        "Send redirect_uri.",
        Compared.Of(FactNames.RedirectUri));

    public static readonly Cause RepeatedRedirectUri = new(
        "repeated_redirect_uri", Station.Ask, [Fixer.ClientVendor],
        "The authorization request of {client_id} has redirect_uri more than once.",
        "A repeated parameter is ambiguous (RFC 6749 section 3.1).",
        "Send redirect_uri once.",
        Compared.RepeatedParameter);

    public static readonly Cause UnregisteredRedirectUri = new(
        "unregistered_redirect_uri", Station.Ask, [Fixer.ClientVendor, Fixer.Operator],
        "The client {client_id} wants the answer at {redirect_uri}, which it has not registered.",
        "Redirect URIs are compared as exact strings. Only the port of a loopback address may differ.",
        "Register exactly the redirect URI that the client sends. For a client that an operator created, add it to redirect_uris.",
        Compared.Of(FactNames.RedirectUri))
    {
        ForPerson = "The program wanted the answer at an address that it has not registered. Its maker has to correct that.",
    };

    public static readonly Cause RedirectUriNotAllowed = new(
        "redirect_uri_not_allowed", Station.Ask, [Fixer.ClientVendor, Fixer.Operator],
        "The registered redirect URI {redirect_uri} is not allowed any more: {reason}",
        "The rules for redirect URIs apply again at each authorization, also to those that were stored before.",
        "Register a redirect URI that the rules allow, or add its scheme to redirect_schemes of the resource.",
        Compared.Of(FactNames.RedirectUri, FactNames.Reason));

    public static readonly Cause UnknownTarget = new(
        "unknown_target", Station.Ask, [Fixer.ClientVendor, Fixer.McpServer, Fixer.Person],
        "The client {client_id} asked for {resource}, which is not an MCP server here.",
        "The parameter resource must be the URI of a registered MCP server. It names none, or another one than the issuer used.",
        "Compare the sent with the registered URI. Connect with the registered one, or change the resource in the metadata of the server.",
        Compared.Of(FactNames.Resource));

    public static readonly Cause NoTarget = new(
        "no_target", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} did not say which MCP server it wants.",
        "The parameter resource is missing, and there is not exactly one MCP server that can be meant.",
        "Send resource (RFC 8707) with the URI of the MCP server, or use the issuer of that server.",
        Compared.Of(FactNames.Resource));

    public static readonly Cause NoConnection = new(
        "no_connection", Station.Ask, [Fixer.Operator],
        "The MCP server {resource} has no login page.",
        "The resource has no connection, or its connection is disabled.",
        "Create a connection with POST /api/v1/resources/…/connections, or enable the one it has.",
        Compared.ByConfiguration);

    public static readonly Cause DocumentsOff = new(
        "client_documents_off", Station.Ask, [Fixer.Operator, Fixer.ClientVendor],
        "The client {client_id} is described by a metadata document, and no MCP server that is asked for accepts those.",
        "The resource has enable_cimd switched off.",
        "Switch enable_cimd on, or let the client register.",
        Compared.ByConfiguration);

    public static readonly Cause DocumentHostNotAccepted = new(
        "client_host_not_accepted", Station.Ask, [Fixer.Operator],
        "The MCP server does not accept clients of {host}.",
        "The lists cimd_allowed_hosts and cimd_denied_hosts of the resource decide from which hosts documents are accepted.",
        "Add the host to cimd_allowed_hosts, or remove it from cimd_denied_hosts.",
        Compared.Of(FactNames.Host));

    public static readonly Cause DocumentUnavailable = new(
        "client_document_unavailable", Station.Ask, [Fixer.ClientVendor, Fixer.Operator],
        "The description of the client at {client_id} could not be fetched: {reason}",
        "The document must be public and answer within 5 seconds with status 200, a JSON content type and at most 64 KiB, without a "
        + "redirect.",
        "Correct what the reason names. If this server cannot reach the internet, open the way out to this host.",
        Compared.InReason);

    public static readonly Cause DocumentAddressNotPublic = new(
        "client_document_address_not_public", Station.Ask, [Fixer.Operator, Fixer.ClientVendor],
        "The host {host} of the client's description leads to an address that is not public.",
        "Such addresses are never fetched, because a stranger could reach internal services through this server (SSRF).",
        "For a host of your own, add it to Cimd:HostMap. Otherwise correct the DNS records of the host.",
        Compared.NotInRequest);

    public static readonly Cause DocumentInvalid = new(
        "client_document_invalid", Station.Ask, [Fixer.ClientVendor],
        "The description of the client at {client_id} breaks a rule: {reason}",
        "The document decides where answers go, so it must follow the specification.",
        "Change the document as the reason says.",
        Compared.InReason);

    public static readonly Cause DocumentFetchesBusy = new(
        "document_fetches_busy", Station.Ask, [Fixer.Nobody],
        "The description of the client at {client_id} was not fetched, because too many fetches are running.",
        "Fetches are limited per host, per network and in total.",
        "Wait a few seconds and connect again.",
        Compared.ByRateLimit);

    public static readonly Cause TooManyDocumentFetches = new(
        "too_many_document_fetches", Station.Ask, [Fixer.Operator],
        "The network {network} caused too many fetches of client descriptions.",
        "Each network may cause a limited number of outbound requests per minute.",
        "Wait a minute and connect again, or raise RateLimits:DocumentFetchesPerMinute.",
        Compared.ByRateLimit);

    public static readonly Cause PushRequired = new(
        "push_required", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} must push its authorization requests and did not.",
        "The client registered require_pushed_authorization_requests.",
        "Push the request to pushed_authorization_request_endpoint (RFC 9126), or register without the requirement.",
        Compared.ByConfiguration);

    public static readonly Cause UnusableRequestUri = new(
        "unusable_request_uri", Station.Ask, [Fixer.ClientVendor],
        "The pushed request of {client_id} cannot be used.",
        "A request_uri is valid for 90 seconds, once, for the client that pushed it, and at the issuer where it was pushed.",
        "Push the request again for each authorization.",
        Compared.Secrets)
    {
        ForPerson = "The link works only once and for a short time. Connect again from the program.",
    };

    public static readonly Cause GrantTypeNotRegistered = new(
        "grant_type_not_registered", Station.Ask, [Fixer.ClientVendor, Fixer.Operator],
        "The client {client_id} may not use the authorization code grant.",
        "Its grant_types do not contain authorization_code.",
        "Add authorization_code to grant_types of the client.",
        Compared.ByConfiguration);

    public static readonly Cause TooManyAuthorizations = new(
        "too_many_authorizations", Station.Ask, [Fixer.Operator, Fixer.Person],
        "The network {network} started too many sign-ins.",
        "Each network may start a limited number per minute and store a limited number of bytes per hour.",
        "Wait and connect again. If many people share this network, add it to KnownNetworks.",
        Compared.ByRateLimit);

    public static readonly Cause NotANavigation = new(
        "not_a_navigation", Station.Ask, [Fixer.ClientVendor, Fixer.LoginPage],
        "A page of the sign-in was loaded in the background, as an image or by a script.",
        "Sign-in pages are for people, so they must be opened by navigating a window (Sec-Fetch-Dest document).",
        "Redirect the browser window instead of fetching the URL.",
        Compared.Of(FactNames.FetchDestination));

    public static readonly Cause Framed = new(
        "framed", Station.Consent, [Fixer.ClientVendor, Fixer.LoginPage],
        "A page of the sign-in was opened inside another page.",
        "Inside a frame, another page could make people press a button that they do not see (clickjacking).",
        "Open the sign-in in a window or tab of its own.",
        Compared.Of(FactNames.FetchDestination));
}
