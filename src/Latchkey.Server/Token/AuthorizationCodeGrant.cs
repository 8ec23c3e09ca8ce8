using System.Globalization;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Keys;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=authorization_code</c> (OAuth 2.1 §4.1.3):
/// 1. The code identifies its login request and is verified. 2. Client, PKCE verifier, redirect URI, resource, expiry and the present
/// policy are checked. 3. One conditional update creates the grant: of several redemptions exactly one succeeds. 4. A replay with the right
/// client and verifier ends the grant, except within the grace period for doubled requests. Any other replay ends nothing, because a stolen
/// code alone must not be enough to end a grant.
/// </summary>
internal sealed class AuthorizationCodeGrant(
    LoginRequestStore authRequests,
    GrantStore grants,
    LoginSecrets secrets,
    RefreshTokenFamily family,
    KeyRing keys,
    TokenIssuer issuer,
    PresentPolicy policy,
    ConfigurationCache configuration,
    RateLimits limits,
    SignInRecorder signIns,
    RefusalLog refusals,
    Settings settings,
    TimeProvider clock)
{
    public async Task<TokenOutcome> RedeemAsync(TokenRequest token, CancellationToken cancellationToken)
    {
        var (client, form) = (token.Client, token.Form);
        if (form["code"] is not { } code)
        {
            return TokenOutcome.No(OAuthErrorResponse.NoCode);
        }

        if (LoginSecrets.ClaimedByCode(code) is not { } id
            || await authRequests.FindAsync(id, cancellationToken) is not { } request
            || !secrets.IsCode(request.Details, code)
            || request.Details.Purpose is not LoginPurpose.Authorization)
        {
            return TokenOutcome.No(OAuthErrorResponse.UnknownCode);
        }

        var outcome = await RedeemAsync(request, client, form, token.Issuer, cancellationToken);
        return outcome is TokenOutcome.Refused { Refusal: var refusal } ? Refuse(token, request, refusal) : outcome;
    }

    /// <summary>Records a refusal in the sign-in of the code, as long as the attempts with this code are within their limit.</summary>
    private TokenOutcome Refuse(TokenRequest token, LoginRequest request, OAuthErrorResponse refusal)
    {
        var (signIn, id) = (request.Details.AuthorizationId, request.Details.Id);
        if (limits.FailureOfGrant(id.Value) is { } exceeded)
        {
            var tooMany = OAuthErrorResponse.TooManyFailures(exceeded, "refused attempts with this code").Of(signIn, id, isRecorded: true);
            if (exceeded.IsFirst)
            {
                refusals.Recorded(token.Http, signIn, id, "token.refused", tooMany.Cause, SentParameters.Of(token.Form, []));
            }

            return TokenOutcome.No(tooMany with { Exceeded = null });
        }

        var sent = refusal.Sent(token.Form);
        refusals.Recorded(token.Http, signIn, id, "token.refused", sent.Cause, sent.Facts);
        return TokenOutcome.No(sent.Of(signIn, id, isRecorded: true));
    }

    private async Task<TokenOutcome> RedeemAsync(
        LoginRequest request, Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        if (Validate(request.Details, client, form) is { } refusal)
        {
            return TokenOutcome.No(refusal);
        }

        return request switch
        {
            LoginRequest.Exchanged exchanged => await ReplayAsync(exchanged, cancellationToken),
            LoginRequest.AwaitingExchange waiting when waiting.CodeBy <= clock.GetUtcNow() =>
                TokenOutcome.No(OAuthErrorResponse.CodeExpired.With(Deadlines.FactsOf(waiting, clock.GetUtcNow()))),
            LoginRequest.AwaitingExchange waiting => await ExchangeAsync(waiting, client, form, entry, cancellationToken),
            _ => TokenOutcome.No(OAuthErrorResponse.CodeNotIssued),
        };
    }

    private static OAuthErrorResponse? Validate(LoginRequestDetails details, Client client, RequestParameters form) =>
        details.ClientId != client.Id
            ? OAuthErrorResponse.CodeOfAnotherClient.With(Fact.Expected(FactNames.ClientId, details.ClientId.Value))
        : form["code_verifier"] is not { } verifier ? OAuthErrorResponse.NoVerifier
        : !Pkce.Verifies(details.Request.CodeChallenge, verifier) ? OAuthErrorResponse.WrongVerifier.With(
            Fact.Sent(FactNames.CodeChallenge, Beginning(Pkce.ChallengeOf(verifier))),
            Fact.Expected(FactNames.CodeChallenge, Beginning(details.Request.CodeChallenge)))
        : form["redirect_uri"] is { } redirectUri && redirectUri != details.Request.RedirectUri
            ? OAuthErrorResponse.WrongRedirectUri.With(Fact.Expected(FactNames.RedirectUri, details.Request.RedirectUri))
        : null;

    /// <summary>Enough of a challenge to see whether it is that of another attempt.</summary>
    private static string Beginning(string challenge) => $"{challenge[..Math.Min(8, challenge.Length)]}…";

    private async Task<TokenOutcome> ExchangeAsync(
        LoginRequest.AwaitingExchange waiting, Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        var answer = policy.Of(waiting, client);
        if (answer is not PolicyAnswer.Allowed { Resource: var resource })
        {
            var why = ((PolicyAnswer.Refused)answer).Why;
            return TokenOutcome.No(OAuthErrorResponse.ChangedBeforeExchange.With(
                Fact.Seen(FactNames.Reason, PolicyRefusals.Sentence(why))));
        }

        if (!TargetResource.IsMeant(resource, form, entry))
        {
            return TokenOutcome.No(OAuthErrorResponse.WrongResource.With(Fact.Expected(FactNames.Resource, resource.Uri)));
        }

        if (OfferedScope.OfGrant(client, resource, waiting.Scope, Scope.Empty) is not OfferedScope.Some { Scope: var scope })
        {
            return TokenOutcome.No(OAuthErrorResponse.NothingOfGrant.With(Fact.Expected(FactNames.Scope, waiting.Scope.ToString())));
        }

        var grant = NewGrant(waiting, scope, client, resource, form.All("resource"));
        if (await grants.ExchangeAsync(grant, waiting.Details.Id, cancellationToken) is not { } user)
        {
            return await authRequests.FindAsync(waiting.Details.Id, cancellationToken) is LoginRequest.Exchanged exchanged
                ? await ReplayAsync(exchanged, cancellationToken)
                : TokenOutcome.No(OAuthErrorResponse.CodeNotIssued);
        }

        // The person was taken out of the organisation after the decision.
        if (GrantAndUser.HasLeft(grant.Organization, user))
        {
            await grants.EndAsync(grant.Id, GrantEnd.OrganizationLeft, clock.GetUtcNow(), cancellationToken);
            return TokenOutcome.No(OAuthErrorResponse.LeftOrganization(
                grant.Organization!, user.EveryOrganization.Select(o => o.ExternalId)));
        }

        signIns.Record(
            waiting.Details.AuthorizationId, waiting.Details.Id, "token.issued",
            [
                Fact.Seen("client_id", client.Id.Value), Fact.Seen("scope", grant.Scope.ToString()), Fact.Seen("grant_id", grant.Id.Value),
            ],
            new() { Outcome = SignInOutcome.Connected, Station = Station.Token, GrantId = grant.Id });
        var lifetime = grant.AccessTokenLifetime(resource, clock.GetUtcNow());
        var accessToken = issuer.Issue(grant, user, resource, grant.Scope, lifetime, asked: []);
        var response = new TokenResponse(
            accessToken,
            "Bearer",
            (long)lifetime.TotalSeconds,
            grant.RefreshKey is { } key ? family.TokenOf(grant.Id, key, generation: 0).Value : null,
            grant.Scope.ToString(),
            grant.Scope.Contains(Scope.OpenId)
                ? issuer.IssueIdToken(client, grant, user, grant.Scope, accessToken, waiting.Details.Request.Nonce)
                : null);
        SignInCounts.Connected(waiting.Details.Request.Family);
        return new TokenOutcome.Issued(response, waiting.Details.AuthorizationId) { PushedBytes = waiting.Details.Request.PushedBytes };
    }

    /// <param name="asked">The values of <c>resource</c> in the token request.</param>
    private Grant NewGrant(
        LoginRequest.AwaitingExchange waiting, Scope scope, Client client, Resource resource, IEnumerable<string> asked)
    {
        var now = clock.GetUtcNow();

        // The stricter of then and now: a client can register the grant type after the page said that access ends by itself, and an
        // operator can extend the lifetime that the page named.
        var refreshes = waiting.KeepsAccess != false && GrantPolicy.IssuesRefreshToken(client, scope);
        var lifetime = refreshes ? resource.GrantLifetime : resource.AccessTokenLifetime;
        return new()
        {
            Id = GrantId.New(),
            ConnectionId = waiting.Details.ConnectionId,
            Subject = waiting.Report.User.Subject,
            ClientId = client.Id,
            ResourceId = resource.Id,
            AuthorizationId = waiting.Details.AuthorizationId,
            Scope = scope,
            Claims = waiting.Claims,
            Organization = waiting.Organization,
            ClientClass = client.Class,
            Issuer = waiting.Details.Request.Issuer,
            Login = waiting.Report.Facts,
            ResourceSpellings =
                [.. configuration.Current.OtherSpellings(resource, (waiting.Details.Request.ResourceIndicators ?? []).Concat(asked))],
            ReportedAt = waiting.ReportedAt,
            CreatedAt = now,
            RefreshKey = refreshes ? keys.CurrentRefreshKey.Id : null,
            Generation = 0,
            Rotations = [],
            IdleBy = now + resource.RefreshTokenLifetime,
            AbsoluteBy = now + (waiting.LastsAtMost is { } named && named < lifetime ? named : lifetime),
        };
    }

    private async Task<TokenOutcome> ReplayAsync(LoginRequest.Exchanged exchanged, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now - exchanged.ExchangedAt <= settings.CodeReplayGrace)
        {
            return TokenOutcome.No(OAuthErrorResponse.CodeReplayedAtOnce);
        }

        if (await grants.EndAsync(exchanged.Grant, GrantEnd.CodeReplayed, now, cancellationToken))
        {
            signIns.Record(
                exchanged.Details.AuthorizationId, exchanged.Details.Id, "grant.revoked",
                [
                    Fact.Seen("grant_id", exchanged.Grant.Value),
                    Fact.Seen("seconds", $"{(long)(now - exchanged.ExchangedAt).TotalSeconds}"),
                ],
                new() { Outcome = SignInOutcome.Stopped, Station = Station.Token });
        }

        return TokenOutcome.No(OAuthErrorResponse.CodeReplayed.With(Fact.Seen(
            FactNames.SecondsLate, ((long)(now - exchanged.ExchangedAt).TotalSeconds).ToString(CultureInfo.InvariantCulture))));
    }
}
