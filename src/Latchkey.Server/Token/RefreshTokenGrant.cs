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
/// conditional update. 4. A past token gets the current one within the reuse window (parallel processes, lost responses); later it is a
/// replay and ends the grant. The token of a confidential client does not rotate, because using it also requires the client's secret.
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
            if (outcome is TokenOutcome.Refused { Refusal: var refusal })
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
                    found.Grant.AuthorizationId, null, "refresh.refused",
                    $"{client.Id} presented a refresh token of grant {found.Grant.Id} and was refused: {refusal.Case}.");
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

        if (presented.Generation < grant.Generation)
        {
            return await PastTokenAsync(found, presented, resource, scope, by, now, cancellationToken);
        }

        var idleBy = Earlier(now + resource.RefreshTokenLifetime, grant.AbsoluteBy);
        if (client.Class != ClientClass.Public)
        {
            return await grants.TouchAsync(grant.Id, now, idleBy, cancellationToken)
                ? Issued(found, resource, scope, grant.Generation)
                : null;
        }

        return await grants.RotateAsync(grant, by, now, idleBy, cancellationToken)
            ? Issued(found, resource, scope, grant.Generation + 1)
            : null;
    }

    private static OAuthErrorResponse? Validate(
        GrantAndUser found, RefreshTokenFamily.Presented presented, Client client, DateTimeOffset now) =>
        found.Grant.ClientId != client.Id || found.Grant.ClientClass != client.Class ? OAuthErrorResponse.RefreshTokenOfAnotherClient
        : !found.IsLive ? OAuthErrorResponse.GrantEnded
        : found.Grant.RefreshKey is null || presented.Generation > found.Grant.Generation ? OAuthErrorResponse.UnknownRefreshToken
        : found.Grant.IdleBy <= now || found.Grant.AbsoluteBy <= now ? OAuthErrorResponse.GrantExpired
        : null;

    /// <summary>A past token. Accepted within the reuse window, which starts at its first rotation and is never extended.</summary>
    private async Task<TokenOutcome> PastTokenAsync(
        GrantAndUser found, RefreshTokenFamily.Presented presented, Resource resource, Scope scope, Presenter by, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var rotationsSince = grant.Generation - presented.Generation;
        var rotatedAt = rotationsSince <= grant.Rotations.Count ? grant.Rotations[^(int)rotationsSince] : (DateTimeOffset?)null;
        if (rotatedAt is { } at && now - at <= settings.RefreshReuseWindow)
        {
            var elsewhere = grant.RotatedBy?.WhatDiffers(by);
            signIns.Record(
                grant.AuthorizationId, null, elsewhere is null ? "refresh.repeated" : "refresh.repeated_elsewhere",
                $"A past refresh token of grant {grant.Id} was presented{(elsewhere is null ? "" : " " + elsewhere)} "
                + $"{(long)(now - at).TotalMilliseconds} ms after its rotation; the response has the current one.");
            return Issued(found, resource, scope, grant.Generation);
        }

        if (await grants.EndAsync(grant.Id, GrantEnd.RefreshTokenReplayed, now, cancellationToken))
        {
            signIns.Record(
                grant.AuthorizationId, null, "grant.revoked",
                $"A past refresh token of grant {grant.Id} was presented after the reuse window (replay): it may have been copied. "
                + "The grant was revoked; the person has to sign in again.");
        }

        return TokenOutcome.No(OAuthErrorResponse.RefreshTokenReplayed);
    }

    private TokenOutcome.Issued Issued(GrantAndUser found, Resource resource, Scope scope, long generation) => new(new(
        issuer.Issue(found.Grant, found.User, resource, scope),
        "Bearer",
        (long)resource.AccessTokenLifetime.TotalSeconds,
        family.TokenOf(found.Grant.Id, found.Grant.RefreshKey!, generation).Value,
        scope.ToString()));

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
