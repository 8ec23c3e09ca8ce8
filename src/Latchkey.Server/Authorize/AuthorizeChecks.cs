using System.Globalization;
using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Authorize;

internal abstract record AuthorizeOutcome
{
    private AuthorizeOutcome() { }

    public sealed record Accepted(AcceptedRequest Request) : AuthorizeOutcome;

    /// <summary>An error page: the redirect URI is unknown, or the cause lies with this server (OAuth 2.1 §4.1.2.1).</summary>
    public sealed record Page(ErrorPage Refusal) : AuthorizeOutcome;

    /// <summary>An error for the client; its redirect URI is valid (OAuth 2.1 §4.1.2.1).</summary>
    public sealed record Answer(OAuthError Error, Client Client, string RedirectUri) : AuthorizeOutcome;
}

/// <summary>
/// Checks the authorization request (OAuth 2.1 §4.1.1, RFC 8707 §2, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1):
/// 1. client and redirect URI, whose errors are pages; 2. everything else, whose errors go to the redirect URI. Nothing is written.
/// </summary>
internal static class AuthorizeChecks
{
    private const long MaxMaxAge = 365L * 24 * 3600;

    /// <summary>Several values must mean the same resource, so more of them than this say nothing.</summary>
    private const int MaxIndicators = 3;

    /// <summary>Step 1a: the client id.</summary>
    public static ErrorPage? ValidateClientId(RequestParameters request) =>
        request.Repeated("client_id") is not null ? AuthorizeErrors.RepeatedClient
        : request["client_id"] is null ? AuthorizeErrors.MissingClient
        : null;

    /// <summary>Steps 1b and 2: the redirect URI, and everything else.</summary>
    /// <param name="isPushed">Whether the request was pushed (RFC 9126).</param>
    public static AuthorizeOutcome Check(
        RequestParameters request, Issuer entry, Client client, ConfigurationSnapshot configuration, bool isPushed)
    {
        var target = ResourceOf(request, entry, client.ResourceId, configuration);
        if (RedirectUriOf(request, client, target?.RedirectSchemes ?? [], out var redirectUri) is { } page)
        {
            return new AuthorizeOutcome.Page(page);
        }

        if (AuthorizationParameters.IsStateTooLong(request))
        {
            return new AuthorizeOutcome.Page(AuthorizeErrors.StateTooLong);
        }

        OAuthError? error = (client.RequiresPush && !isPushed
            ? OAuthError.InvalidRequest("This client must push its authorization requests first (RFC 9126).")
            : null)
            ?? CheckForm(request) ?? AuthorizationParameters.Check(request) ?? CheckPkce(request) ?? CheckPrompt(request, out _);
        if (error is not null)
        {
            return new AuthorizeOutcome.Answer(error, client, redirectUri);
        }

        if (target is not { } resource)
        {
            return new AuthorizeOutcome.Answer(
                OAuthError.InvalidTarget(
                    "The parameter resource must be the URI of one registered MCP server; see the server's protected resource metadata."),
                client,
                redirectUri);
        }

        if (AdmissionError(client, resource) is { } refusal)
        {
            return new AuthorizeOutcome.Page(refusal);
        }

        if (configuration.UsableConnectionOf(resource) is not { } connection)
        {
            return new AuthorizeOutcome.Page(AuthorizeErrors.NoConnection);
        }

        if (!client.Allows(GrantType.AuthorizationCodeName))
        {
            return new AuthorizeOutcome.Answer(
                OAuthError.UnauthorizedClient("This client is not allowed to use the authorization code grant."), client, redirectUri);
        }

        return OfferedScope.ToPerson(client, resource, Scope.Parse(request["scope"]), namesResource: request.All("resource").Any()) switch
        {
            OfferedScope.Nothing => new AuthorizeOutcome.Answer(AuthorizeErrors.NoScope, client, redirectUri),
            OfferedScope.Some offered => Accept(request, redirectUri, entry, client, resource, connection, offered),
        };
    }

