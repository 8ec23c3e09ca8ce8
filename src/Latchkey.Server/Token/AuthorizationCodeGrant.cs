using Latchkey.Server.Authorize;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Journeys;
using Latchkey.Server.Keys;
using Latchkey.Server.Limits;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=authorization_code</c> (OAuth 2.1 §4.1.3):
/// 1. The code identifies its login request and is verified. 2. Client, PKCE verifier, redirect URI, resource and expiry are checked.
/// 3. One conditional update creates the grant: of several redemptions exactly one succeeds. 4. A replay with the right client and verifier
/// ends the grant, except within the grace period for doubled requests. Any other replay ends nothing, because a stolen code alone must not
/// be enough to end a grant.
/// </summary>
internal sealed class AuthorizationCodeGrant(
    AuthRequestStore authRequests,
    GrantStore grants,
    LoginSecrets secrets,
    RefreshLineage family,
    KeyRing keys,
    TokenIssuer issuer,
    ConfigurationCache configuration,
    RateLimits limits,
    JourneyRecorder journeys,
    Settings settings,
    TimeProvider clock)
{
    public async Task<TokenOutcome> RedeemAsync(Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        if (form["code"] is not { } code)
        {
            return TokenOutcome.No(TokenRefusal.NoCode);
        }

        if (LoginSecrets.ClaimedByCode(code) is not { } id
            || await authRequests.FindAsync(id, cancellationToken) is not { } request
            || !secrets.IsCode(request.Visit, code))
        {
            return TokenOutcome.No(TokenRefusal.UnknownCode);
        }

        var outcome = await RedeemAsync(request, client, form, entry, cancellationToken);
        if (outcome is TokenOutcome.Refused { Refusal: var refusal })
        {
            if (limits.FailureOfGrant(id.Value) is { } tooMany)
            {
                if (tooMany.IsNews)
                {
                    journeys.Record(request.Visit.AuthRequestId, id, "token.refused", "The code was refused again; further refusals are not recorded.");
                }

                return TokenOutcome.No(TokenRefusal.TooMany(tooMany, "refused attempts with this code"));
            }

            journeys.Record(request.Visit.AuthRequestId, id, "token.refused", $"{client.Id} presented the code and was refused: {refusal.Case}.");
        }

        return outcome;
    }

    private async Task<TokenOutcome> RedeemAsync(AuthRequest request, Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        if (WhatIsWrong(request.Visit, client, form) is { } refusal)
        {
            return TokenOutcome.No(refusal);
        }

        return request switch
        {
            AuthRequest.Exchanged exchanged => await ReplayAsync(exchanged, cancellationToken),
            AuthRequest.AwaitingExchange waiting when waiting.CodeBy <= clock.GetUtcNow() => TokenOutcome.No(TokenRefusal.CodeExpired),
            AuthRequest.AwaitingExchange waiting => await ExchangeAsync(waiting, client, form, entry, cancellationToken),
            _ => TokenOutcome.No(TokenRefusal.UnknownCode),
        };
    }

    private static TokenRefusal? WhatIsWrong(LoginVisit details, Client client, RequestParameters form) =>
        details.ClientId != client.Id ? TokenRefusal.CodeOfAnotherClient
        : form["code_verifier"] is not { } verifier ? TokenRefusal.NoVerifier
        : !Pkce.Verifies(details.Request.CodeChallenge, verifier) ? TokenRefusal.WrongVerifier
        : form["redirect_uri"] is { } redirectUri && redirectUri != details.Request.RedirectUri ? TokenRefusal.WrongRedirectUri
        : null;

    private async Task<TokenOutcome> ExchangeAsync(
        AuthRequest.AwaitingExchange waiting, Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        if (TargetResource.Of(waiting.Visit.ResourceId, waiting.Visit.ConnectionId, client, configuration.Current) is not { } resource)
        {
            return TokenOutcome.No(TokenRefusal.ResourceGone);
        }

        if (!TargetResource.IsMeant(resource, form, entry))
        {
            return TokenOutcome.No(TokenRefusal.WrongResource);
        }

        var grant = NewGrant(waiting, client, resource);
        if (await grants.ExchangeAsync(grant, waiting.Visit.Id, cancellationToken) is not { } user)
        {
            return await authRequests.FindAsync(waiting.Visit.Id, cancellationToken) is AuthRequest.Exchanged exchanged
                ? await ReplayAsync(exchanged, cancellationToken)
                : TokenOutcome.No(TokenRefusal.GrantEnded);
        }

        journeys.Record(waiting.Visit.AuthRequestId, waiting.Visit.Id, "token.issued", $"{client.Id} exchanged the code for tokens of '{grant.Scope}' (grant {grant.Id}).");
        var accessToken = issuer.Issue(grant, user, resource, grant.Scope);
        var response = new TokenResponse(
            accessToken,
            "Bearer",
            (long)resource.AccessTokenLifetime.TotalSeconds,
            grant.RefreshKey is { } key ? family.TokenOf(grant.Id, key, generation: 0).Value : null,
            grant.Scope.ToString(),
            grant.Scope.Contains(Scope.OpenId) ? issuer.IssueIdToken(grant, user, resource, accessToken, waiting.Visit.Request.Nonce) : null);
        return new TokenOutcome.Issued(response, waiting.Visit.AuthRequestId);
    }

    private Grant NewGrant(AuthRequest.AwaitingExchange waiting, Client client, Resource resource)
    {
        var now = clock.GetUtcNow();
        var refreshes = GrantPolicy.IssuesRefreshToken(client, waiting.Scope);
        var absoluteBy = now + (refreshes ? resource.GrantLifetime : resource.AccessTokenLifetime);
        return new(
            GrantId.New(), waiting.Visit.ConnectionId, waiting.Report.User.Subject, client.Id, resource.Id, waiting.Visit.AuthRequestId, waiting.Scope,
            client.Class, waiting.Visit.Request.Issuer, waiting.Report.Facts, waiting.ReportedAt, now,
            refreshes ? keys.CurrentRefreshKey.Id : null, Generation: 0, Rotations: [], IdleBy: now + resource.RefreshTokenLifetime, absoluteBy, EndedAt: null);
    }

    private async Task<TokenOutcome> ReplayAsync(AuthRequest.Exchanged exchanged, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now - exchanged.ExchangedAt <= settings.CodeReplayGrace)
        {
            return TokenOutcome.No(TokenRefusal.CodeReplayedAtOnce);
        }

        if (await grants.EndAsync(exchanged.Grant, GrantEnd.CodeReplayed, now, cancellationToken))
        {
            journeys.Record(
                exchanged.Visit.AuthRequestId, exchanged.Visit.Id, "grant.revoked",
                $"The code of grant {exchanged.Grant} was presented again {(long)(now - exchanged.ExchangedAt).TotalSeconds} s after it was redeemed. It may have been stolen (replay), so the grant was revoked.");
        }

        return TokenOutcome.No(TokenRefusal.CodeReplayed);
    }
}
