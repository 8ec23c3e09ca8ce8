using System.Globalization;
using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Authorize;

internal abstract record AuthorizeOutcome
{
    private AuthorizeOutcome() { }

    public sealed record Accepted(AcceptedRequest Request) : AuthorizeOutcome;

    /// <summary>An error page: the redirect URI is unknown, or the cause lies with this server (OAuth 2.1 §4.1.2.1).</summary>
    public sealed record Page(ErrorPage Refusal) : AuthorizeOutcome;

    /// <summary>An error for the client; its redirect URI is valid (OAuth 2.1 §4.1.2.1).</summary>
    public sealed record Answer(AuthorizationError Error, Client Client, string RedirectUri) : AuthorizeOutcome;
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

    /// <summary>The number of resources that are recorded as expected.</summary>
    private const int MaxExpected = 5;

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
            return new AuthorizeOutcome.Page(AuthorizeErrors.StateTooLong.With(Fact.Expected(FactNames.State, "8192 bytes")));
        }

        var error = (client.RequiresPush && !isPushed ? AuthorizationResponseErrors.PushRequired : null)
            ?? CheckForm(request) ?? AuthorizationParameters.Check(request) ?? CheckPkce(request) ?? CheckPrompt(request);
        if (error is not null)
        {
            return new AuthorizeOutcome.Answer(error, client, redirectUri);
        }

        if (target is not { } resource)
        {
            return new AuthorizeOutcome.Answer(TargetError(request, entry, configuration), client, redirectUri);
        }

        if (AdmissionError(client, resource) is { } refusal)
        {
            return new AuthorizeOutcome.Page(
                refusal.Cause == AskCauses.ClientOfAnotherResource ? WithHome(refusal, request, client, resource, configuration) : refusal);
        }

        if (configuration.UsableConnectionOf(resource) is not { } connection)
        {
            return new AuthorizeOutcome.Page(AuthorizeErrors.NoConnection);
        }

        if (!client.Allows(GrantType.AuthorizationCodeName))
        {
            return new AuthorizeOutcome.Answer(AuthorizationResponseErrors.GrantTypeNotRegistered, client, redirectUri);
        }

        return OfferedScope.ToPerson(client, resource, Scope.Parse(request["scope"]), namesResource: request.All("resource").Any()) switch
        {
            OfferedScope.Nothing => new AuthorizeOutcome.Answer(
                AuthorizationResponseErrors.NoScope.With(Fact.Expected(FactNames.Scope, resource.GrantableScope.ToString())), client,
                redirectUri),
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
            return AuthorizeErrors.RepeatedRedirectUri.With(Registered(client, sent: null));
        }

        if (request["redirect_uri"] is not { } requested)
        {
            if (client.RedirectUris.Count != 1)
            {
                return AuthorizeErrors.MissingRedirectUri.With(
                    [Fact.Sent(FactNames.RedirectUri, SentParameters.Missing), .. Registered(client, sent: null)]);
            }

            redirectUri = client.RedirectUris[0];
            return RedirectUri.Validate(redirectUri, schemes) is { } wrong
                ? AuthorizeErrors.RedirectUriNotAllowed(wrong).With(Registered(client, sent: null))
                : null;
        }

        if (client.RedirectUris.FirstOrDefault(uri => RedirectUri.Matches(uri, requested)) is not { } registered)
        {
            return AuthorizeErrors.UnregisteredRedirectUri.With(Registered(client, requested));
        }

        redirectUri = requested;
        return RedirectUri.Validate(registered, schemes) is { } what ? AuthorizeErrors.RedirectUriNotAllowed(what) : null;
    }

    /// <summary>All registered redirect URIs, the most similar one first.</summary>
    private static Fact[] Registered(Client client, string? sent) =>
        [.. CauseText.NearestFirst(client.RedirectUris, sent).Select(uri => Fact.Expected(FactNames.RedirectUri, uri))];

    /// <summary>Adds the resource that was asked for and the one where the client is registered.</summary>
    private static ErrorPage WithHome(
        ErrorPage refusal, RequestParameters request, Client client, Resource asked, ConfigurationSnapshot configuration) => refusal.With(
    [
        .. request["resource"] is null ? [Fact.Sent(FactNames.Resource, asked.Uri)] : Array.Empty<Fact>(),
        .. client.ResourceId is { } home && configuration.Find(home) is { } registered
            ? [Fact.Expected(FactNames.Resource, registered.Uri)]
            : Array.Empty<Fact>(),
    ]);

    private static AuthorizationError TargetError(RequestParameters request, Issuer entry, ConfigurationSnapshot configuration)
    {
        var expected = entry.Resource is { } own && configuration.Find(own) is { } resource ? [resource] : configuration.Resources;
        var sent = request["resource"];
        return (sent is null ? AuthorizationResponseErrors.NoTarget : AuthorizationResponseErrors.UnknownTarget).With(
        [
            .. sent is null ? [Fact.Sent(FactNames.Resource, SentParameters.Missing)] : Array.Empty<Fact>(),
            .. CauseText.NearestFirst(expected.Select(r => r.Uri), sent).Take(MaxExpected)
                .Select(uri => Fact.Expected(FactNames.Resource, uri)),
        ]);
    }

    private static AuthorizationError? CheckForm(RequestParameters request)
    {
        if (request.Repeated(
            "response_type", "response_mode", "scope", "state", "code_challenge", "code_challenge_method", "prompt", "max_age",
            "acr_values", "login_hint", "ui_locales", "nonce", "request",
            "request_uri") is { } repeated)
        {
            return AuthorizationResponseErrors.Repeated(repeated);
        }

        if (request["request"] is not null)
        {
            return AuthorizationResponseErrors.RequestObject;
        }

        if (request["request_uri"] is not null)
        {
            return AuthorizationResponseErrors.ForeignRequestUri;
        }

        return request["response_type"] switch
        {
            null => AuthorizationResponseErrors.ResponseTypeMissing,
            "code" => request["response_mode"] is null or "query" or "form_post"
                ? null
                : AuthorizationResponseErrors.ResponseModeNotSupported,
            _ => AuthorizationResponseErrors.ResponseTypeNotSupported,
        };
    }

    private static AuthorizationError? CheckPkce(RequestParameters request) =>
        request["code_challenge"] is not { } challenge ? AuthorizationResponseErrors.PkceMissing
        : request["code_challenge_method"] is not { } method
            ? AuthorizationResponseErrors.PkceMethod.With(Fact.Sent(FactNames.CodeChallengeMethod, SentParameters.Missing))
        : method != Pkce.Method ? AuthorizationResponseErrors.PkceMethod
        : !Pkce.IsChallenge(challenge) ? AuthorizationResponseErrors.PkceMalformed(challenge)
        : null;

    private static AuthorizationError? CheckPrompt(RequestParameters request)
    {
        if (request["max_age"] is { } age
            && !(long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxMaxAge))
        {
            return AuthorizationResponseErrors.MaxAgeMalformed.With(
                Fact.Sent(FactNames.MaxAge, age), Fact.Expected(FactNames.MaxAge, $"a number of seconds, at most {MaxMaxAge}"));
        }

        return request["prompt"] is { } prompt && Scope.Parse(prompt).Contains("none")
            ? AuthorizationResponseErrors.PromptNone.With(
                Fact.Sent(FactNames.Prompt, prompt), Fact.Expected(FactNames.Prompt, "login, consent or nothing"))
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
        PageOf(ClientAdmission.RefusalOf(client, resource), client.Id.DocumentUrl, resource);

    /// <summary>The hosts that the resource accepts, and those that it does not.</summary>
    private static Fact[] HostsOf(Resource resource) =>
    [
        .. (resource.CimdAllowedHosts ?? []).Take(MaxExpected).Select(host => Fact.Expected(FactNames.Host, host)),
        .. (resource.CimdDeniedHosts ?? []).Take(MaxExpected).Select(host => Fact.Expected(FactNames.Host, $"not {host}")),
    ];

    /// <summary>Returns null when the document may be fetched: the resource, or any if none is requested, accepts its host.</summary>
    public static ErrorPage? FetchError(Resource? resource, string url, ConfigurationSnapshot configuration) => resource is not null
        ? AdmissionError(url, resource)
        : configuration.Resources.Any(r => AdmissionError(url, r) is null) ? null : ClientMetadataErrors.NotAccepted;

    private static ErrorPage? AdmissionError(string documentUrl, Resource resource) =>
        PageOf(ClientAdmission.RefusalOf(documentUrl, resource), documentUrl, resource);

    private static ErrorPage? PageOf(ClientRefusal? refusal, string? documentUrl, Resource resource) => refusal switch
    {
        null => null,
        ClientRefusal.Blocked => AuthorizeErrors.BlockedClient,
        ClientRefusal.OfAnotherResource => AuthorizeErrors.ClientOfAnotherResource,
        ClientRefusal.RegistrationClosed => AuthorizeErrors.RegistrationClosed,
        ClientRefusal.NoInitialToken => AuthorizeErrors.NoInitialToken,
        ClientRefusal.DocumentsOff => ClientMetadataErrors.NotAccepted,
        ClientRefusal.DocumentHost => ClientMetadataErrors.HostNotAccepted(ClientIdUrl.HostOf(documentUrl!)).With(HostsOf(resource)),
        _ => throw new InvalidOperationException($"no page for {refusal}"),
    };
}
