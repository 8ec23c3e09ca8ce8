using System.Globalization;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Clients;

internal abstract record AuthenticatedClient
{
    private AuthenticatedClient() { }

    public sealed record OAuthClient(Client Client) : AuthenticatedClient;

    /// <summary>An API client, which requests a management token.</summary>
    public sealed record Backend(ApiClient Client) : AuthenticatedClient;

    /// <summary>The id of the client, or what was tried as one.</summary>
    public string Name => this switch
    {
        OAuthClient { Client: var client } => client.Id.Value,
        Backend { Client: var backend } => backend.Id.Value,
        Refused refused => refused.Tried ?? "",
    };

    /// <summary>The name by which an operator knows the client, as a fact of what is refused later.</summary>
    public Fact[] NameFacts => this switch
    {
        OAuthClient { Client: var client } => [Fact.Seen(FactNames.ClientName, client.Name)],
        Backend { Client: var backend } => [Fact.Seen(FactNames.ClientName, backend.Name)],
        Refused => [],
    };

    /// <param name="UsedBasic">Whether the 401 response has to name the scheme (RFC 6749 §5.2).</param>
    /// <param name="Tried">The client whose secret or assertion was wrong. Null when none was sent or checked.</param>
    public sealed record Refused(OAuthErrorResponse Refusal, bool UsedBasic, string? Tried = null) : AuthenticatedClient;
}

