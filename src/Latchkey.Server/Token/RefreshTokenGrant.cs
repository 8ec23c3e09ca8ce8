using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Journeys;
using Latchkey.Server.Limits;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Token;

/// <summary>
/// <c>grant_type=refresh_token</c> (OAuth 2.1 §4.3, RFC 9700 §4.14):
/// 1. the token leads to its grant; 2. client, liveness, resource and scope are checked; 3. a public client's token rotates, by one conditional update;
/// 4. a past token inside the reuse window gets the current one again (parallel processes, lost answers), a token rotated away earlier is in two
/// hands and ends the grant. A confidential client's token stays: who holds it still needs the client's secret.
/// </summary>
internal sealed class RefreshTokenGrant(
    GrantStore grants,
    RefreshLineage lineage,
    TokenIssuer issuer,
    ConfigurationCache configuration,
    RateLimits limits,
    JourneyRecorder journeys,
    Settings settings,
    TimeProvider clock)
{
    /// <summary>A lineage can move at most this often under a request before the request gives up on finding it still.</summary>
    private const int MaxTries = 10;

    public async Task<TokenOutcome> RefreshAsync(Client client, RequestParameters form, Issuer entry, Presenter by, CancellationToken cancellationToken)
    {
        if (form["refresh_token"] is not { } token)
        {
            return TokenOutcome.No(TokenRefusal.NoRefreshToken);
        }

        if (lineage.Parse(token) is not { } presented)
        {
            return TokenOutcome.No(TokenRefusal.UnknownRefreshToken);
        }

        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await grants.FindAsync(presented.Grant, cancellationToken) is not { } found)
            {
                return TokenOutcome.No(TokenRefusal.UnknownRefreshToken);
            }

            var outcome = await TryRefreshAsync(found, presented, client, form, entry, by, cancellationToken);
            if (outcome is TokenOutcome.Refused { Refusal: var refusal })
            {
                if (limits.FailureOfGrant(found.Grant.Id.Value) is { } tooMany)
                {
                    if (tooMany.IsNews)
                    {
                        journeys.Record(found.Grant.AuthRequestId, null, "refresh.refused", $"Refresh tokens of grant {found.Grant.Id} were presented and refused more often than is written down.");
                    }

                    return TokenOutcome.No(TokenRefusal.TooMany(tooMany, "refused attempts with this token"));
                }

                journeys.Record(found.Grant.AuthRequestId, null, "refresh.refused", $"{client.Id} presented a refresh token of grant {found.Grant.Id} and was refused: {refusal.Case}.");
            }

            if (outcome is not null)
            {
                return outcome;
            }
        }

        throw new Storage.StorageUnavailable("the refresh lineage moved at every try");
    }

    /// <summary>Null: another request moved the lineage between the read and the write; read again.</summary>
    private async Task<TokenOutcome?> TryRefreshAsync(
        GrantAndUser found, RefreshLineage.Presented presented, Client client, RequestParameters form, Issuer entry, Presenter by, CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var now = clock.GetUtcNow();
        if (WhatIsWrong(found, presented, client, now) is { } refusal)
        {
            return TokenOutcome.No(refusal);
        }

        if (TargetResource.Of(grant.ResourceId, grant.ConnectionId, client, configuration.Current) is not { } resource)
        {
            return TokenOutcome.No(TokenRefusal.ResourceGone);
        }

        if (!TargetResource.IsMeant(resource, form, entry))
        {
            return TokenOutcome.No(TokenRefusal.WrongResource);
        }

        var scope = Scope.Parse(form["scope"]) is { Count: > 0 } narrower ? narrower : grant.Scope;
        if (!scope.IsWithin(grant.Scope))
        {
            return TokenOutcome.No(TokenRefusal.WiderScope);
        }

        if (presented.Generation < grant.Generation)
        {
            return await PastTokenAsync(found, presented, resource, scope, by, now, cancellationToken);
        }

        var idleBy = Earlier(now + resource.RefreshTokenLifetime, grant.AbsoluteBy);
        if (client.Class != ClientClass.Public)
        {
            return await grants.TouchAsync(grant.Id, now, idleBy, cancellationToken) ? Issued(found, resource, scope, grant.Generation) : null;
        }

        return await grants.RotateAsync(grant, by, now, idleBy, cancellationToken) ? Issued(found, resource, scope, grant.Generation + 1) : null;
    }

    private static TokenRefusal? WhatIsWrong(GrantAndUser found, RefreshLineage.Presented presented, Client client, DateTimeOffset now) =>
        found.Grant.ClientId != client.Id || found.Grant.ClientClass != client.Class ? TokenRefusal.RefreshTokenOfAnotherClient
        : !found.IsLive ? TokenRefusal.GrantEnded
        : found.Grant.RefreshKey is null || presented.Generation > found.Grant.Generation ? TokenRefusal.UnknownRefreshToken
        : found.Grant.IdleBy <= now || found.Grant.AbsoluteBy <= now ? TokenRefusal.GrantExpired
        : null;

    /// <summary>A token that was rotated away: forgiven inside the window, which begins with its first rotation and never slides.</summary>
    private async Task<TokenOutcome> PastTokenAsync(
        GrantAndUser found, RefreshLineage.Presented presented, Resource resource, Scope scope, Presenter by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var rotationsSince = grant.Generation - presented.Generation;
        var rotatedAt = rotationsSince <= grant.Rotations.Count ? grant.Rotations[^(int)rotationsSince] : (DateTimeOffset?)null;
        if (rotatedAt is { } at && now - at <= settings.RefreshReuseWindow)
        {
            var elsewhere = grant.RotatedBy?.WhatDiffers(by);
            journeys.Record(
                grant.AuthRequestId, null, elsewhere is null ? "refresh.repeated" : "refresh.repeated_elsewhere",
                $"A refresh token of grant {grant.Id} came again{(elsewhere is null ? "" : " " + elsewhere)} {(long)(now - at).TotalMilliseconds} ms after it was rotated; the current one was given again.");
            return Issued(found, resource, scope, grant.Generation);
        }

        if (await grants.EndAsync(grant.Id, GrantEnd.RefreshTokenReplayed, now, cancellationToken))
        {
            journeys.Record(
                grant.AuthRequestId, null, "grant.revoked",
                $"A refresh token of grant {grant.Id} came again long after it was rotated: two hold the same token, and one of them should not. The grant was revoked; the person signs in again.");
        }

        return TokenOutcome.No(TokenRefusal.RefreshTokenReplayed);
    }

    private TokenOutcome.Issued Issued(GrantAndUser found, Resource resource, Scope scope, long generation) => new(new(
        issuer.Issue(found.Grant, found.User, resource, scope),
        "Bearer",
        (long)resource.AccessTokenLifetime.TotalSeconds,
        lineage.TokenOf(found.Grant.Id, found.Grant.RefreshKey!, generation).Value,
        scope.ToString()));

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
