namespace Latchkey.Server.SignIns;

/// <summary>Causes after the first tokens: refresh, revocation, introspection, and the ends of access.</summary>
internal static class RenewCauses
{
    public static readonly Cause NoRefreshToken = new(
        "no_refresh_token", Station.Renew, [Fixer.ClientVendor],
        "The client {client_id} wanted to refresh and sent no refresh token.",
        "The grant type refresh_token exchanges a refresh token.",
        "Send refresh_token.",
        Compared.MissingParameter);

    public static readonly Cause UnknownRefreshToken = new(
        "unknown_refresh_token", Station.Renew, [Fixer.ClientVendor],
        "The client {client_id} sent a refresh token that this server did not issue.",
        "The token was changed, belongs to another server, or its grant was deleted long ago.",
        "Start a new authorization.",
        Compared.Secrets);

    public static readonly Cause RefreshTokenOfAnotherClient = new(
        "refresh_token_of_another_client", Station.Renew, [Fixer.ClientVendor],
        "The client {client_id} sent the refresh token of another client, or authenticated in another way than at the beginning.",
        "A refresh token is bound to its client and to the way in which that authenticates.",
        "Use each refresh token with the client that got it.",
        new Compared.Values([new(FactNames.ClientId), new(FactNames.TokenEndpointAuthMethod)]));

    public static readonly Cause RefreshTokenFromElsewhere = new(
        "refresh_token_from_elsewhere", Station.Renew, [Fixer.Operator, Fixer.ClientVendor],
        "A used refresh token came again from another network ({network} instead of {former_network}).",
        "It may have been copied. Nothing was revoked, so the program on the usual network goes on.",
        "Ask the person whether a second device uses the same connection. If not, end the access.",
        Compared.Of(FactNames.Network, FactNames.FormerNetwork));

    public static readonly Cause LostResponseRepeated = new(
        "lost_response_repeated", Station.Renew, [Fixer.ClientVendor],
        "A used refresh token came a third time.",
        "A lost response is repeated once per rotation.",
        "Store the refresh token of each response before using it. Then connect again.",
        Compared.Of(FactNames.Network, FactNames.FormerNetwork));

    public static readonly Cause RefreshTokenReplayed = new(
        "refresh_token_replayed", Station.Renew, [Fixer.ClientVendor, Fixer.Operator],
        "A refresh token came again after its successor had been used, so the access ended.",
        "Two parties hold the token: copied storage, two processes of one program, or theft (replay).",
        "Compare the networks. Connect again, once per device.",
        Compared.Of(FactNames.Network, FactNames.FormerNetwork));

    public static readonly Cause ChangedSince = new(
        "changed_since", Station.Renew, [Fixer.Operator],
        "The client {client_id} cannot refresh, because the MCP server, its login page or the client policy was changed.",
        "Access continues only while the present configuration would give it.",
        "Connect again. The audit log has the change.",
        Compared.ByConfiguration);