/// <summary>
/// Client authentication (OAuth 2.1 §2.4): none, <c>client_secret_post</c> or <c>_basic</c> (one class), or <see cref="ClientAssertion"/>.
/// A method of another class is refused. An empty secret of a public client counts as none. A bearer token in the Authorization header is
/// ignored, because SDKs send stale ones. Repeated failures are rate-limited; right credentials are always accepted.
/// </summary>
internal sealed class ClientAuthentication(
    ClientCache clients, ConfigurationCache configuration, ClientAssertion assertion, ListedClients listed, SecretUses uses,
    ApiClientAddresses addresses, ClientAddress address, RateLimits limits, TimeProvider clock)
{
    /// <summary>Parameters that must not be in a URL, because proxies, browser histories and referrers record it.</summary>
    private static readonly string[] NeverInTheUrl =
        ["client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "token"];

    public async Task<AuthenticatedClient> AuthenticateAsync(
        HttpRequest request, RequestParameters form, CancellationToken cancellationToken)
    {
        var outcome = await IdentifyAsync(request, form, cancellationToken);
        return outcome is AuthenticatedClient.Refused { Tried: { } tried } && limits.Failure(request.HttpContext, tried) is { } exceeded
            ? Refuse(OAuthErrorResponse.TooManyFailures(exceeded, "failed authentications").With(Fact.Sent(FactNames.ClientId, tried)))
            : outcome is AuthenticatedClient.Refused && limits.Spent(request.HttpContext) is { } spent
                ? Refuse(OAuthErrorResponse.TooManyRequests(spent, "requests"))
                : outcome;
    }

    /// <summary>Returns what the request cost, when its caller holds a credential that an operator made.</summary>
    public void GiveBackRequest(HttpContext http, AuthenticatedClient by)
    {
        if (by is AuthenticatedClient.Backend or AuthenticatedClient.OAuthClient
            {
                Client: { Origin: ClientOrigin.Operator, Class: not ClientClass.Public }
            })
        {
            limits.GiveBackRequest(http);
        }
    }

    private async Task<AuthenticatedClient> IdentifyAsync(HttpRequest request, RequestParameters form, CancellationToken cancellationToken)
    {
        if (Array.Find(NeverInTheUrl, request.Query.ContainsKey) is { } inUrl)
        {
            return Refuse(OAuthErrorResponse.SecretInQuery.With(Fact.Sent(FactNames.Parameter, inUrl)));
        }

        var headers = BasicCredentials.HeadersOf(request);
        if (headers.Count + (form["client_secret"] is null ? 0 : 1) + (form["client_assertion"] is null ? 0 : 1) > 1)
        {
            return Refuse(OAuthErrorResponse.TwoMethods);
        }

        if (form["client_assertion"] is { } asserted)
        {
            return await AssertedAsync(request, form, asserted, cancellationToken);
        }

        var basic = headers.Count == 0 ? null : BasicCredentials.Read(headers[0]);
        if (basic is { IsReadable: false })
        {
            return Refuse(OAuthErrorResponse.UnreadableCredentials, usedBasic: true, tried: "");
        }

        var id = basic?.Id ?? form["client_id"];
        if (id is null)
        {
            return Refuse(OAuthErrorResponse.NoClient);
        }

        if (basic is not null && form["client_id"] is { } other && !basic.IdCandidates.Contains(other, StringComparer.Ordinal))
        {
            return Refuse(OAuthErrorResponse.TwoMethods);
        }

        var tried = basic is null && form["client_secret"] is null ? null : id;
        IReadOnlyList<string> secrets = basic?.SecretCandidates ?? (form["client_secret"] is { } posted ? [posted] : []);
        foreach (var candidate in basic?.IdCandidates ?? [id])
        {
            if (ApiClientId.Parse(candidate) is { } apiId && configuration.Current.Find(apiId) is { IsEnabled: true } api)
            {
                return IsOneOf(api.Secrets, secrets)
                    ? Admit(api, request, basic is not null)
                    : Refuse(
                        (secrets.Count == 0 ? OAuthErrorResponse.MissingSecretOfApiClient : OAuthErrorResponse.WrongSecret).With(
                        [
                            Fact.Sent(FactNames.ClientId, apiId.Value), Fact.Seen(FactNames.ClientName, api.Name),
                            Fact.Sent(FactNames.TokenEndpointAuthMethod, MethodOf(basic, secrets)),
                            Fact.Expected(
                                FactNames.TokenEndpointAuthMethod, api.Secrets.Count > 0 ? "client_secret_basic" : "private_key_jwt"),
                            .. HintsOf(api.Secrets, secrets),
                        ]),
                        basic is not null, tried);
            }

            if (ClientId.Parse(candidate) is { } clientId
                && await clients.FindAsync(clientId, cancellationToken) is { IsEnabled: true } client)
            {
                return Check(client, secrets, MethodOf(basic, secrets)) is { } refusal
                    ? Refuse(refusal, basic is not null, tried)
                    : new AuthenticatedClient.OAuthClient(client);
            }
        }

        return Refuse(Dead(id), basic is not null, tried);
    }

    /// <summary>Accepts the credential of an API client from its allowed addresses; elsewhere it is answered like a wrong one.</summary>
    private AuthenticatedClient Admit(ApiClient client, HttpRequest request, bool usedBasic = false) =>
        addresses.Check(client, address.Of(request.HttpContext))
            ? new AuthenticatedClient.Backend(client)
            : Refuse(
                OAuthErrorResponse.ClientAddressNotAllowed.With(
                [
                    Fact.Sent(FactNames.ClientId, client.Id.Value), Fact.Seen(FactNames.ClientName, client.Name),
                    .. ApiClientAddresses.FactsOf(client, address.Of(request.HttpContext)),
                ]),
                usedBasic);

    private async Task<AuthenticatedClient> AssertedAsync(
        HttpRequest request, RequestParameters form, string text, CancellationToken cancellationToken)
    {
        if (form["client_assertion_type"] != OAuthErrorResponse.AssertionType)
        {
            return Refuse(OAuthErrorResponse.WrongAssertionType.With(
                Fact.Sent(FactNames.ClientAssertionType, form["client_assertion_type"] ?? SentParameters.Missing),
                Fact.Expected(FactNames.ClientAssertionType, OAuthErrorResponse.AssertionType)));
        }

        if (AssertionJwt.Read(text) is not { } read || (form["client_id"] is { } named && named != read.Subject))
        {
            return Refuse(
                OAuthErrorResponse.AssertionRefused("It is not a signed JWT of the client that client_id names.").Sent(form),
                tried: form["client_id"] ?? "");
        }

        if (ApiClientId.Parse(read.Subject) is { } apiId)
        {
            return configuration.Current.Find(apiId) is not { IsEnabled: true } api
                ? Refuse(Dead(apiId.Value), tried: apiId.Value)
                : await assertion.ValidateAsync(
                    request.HttpContext, apiId.Value, api.Keys, isListed: true, read, cancellationToken) is { } wrong
                    ? Refuse(
                        wrong.With(Fact.Sent(FactNames.ClientId, apiId.Value)),
                        tried: wrong.Status == StatusCodes.Status401Unauthorized ? apiId.Value : null)
                : Admit(api, request);
        }

        if (ClientId.Parse(read.Subject) is not { } id
            || await clients.FindAsync(id, cancellationToken) is not { IsEnabled: true } client)
        {
            return Refuse(Dead(read.Subject), tried: read.Subject);
        }

        // The client authenticates with a key from here on, and its grant is bound to that.
        return await assertion.ValidateAsync(
            request.HttpContext, client.Id.Value, client.Keys, listed.Includes(client), read, cancellationToken) is { } refusal
            ? Refuse(
                refusal.With(Fact.Sent(FactNames.ClientId, id.Value)),
                tried: refusal.Status == StatusCodes.Status401Unauthorized ? id.Value : null)
            : new AuthenticatedClient.OAuthClient(client with { Class = ClientClass.Key });
    }

    private OAuthErrorResponse? Check(Client client, IReadOnlyList<string> secrets, string method)
    {
        var refusal = client.Class switch
        {
            ClientClass.Public => secrets.Any(s => s.Length > 0) ? OAuthErrorResponse.WrongMethod : null,
            ClientClass.Secret => secrets.Count == 0 ? OAuthErrorResponse.MissingSecret
                : IsOneOf(client.Secrets, secrets) ? null
                : OAuthErrorResponse.WrongSecret,
            _ => OAuthErrorResponse.WrongMethod,
        };
        return refusal?.With(
        [
            Fact.Sent(FactNames.ClientId, client.Id.Value), Fact.Seen(FactNames.ClientName, client.Name),
            Fact.Sent(FactNames.TokenEndpointAuthMethod, method),
            Fact.Expected(FactNames.TokenEndpointAuthMethod, client.TokenEndpointAuthMethod),
            .. HintsOf(client.Secrets, secrets),
        ]);
    }

    /// <summary>
    /// Of a secret that was sent only the length, because it may be that of another system; of the registered ones the end, which the
    /// management API shows too, and the age. Nothing when none was sent.
    /// </summary>
    private Fact[] HintsOf(IReadOnlyList<ClientSecret> registered, IReadOnlyList<string> given) => given.Count == 0 ? [] :
    [
        Fact.Sent(FactNames.SecretHint, SentParameters.Length(given[0])),
        .. registered.Select(secret => Fact.Expected(FactNames.SecretHint, HintOf(secret))),
    ];

    private string HintOf(ClientSecret secret)
    {
        var now = clock.GetUtcNow();
        var state = secret.IsGood(now) ? "" : secret.IsActive ? ", expired" : ", disabled";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"ends in {secret.Suffix}, created {secret.CreatedAt.UtcDateTime:u}, {(now - secret.CreatedAt).Days} days old{state}");
    }

    /// <summary>The method that the request used.</summary>
    private static string MethodOf(BasicCredentials? basic, IReadOnlyList<string> secrets) =>
        basic is not null ? "client_secret_basic"
        : secrets.Count > 0 ? "client_secret_post"
        : "none";

    /// <param name="given">The possible readings of the secret that was sent.</param>
    private bool IsOneOf(IReadOnlyList<ClientSecret> secrets, IReadOnlyList<string> given)
    {
        var now = clock.GetUtcNow();
        if (given.Select(s => ClientSecret.Matching(secrets, new Secret(s), now)).FirstOrDefault(s => s is not null) is not { } used)
        {
            return false;
        }

        uses.Note(used.Id, now);
        return true;
    }

    private static OAuthErrorResponse Dead(string client) => OAuthErrorResponse.DeadClient.With(Fact.Sent(FactNames.ClientId, client));

    private static AuthenticatedClient.Refused Refuse(OAuthErrorResponse refusal, bool usedBasic = false, string? tried = null) =>
        new(refusal, usedBasic, tried);
}
