using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=refresh_token</c> (OAuth 2.1 §4.3, RFC 9700 §4.14):
/// 1. The token identifies its grant. 2. Client, validity, resource and scope are checked. 3. The token of a public client rotates, by one
/// conditional update. 4. A past token is answered by <see cref="ReplayAsync"/>. The token of a confidential client does not rotate,
/// because using it also requires the client's secret.
/// </summary>
internal sealed class RefreshTokenGrant(
    GrantStore grants,
    RefreshTokenFamily family,
    TokenIssuer issuer,
    ConfigurationCache configuration,
    RateLimits limits,
    SignInRecorder signIns,
    Settings settings,
    TimeProvider clock)
{
    /// <summary>How often concurrent rotations may force a request to read the grant again.</summary>
    private const int MaxTries = 10;

    public async Task<TokenOutcome> RefreshAsync(
        Client client, RequestParameters form, Issuer entry, Presenter by, CancellationToken cancellationToken)
    {
        if (form["refresh_token"] is not { } token)
        {
            return TokenOutcome.No(OAuthErrorResponse.NoRefreshToken);
        }

        if (family.Parse(token) is not { } presented)
        {
            return TokenOutcome.No(OAuthErrorResponse.UnknownRefreshToken);
        }

        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await grants.FindAsync(presented.Grant, cancellationToken) is not { } found)
            {
                return TokenOutcome.No(OAuthErrorResponse.UnknownRefreshToken);
            }

            var outcome = await TryRefreshAsync(found, presented, client, form, entry, by, cancellationToken);
            if (outcome is TokenOutcome.Refused { Refusal: var refusal, Suspicion: var suspicion })
            {
                if (limits.FailureOfGrant(found.Grant.Id.Value) is { } exceeded)
                {
                    if (exceeded.IsFirst)
                    {
                        signIns.Record(
                            found.Grant.AuthorizationId, null, "refresh.refused",
                            $"Refresh tokens of grant {found.Grant.Id} were refused again; further refusals are not recorded.");
                    }

                    return TokenOutcome.No(OAuthErrorResponse.TooManyRequests(exceeded, "refused attempts with this token"));
                }

                signIns.Record(
                    found.Grant.AuthorizationId, null, suspicion is null ? "refresh.refused" : "refresh.suspicious",
                    suspicion ?? $"{client.Id} presented a refresh token of grant {found.Grant.Id} and was refused: {refusal.Case}.");
            }

            if (outcome is not null)
            {
                return outcome;
            }
        }

        throw new Storage.StorageUnavailable("the refresh token family was rotated concurrently at every attempt");
    }

    /// <summary>Returns null when a concurrent request changed the grant between read and write: read again.</summary>
    private async Task<TokenOutcome?> TryRefreshAsync(
        GrantAndUser found, RefreshTokenFamily.Presented presented, Client client, RequestParameters form, Issuer entry, Presenter by,
        CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var now = clock.GetUtcNow();
        if (Validate(found, presented, client, now) is { } refusal)
        {
            return TokenOutcome.No(refusal);
        }

        if (TargetResource.Of(grant.ResourceId, grant.ConnectionId, client, configuration.Current) is not { } resource)
        {
            return TokenOutcome.No(OAuthErrorResponse.ResourceGone);
        }

        if (!TargetResource.IsMeant(resource, form, entry))
        {
            return TokenOutcome.No(OAuthErrorResponse.WrongResource);
        }

        if (OfferedScope.OfGrant(client, resource, grant.Scope, Scope.Parse(form["scope"])) is not OfferedScope.Some { Scope: var scope })
        {
            return TokenOutcome.No(OAuthErrorResponse.NothingOfGrant);
        }

        TokenOutcome.Issued Issue(long generation) => Issued(found, client, resource, scope, form.All("resource"), generation);
        if (presented.Generation < grant.Generation)
        {
            return await ReplayAsync(found, presented, Issue, by, now, cancellationToken);
        }

        var idleBy = Earlier(now + resource.RefreshTokenLifetime, grant.AbsoluteBy);
        if (client.Class != ClientClass.Public)
        {
            return await grants.TouchAsync(grant.Id, now, idleBy, cancellationToken)
                ? Issue(grant.Generation)
                : null;
        }

        return await grants.RotateAsync(grant, by, now, idleBy, cancellationToken)
            ? Issue(grant.Generation + 1)
            : null;
    }

    private static OAuthErrorResponse? Validate(
        GrantAndUser found, RefreshTokenFamily.Presented presented, Client client, DateTimeOffset now) =>
        found.Grant.ClientId != client.Id || found.Grant.ClientClass != client.Class ? OAuthErrorResponse.RefreshTokenOfAnotherClient
        : !found.IsLive ? OAuthErrorResponse.GrantEnded
        : found.Grant.RefreshKey is null || presented.Generation > found.Grant.Generation ? OAuthErrorResponse.UnknownRefreshToken
        : found.Grant.IdleBy <= now || found.Grant.AbsoluteBy <= now ? OAuthErrorResponse.GrantExpired
        : null;

    /// <summary>
    /// A past token (RFC 9700 §4.14.2), which a copy, a parallel process and a client that lost a response all present:
    /// 1. Within the reuse window, which starts at the token's own rotation and is never extended, it gets the current token (parallel
    /// processes, retries), unless network and program both differ from those of the rotation. 2. Later, if its successor was never used,
    /// the response was lost: in the network of the rotation it gets the current token, once; elsewhere nothing, and nothing is revoked,
    /// because a copy must not cost the client its grant. 3. Later, if its successor was used, one of two parties holds a copy: the grant
    /// ends.
    /// </summary>
    /// <param name="issue">Issues tokens, with the refresh token of a generation.</param>
    /// <returns>Null when a concurrent request changed the grant: read again.</returns>
    private async Task<TokenOutcome?> ReplayAsync(
        GrantAndUser found, RefreshTokenFamily.Presented presented, Func<long, TokenOutcome.Issued> issue, Presenter by, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var rotation = grant.RotationOf(presented.Generation);
        if (rotation is not null && now - rotation.At <= settings.RefreshReuseWindow)
        {
            return WithinWindow(found, rotation, issue, by, now);
        }

        if (rotation is not null && presented.Generation == grant.Generation - 1)
        {
            return await AfterLostResponseAsync(found, rotation, issue, by, now, cancellationToken);
        }

        if (await grants.EndAsync(grant.Id, GrantEnd.RefreshTokenReplayed, now, cancellationToken))
        {
            signIns.Record(
                grant.AuthorizationId, null, "grant.revoked",
                $"A past refresh token of grant {grant.Id} was presented after the reuse window and after the use of its successor "
                + "(replay): it may have been copied. The grant was revoked; the person has to sign in again.");
        }

        return TokenOutcome.No(OAuthErrorResponse.RefreshTokenReplayed);
    }

    /// <summary>Case 1 of <see cref="ReplayAsync"/>.</summary>
    private TokenOutcome WithinWindow(
        GrantAndUser found, Rotation rotation, Func<long, TokenOutcome.Issued> issue, Presenter by, DateTimeOffset now)
    {
        var grant = found.Grant;
        var difference = rotation.By?.WhatDiffers(by);
        var presented = $"A past refresh token of grant {grant.Id} was presented{(difference is null ? "" : " " + difference)} "
            + $"{(long)(now - rotation.At).TotalMilliseconds} ms after its rotation";
        if (rotation.By is { } rotator && !rotator.IsInNetworkOf(by) && rotator.Agent != by.Agent)
        {
            return Suspicious(
                OAuthErrorResponse.RefreshTokenFromElsewhere,
                $"{presented} and was refused: it may have been copied. The grant was not revoked.");
        }

        signIns.Record(
            grant.AuthorizationId, null, difference is null ? "refresh.repeated" : "refresh.repeated_elsewhere",
            $"{presented}; the response has the current one.");
        return issue(grant.Generation);
    }

    /// <summary>Case 2 of <see cref="ReplayAsync"/>.</summary>
    private async Task<TokenOutcome?> AfterLostResponseAsync(
        GrantAndUser found, Rotation rotation, Func<long, TokenOutcome.Issued> issue, Presenter by, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var presented = $"A past refresh token of grant {grant.Id}, whose successor was never used, was presented "
            + $"{(long)(now - rotation.At).TotalSeconds} s after its rotation";
        if (rotation.By?.IsInNetworkOf(by) != true)
        {
            return Suspicious(
                OAuthErrorResponse.RefreshTokenFromElsewhere,
                $"{presented} {rotation.By?.WhatDiffers(by) ?? $"from {by.Network}, and the network of the rotation is unknown,"} and was "
                + "refused: it may have been copied. The grant was not revoked.");
        }

        if (grant.AnsweredAgain >= grant.Generation - 1)
        {
            return Suspicious(
                OAuthErrorResponse.LostResponseRepeated,
                $"{presented} again and was refused, because it has got its successor once. The grant was not revoked.");
        }

        if (!await grants.AnswerAgainAsync(grant, now, cancellationToken))
        {
            return null;
        }

        signIns.Record(
            grant.AuthorizationId, null, "refresh.response_lost",
            $"{presented} from the same network; the response of the rotation was lost, and this one has the current token.");
        return issue(grant.Generation);
    }

    private static TokenOutcome.Refused Suspicious(OAuthErrorResponse refusal, string suspicion) =>
        new(refusal) { Suspicion = suspicion };

    /// <summary>An ID token is issued again where <c>openid</c> was granted and is still requested (OpenID Connect Core §12.2).</summary>
    private TokenOutcome.Issued Issued(
        GrantAndUser found, Client client, Resource resource, Scope scope, IEnumerable<string> asked, long generation)
    {
        var (grant, user) = (found.Grant, found.User);
        var accessToken = issuer.Issue(grant, user, resource, scope, asked);
        return new(new(
            accessToken,
            "Bearer",
            (long)resource.AccessTokenLifetime.TotalSeconds,
            family.TokenOf(grant.Id, grant.RefreshKey!, generation).Value,
            scope.ToString(),
            scope.Contains(Scope.OpenId) ? issuer.IssueIdToken(client, grant, user, scope, accessToken, nonce: null) : null));
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
