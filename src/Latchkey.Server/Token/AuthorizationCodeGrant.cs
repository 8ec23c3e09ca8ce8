using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Keys;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
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
    Settings settings,
    TimeProvider clock)
{
    public async Task<TokenOutcome> RedeemAsync(Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        if (form["code"] is not { } code)
        {
            return TokenOutcome.No(OAuthErrorResponse.NoCode);
        }

        if (LoginSecrets.ClaimedByCode(code) is not { } id
            || await authRequests.FindAsync(id, cancellationToken) is not { } request
            || !secrets.IsCode(request.Details, code))
        {
            return TokenOutcome.No(OAuthErrorResponse.UnknownCode);
        }

        var outcome = await RedeemAsync(request, client, form, entry, cancellationToken);
        if (outcome is TokenOutcome.Refused { Refusal: var refusal })
        {
            if (limits.FailureOfGrant(id.Value) is { } exceeded)
            {
                if (exceeded.IsFirst)
                {
                    signIns.Record(
                        request.Details.AuthorizationId, id, "token.refused",
                        "The code was refused again; further refusals are not recorded.");
                }

                return TokenOutcome.No(OAuthErrorResponse.TooManyRequests(exceeded, "refused attempts with this code"));
            }

            signIns.Record(
                request.Details.AuthorizationId, id, "token.refused", $"{client.Id} presented the code and was refused: {refusal.Case}.");
        }

        return outcome;
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
                TokenOutcome.No(OAuthErrorResponse.CodeExpired),
            LoginRequest.AwaitingExchange waiting => await ExchangeAsync(waiting, client, form, entry, cancellationToken),
            _ => TokenOutcome.No(OAuthErrorResponse.UnknownCode),
        };
    }

    private static OAuthErrorResponse? Validate(LoginRequestDetails details, Client client, RequestParameters form) =>
        details.ClientId != client.Id ? OAuthErrorResponse.CodeOfAnotherClient
        : form["code_verifier"] is not { } verifier ? OAuthErrorResponse.NoVerifier
        : !Pkce.Verifies(details.Request.CodeChallenge, verifier) ? OAuthErrorResponse.WrongVerifier
        : form["redirect_uri"] is { } redirectUri && redirectUri != details.Request.RedirectUri ? OAuthErrorResponse.WrongRedirectUri
        : null;

    private async Task<TokenOutcome> ExchangeAsync(
        LoginRequest.AwaitingExchange waiting, Client client, RequestParameters form, Issuer entry, CancellationToken cancellationToken)
    {
        var answer = policy.Of(waiting, client);
        if (answer is not PolicyAnswer.Allowed { Resource: var resource })
        {
            signIns.Record(
                waiting.Details.AuthorizationId, waiting.Details.Id, "login.policy_changed",
                $"The present policy refuses this sign-in: {((PolicyAnswer.Refused)answer).Why}.");
            return TokenOutcome.No(OAuthErrorResponse.ResourceGone);
        }

        if (!TargetResource.IsMeant(resource, form, entry))
        {
            return TokenOutcome.No(OAuthErrorResponse.WrongResource);
        }

        if (OfferedScope.OfGrant(client, resource, waiting.Scope, Scope.Empty) is not OfferedScope.Some { Scope: var scope })
        {
            return TokenOutcome.No(OAuthErrorResponse.NothingOfGrant);
        }

        var grant = NewGrant(waiting, scope, client, resource, form.All("resource"));
        if (await grants.ExchangeAsync(grant, waiting.Details.Id, cancellationToken) is not { } user)
        {
            return await authRequests.FindAsync(waiting.Details.Id, cancellationToken) is LoginRequest.Exchanged exchanged
                ? await ReplayAsync(exchanged, cancellationToken)
                : TokenOutcome.No(OAuthErrorResponse.GrantEnded);
        }

        signIns.Record(
            waiting.Details.AuthorizationId, waiting.Details.Id, "token.issued",
            $"{client.Id} exchanged the code for tokens of '{grant.Scope}' (grant {grant.Id}).");
        var accessToken = issuer.Issue(grant, user, resource, grant.Scope, asked: []);
        var response = new TokenResponse(
            accessToken,
            "Bearer",
            (long)resource.AccessTokenLifetime.TotalSeconds,
            grant.RefreshKey is { } key ? family.TokenOf(grant.Id, key, generation: 0).Value : null,
            grant.Scope.ToString(),
            grant.Scope.Contains(Scope.OpenId)
                ? issuer.IssueIdToken(client, grant, user, grant.Scope, accessToken, waiting.Details.Request.Nonce)
                : null);
        return new TokenOutcome.Issued(response, waiting.Details.AuthorizationId) { PushedBytes = waiting.Details.Request.PushedBytes };
    }

    /// <param name="asked">The values of <c>resource</c> in the token request.</param>
    private Grant NewGrant(
        LoginRequest.AwaitingExchange waiting, Scope scope, Client client, Resource resource, IEnumerable<string> asked)
    {
        var now = clock.GetUtcNow();

        // The stricter of then and now: a client can register the grant type after the page said that access ends by itself.
        var refreshes = waiting.KeepsAccess != false && GrantPolicy.IssuesRefreshToken(client, scope);
        var absoluteBy = now + (refreshes ? resource.GrantLifetime : resource.AccessTokenLifetime);
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
            AbsoluteBy = absoluteBy,
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
                $"The code of grant {exchanged.Grant} was presented again {(long)(now - exchanged.ExchangedAt).TotalSeconds} s after it "
                + "was redeemed. It may have been stolen (replay), so the grant was revoked.");
        }

        return TokenOutcome.No(OAuthErrorResponse.CodeReplayed);
    }
}
