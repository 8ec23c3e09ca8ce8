namespace Latchkey.Server.SignIns;

/// <summary>Causes of failed client authentication at the token endpoint and its relatives.</summary>
internal static class ClientAuthenticationCauses
{
    public static readonly Cause NoClient = new(
        "no_client", Station.Token, [Fixer.ClientVendor],
        "The request does not say which client sent it.",
        "A client names itself by client_id, HTTP Basic or a client assertion.",
        "Send client_id, or the credentials of the client.",
        Compared.MissingParameter);

    public static readonly Cause DeadClient = new(
        "dead_client", Station.Token, [Fixer.ClientVendor, Fixer.Person],
        "The client {client_id} does not exist here, or it is blocked.",
        "The registration was deleted, expired, disabled, or was made at another server.",
        "Register anew. An operator can enable a blocked client.",
        Compared.UnknownValue);

    public static readonly Cause MissingSecret = new(
        "missing_secret", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "The client {client_id} came without its secret.",
        "It registered {token_endpoint_auth_method}, so it must authenticate with its secret. Clients that leave "
        + "token_endpoint_auth_method out register client_secret_basic.",
        "Send the secret, or register with token_endpoint_auth_method none.",
        Compared.Of(FactNames.TokenEndpointAuthMethod));

    public static readonly Cause WrongSecret = new(
        "wrong_secret", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "The client {client_id} came with a wrong secret.",
        "The secret was replaced, has expired, or is of another client.",
        "Configure the current secret in the program, or create a new secret for the client.",
        Compared.Of(FactNames.SecretHint));

    public static readonly Cause WrongMethod = new(
        "wrong_method", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "The client {client_id} authenticated in another way than it registered.",
        "A public client must not send a secret, and a client with keys must sign an assertion.",
        "Authenticate as token_endpoint_auth_method says, or register another method.",
        Compared.Of(FactNames.TokenEndpointAuthMethod));

    public static readonly Cause UnreadableCredentials = new(
        "unreadable_credentials", Station.Token, [Fixer.ClientVendor],
        "The Authorization header cannot be read as HTTP Basic credentials.",
        "It must be the base64 form of id, colon and secret, each form-encoded (RFC 6749 section 2.3.1).",
        "Encode the header as the specification says, or send the credentials in the body.",
        Compared.Secrets);

    public static readonly Cause TwoMethods = new(
        "two_methods", Station.Token, [Fixer.ClientVendor],
        "The client authenticated in two ways at once.",
        "Credentials in the Authorization header and in the body may contradict each other (RFC 6749 section 2.3).",
        "Use one way only.",
        Compared.RepeatedParameter);

    public static readonly Cause AddressNotAllowed = new(
        "client_address_not_allowed", Station.Token, [Fixer.Operator],
        "The API client {client_id} came from an address that it may not be used from.",
        "The API client has allowed_addresses.",
        "Add the address of the caller to allowed_addresses, or remove the restriction.",
        Compared.Of(FactNames.Network));

    public static readonly Cause WrongAssertionType = new(
        "wrong_assertion_type", Station.Token, [Fixer.ClientVendor],
        "The client sent an assertion of an unknown type.",
        "The parameter client_assertion_type must name the JWT profile (RFC 7523 section 2.2).",
        "Send client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
        Compared.Of(FactNames.ClientAssertionType));

    public static readonly Cause AssertionRefused = new(
        "assertion_refused", Station.Token, [Fixer.ClientVendor],
        "The signed assertion of {client_id} is not accepted: {reason}",
        "An assertion names the client and this server, lives for at most five minutes, is signed with a published key, and is used once.",
        "Correct what the reason names. If it is the time, set the clock of the client.",
        new Compared.Values(
        [
            new(FactNames.Algorithm), new(FactNames.Issuer), new(FactNames.Subject), new(FactNames.Audience), new(FactNames.ExpiresIn),
        ]));

    public static readonly Cause KeysUnavailable = new(
        "keys_unavailable", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "The keys of the client {client_id} could not be fetched.",
        "The client publishes its keys at jwks_uri, which must be public and answer within 5 seconds.",
        "Make the key set reachable, or open the way out to its host.",
        Compared.NotInRequest);

    public static readonly Cause KeyIdRequired = new(
        "key_id_required", Station.Token, [Fixer.ClientVendor],
        "The assertion of {client_id} does not say with which of its keys it is signed.",
        "Several keys fit, and trying each of them would multiply the cost of a check.",
        "Put kid into the header of the assertion.",
        Compared.MissingParameter);
}