    public static readonly Cause GrantIdle = new(
        "grant_idle", Station.Renew, [Fixer.Nobody],
        "The access ended because it was not used for too long.",
        "It ended {seconds_late} s before this request. Each refresh extends it by refresh_token_expiry of the resource.",
        "Connect again. To keep unused access longer, raise refresh_token_expiry.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed));

    public static readonly Cause GrantAbsolute = new(
        "grant_absolute", Station.Renew, [Fixer.Nobody],
        "The access ended because its time was over.",
        "It ended {seconds_late} s before this request. No access lasts longer than grant_expiry of the resource.",
        "Connect again. To allow longer access, raise grant_expiry.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed));

    public static readonly Cause EndedByClient = new(
        "ended_by_client", Station.Renew, [Fixer.Nobody],
        "The client ended its access itself.",
        "It revoked its refresh token (RFC 7009), usually because a person disconnected it in the program.",
        "Connect again, if access is wanted.",
        Compared.Decided);

    public static readonly Cause EndedByCompany = new(
        "ended_by_company", Station.Renew, [Fixer.LoginPage],
        "The company ended the access of the person.",
        "Its backend called users:revoke.",
        "Ask the company, then connect again.",
        Compared.Decided);

    public static readonly Cause EndedByOperator = new(
        "ended_by_operator", Station.Renew, [Fixer.Operator],
        "An operator ended the access.",
        "The grant was revoked in the dashboard or over the management API. The audit log has the operator or API client, and the time.",
        "Ask the operator, then connect again.",
        Compared.Decided);

    public static readonly Cause EndedByPerson = new(
        "ended_by_person", Station.Renew, [Fixer.Person],
        "The person disconnected the program.",
        "It was done at the page of connected programs.",
        "Connect again, if the person wants it.",
        Compared.Decided);

    public static readonly Cause ReportedByPerson = new(
        "reported_by_person", Station.Renew, [Fixer.Operator],
        "The person disconnected a program that the person does not know.",
        "It was reported at the page of connected programs. Another person may have used the account.",
        "Compare network and program of this sign-in with those of the person. If they differ, lock the account at the login page.",
        Compared.Decided);

    public static readonly Cause ConsentRevoked = new(
        "consent_revoked", Station.Renew, [Fixer.Operator, Fixer.Person],
        "The consent was revoked, and the access with it.",
        "Revoking a consent ends every grant of the person for this client at this MCP server.",
        "Connect again and allow access.",
        Compared.Decided);

    public static readonly Cause OrganizationLeft = new(
        "organization_left", Station.Renew, [Fixer.LoginPage, Fixer.Person],
        "The access ended, because the person left the organisation that was chosen.",
        "The person chose the organisation on the consent page, and the newest report of the company does not name it.",
        "Report the organisation again, and connect again.",
        Compared.Of(FactNames.Organization));

    public static readonly Cause EndedByReplay = new(
        "ended_by_replay", Station.Renew, [Fixer.ClientVendor],
        "The access had ended, because a code or refresh token was used twice.",
        "An earlier event of this sign-in has the replay.",
        "Connect again, once per device.",
        Compared.Decided);

    public static readonly Cause ClientDeleted = new(
        "client_deleted", Station.Renew, [Fixer.Operator, Fixer.ClientVendor],
        "The access ended, because its client was deleted.",
        "An operator or the client itself deleted the registration.",
        "Connect again, so that the client registers anew.",
        Compared.ByConfiguration);

    public static readonly Cause ClientExpired = new(
        "client_expired", Station.Renew, [Fixer.Nobody],
        "The access ended, because the registration of its client expired.",
        "A registration that is not used for RegistrationLifetime expires.",
        "Connect again. The client registers anew by itself.",
        Compared.ByConfiguration);

    public static readonly Cause EndedByRestore = new(
        "ended_by_restore", Station.Renew, [Fixer.Nobody],
        "The access ended, because the database was restored from a backup.",
        "What was revoked since the backup is not known after a restore, so a restore ends all access.",
        "Connect again.",
        Compared.ByConfiguration);

    public static readonly Cause ClientChanged = new(
        "client_changed", Station.Renew, [Fixer.ClientVendor],
        "The access ended, because the client changed its name, redirect URIs or keys.",
        "The person consented to the client as it was before.",
        "Connect again and allow the changed client.",
        Compared.ByConfiguration);

    public static readonly Cause TokenOfAnotherClient = new(
        "token_of_another_client", Station.Renew, [Fixer.ClientVendor],
        "The client {client_id} wanted to revoke the token of another client.",
        "A client revokes its own tokens only (RFC 7009 section 2.1).",
        "Revoke with the client that got the token.",
        Compared.Of(FactNames.ClientId));

    public static readonly Cause NoToken = new(
        "no_token", Station.Renew, [Fixer.ClientVendor, Fixer.McpServer],
        "The request about a token has no token.",
        "Revocation and introspection need the parameter token.",
        "Send token.",
        Compared.MissingParameter);

    public static readonly Cause NotAResourceServer = new(
        "not_a_resource_server", Station.Renew, [Fixer.Operator, Fixer.McpServer],
        "The client {client_id} wanted to introspect a token and is not a resource server.",
        "Only a client that an operator created for the resource server introspects tokens.",
        "Create a client with use resource_server, and configure it in the MCP server.",
        Compared.ByConfiguration);

    public static readonly Cause OtherResourceServer = new(
        "other_resource_server", Station.Renew, [Fixer.McpServer],
        "The client {client_id} introspects at the endpoint of another resource.",
        "A resource server introspects the tokens of its own resource.",
        "Use the introspection endpoint of the resource of this client.",
        Compared.Of(FactNames.Resource));

    public static readonly Cause MayNotRevoke = new(
        "may_not_revoke", Station.Renew, [Fixer.Operator],
        "The API client {client_id} wanted to revoke a token and is not allowed to.",
        "Ending access needs the role management.",
        "Use an API client with the role management.",
        Compared.Of(FactNames.Role));

    public static readonly Cause InvalidBearer = new(
        "invalid_bearer", Station.Renew, [Fixer.Operator],
        "A token was to be revoked with a management token that is not valid.",
        "The bearer token is unknown or expired, or its API client may not be used from this address.",
        "Get a new management token from /oauth/token.",
        Compared.Secrets);

    public static readonly Cause ManagementTokenNotRevocable = new(
        "management_token_not_revocable", Station.Renew, [Fixer.Operator],
        "A management token was to be revoked, which is not possible.",
        "Management tokens are not stored. They end within minutes by themselves.",
        "Disable or delete the API client.",
        Compared.Secrets);
}