    private static AuthorizeOutcome.Accepted Accept(
        RequestParameters request, string redirectUri, Issuer entry, Client client, Resource resource, Connection connection,
        OfferedScope.Some offered) =>
        new(new(
            new AuthorizationRequest
            {
                RedirectUri = redirectUri,
                Scope = offered.Scope.ToString(),
                UntickedScope = offered.Unticked.Count > 0 ? offered.Unticked.ToString() : null,
                CodeChallenge = request["code_challenge"]!,
                ResponseMode = request["response_mode"] == "form_post" ? ResponseMode.FormPost : ResponseMode.Query,
                Issuer = entry.Value,
                State = request["state"],
                Prompt = request["prompt"],
                MaxAge = long.TryParse(request["max_age"], NumberStyles.None, CultureInfo.InvariantCulture, out var maxAge) ? maxAge : null,
                AcrValues = request["acr_values"],
                LoginHint = request["login_hint"],
                UiLocales = request["ui_locales"],
                Nonce = request["nonce"],
                ResourceIndicators = request.All("resource").Any()
                    ? [.. request.All("resource").Distinct(StringComparer.Ordinal).Take(MaxIndicators)]
                    : null,
            },
            client,
            resource,
            connection)
        {
            Quirks = [.. AuthorizationRequestQuirks.QuirksOf(request, redirectUri, client, resource)],
        });

    /// <summary>
    /// Finds the redirect URI among the registered ones (OAuth 2.1 §2.3.1) and checks it against the current rules too, because it may have
    /// been stored before they applied.
    /// </summary>
    /// <param name="schemes">The private-use schemes that the operator added at the resource.</param>
    private static ErrorPage? RedirectUriOf(
        RequestParameters request, Client client, IReadOnlyList<string> schemes, out string redirectUri)
    {
        redirectUri = "";
        if (request.Repeated("redirect_uri") is not null)
        {
            return AuthorizeErrors.RepeatedRedirectUri;
        }

        if (request["redirect_uri"] is not { } requested)
        {
            if (client.RedirectUris.Count != 1)
            {
                return AuthorizeErrors.MissingRedirectUri;
            }

            redirectUri = client.RedirectUris[0];
            return RedirectUri.Validate(redirectUri, schemes) is { } wrong ? AuthorizeErrors.RedirectUriNotAllowed(wrong) : null;
        }

        if (client.RedirectUris.FirstOrDefault(uri => RedirectUri.Matches(uri, requested)) is not { } registered)
        {
            return AuthorizeErrors.UnregisteredRedirectUri;
        }

        redirectUri = requested;
        return RedirectUri.Validate(registered, schemes) is { } what ? AuthorizeErrors.RedirectUriNotAllowed(what) : null;
    }

    private static OAuthError? CheckForm(RequestParameters request)
    {
        if (request.Repeated(
            "response_type", "response_mode", "scope", "state", "code_challenge", "code_challenge_method", "prompt", "max_age",
            "acr_values", "login_hint", "ui_locales", "nonce", "request",
            "request_uri") is { } repeated)
        {
            return OAuthError.InvalidRequest($"The parameter {repeated} was sent more than once.");
        }

        if (request["request"] is not null)
        {
            return new OAuthError("request_not_supported", "Request objects are not supported; send the parameters themselves.");
        }

        if (request["request_uri"] is not null)
        {
            return new OAuthError("request_uri_not_supported", "This request_uri is not one that this server issued.");
        }

        return request["response_type"] switch
        {
            null => OAuthError.InvalidRequest("The parameter response_type is missing; it must be code."),
            "code" => request["response_mode"] is null or "query" or "form_post"
                ? null
                : OAuthError.InvalidRequest("The parameter response_mode must be query or form_post."),
            _ => OAuthError.UnsupportedResponseType("The parameter response_type must be code."),
        };
    }

    private static OAuthError? CheckPkce(RequestParameters request) =>
        request["code_challenge"] is not { } challenge
            ? OAuthError.InvalidRequest("The parameter code_challenge is missing; PKCE with S256 is required.")
        : request["code_challenge_method"] != Pkce.Method ? OAuthError.InvalidRequest("The parameter code_challenge_method must be S256.")
        : !Pkce.IsChallenge(challenge)
            ? OAuthError.InvalidRequest("The parameter code_challenge must be a base64url-encoded SHA-256 hash of 43 characters.")
        : null;

    private static OAuthError? CheckPrompt(RequestParameters request, out string? prompt)
    {
        prompt = request["prompt"];
        if (request["max_age"] is { } age
            && !(long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxMaxAge))
        {
            return OAuthError.InvalidRequest("The parameter max_age must be a number of seconds.");
        }

        // This server keeps no session, so it cannot sign a person in without the connection's login page.
        return prompt is not null && Scope.Parse(prompt).Contains("none")
            ? OAuthError.LoginRequired("This server keeps no session; the person must sign in at the login page.")
            : null;
    }

    /// <summary>The requested resource (RFC 8707 §2). Default: that of the issuer, the client's own, or the only one.</summary>
    /// <param name="home">The resource where the client was registered.</param>
    public static Resource? ResourceOf(RequestParameters request, Issuer entry, ResourceId? home, ConfigurationSnapshot configuration)
    {
        var entryResource = entry.Resource is { } id ? configuration.Find(id) : null;
        var named = request.All("resource").Take(AuthorizationParameters.MaxResources + 1).ToList();
        if (named.Count > AuthorizationParameters.MaxResources)
        {
            return null;
        }

        var indicated = named.Select(text => Indicated(text, entryResource, configuration)).ToList();
        if (indicated.Count > 0)
        {
            return indicated.All(r => r is not null && r.Id == indicated[0]?.Id)
                && (entryResource is null || indicated[0]!.Id == entryResource.Id)
                    ? indicated[0]
                    : null;
        }

        return entryResource
            ?? (home is { } own ? configuration.Find(own) : null)
            ?? (configuration.Resources.Count == 1 ? configuration.Resources[0] : null);
    }

    private static Resource? Indicated(string text, Resource? entryResource, ConfigurationSnapshot configuration)
    {
        if (ResourceUri.Canonical(text) is not { } canonical)
        {
            return null;
        }

        if (configuration.FindByUri(canonical) is { } exact)
        {
            return exact;
        }

        // Some clients send the origin of the MCP server instead of its URI.
        if (entryResource is not null)
        {
            return ResourceUri.Origin(entryResource.CanonicalUri) == canonical ? entryResource : null;
        }

        var atOrigin = configuration.Resources.Where(r => ResourceUri.Origin(r.CanonicalUri) == canonical).Take(2).ToList();
        return atOrigin.Count == 1 ? atOrigin[0] : null;
    }

    /// <summary>Checks the client against the resource's current policy. Runs at every authorization and for every client.</summary>
    public static ErrorPage? AdmissionError(Client client, Resource resource) =>
        PageOf(ClientAdmission.RefusalOf(client, resource), client.Id.DocumentUrl);

    /// <summary>Returns null when the document may be fetched: the resource, or any if none is requested, accepts its host.</summary>
    public static ErrorPage? FetchError(Resource? resource, string url, ConfigurationSnapshot configuration) => resource is not null
        ? AdmissionError(url, resource)
        : configuration.Resources.Any(r => AdmissionError(url, r) is null) ? null : ClientMetadataErrors.NotAccepted;

    private static ErrorPage? AdmissionError(string documentUrl, Resource resource) =>
        PageOf(ClientAdmission.RefusalOf(documentUrl, resource), documentUrl);

    private static ErrorPage? PageOf(ClientRefusal? refusal, string? documentUrl) => refusal switch
    {
        null => null,
        ClientRefusal.Blocked => AuthorizeErrors.UnknownClient,
        ClientRefusal.OfAnotherResource => AuthorizeErrors.ClientOfAnotherResource,
        ClientRefusal.RegistrationClosed => AuthorizeErrors.RegistrationClosed,
        ClientRefusal.NoInitialToken => AuthorizeErrors.NoInitialToken,
        ClientRefusal.DocumentsOff => ClientMetadataErrors.NotAccepted,
        ClientRefusal.DocumentHost => ClientMetadataErrors.HostNotAccepted(ClientIdUrl.HostOf(documentUrl!)),
        _ => throw new InvalidOperationException($"no page for {refusal}"),
    };
}
