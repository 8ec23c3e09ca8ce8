using System.Globalization;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.WebhookEndpoints;

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
    RefusalLog refusals,
    WebhookEvents webhooks,
    Settings settings,
    TimeProvider clock)
{
    /// <summary>How often concurrent rotations may force a request to read the grant again.</summary>
    private const int MaxTries = 10;

    public async Task<TokenOutcome> RefreshAsync(TokenRequest request, Presenter by, CancellationToken cancellationToken)
    {
        var (client, form, entry) = (request.Client, request.Form, request.Issuer);
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
            if (outcome is TokenOutcome.Refused refused)
            {
                return await RefuseAsync(request, found.Grant, refused, cancellationToken);
            }

            if (outcome is not null)
            {
                return outcome;
            }
        }

        throw new Storage.StorageUnavailable("the refresh token family was rotated concurrently at every attempt");
    }

    /// <summary>Records a refusal in the sign-in of the grant, as long as the attempts with its tokens are within their limit.</summary>
    private async Task<TokenOutcome> RefuseAsync(
        TokenRequest request, Grant grant, TokenOutcome.Refused refused, CancellationToken cancellationToken)
    {
        var signIn = grant.AuthorizationId;
        if (limits.FailureOfGrant(grant.Id.Value) is { } exceeded)
        {
            var tooMany = OAuthErrorResponse.TooManyFailures(exceeded, "refused attempts with this token");
            if (exceeded.IsFirst)
            {
                refusals.Recorded(
                    request.Http, signIn, loginRequest: null, "refresh.refused", tooMany.Cause, SentParameters.Of(request.Form, []));
            }

            return TokenOutcome.No(tooMany.Of(signIn, loginRequest: null, isRecorded: true) with { Exceeded = null });
        }

        var sent = refused.Refusal.With(Fact.Seen(FactNames.GrantId, grant.Id.Value)).Sent(request.Form);
        refusals.Recorded(
            request.Http, signIn, loginRequest: null, refused.IsSuspicious ? "refresh.suspicious" : "refresh.refused", sent.Cause,
            sent.Facts);
        if (refused.IsSuspicious)
        {
            await webhooks.RaiseAsync(
                new(WebhookEventType.LoginSuspicious)
                {
                    // A copied token can be presented any number of times: one event per grant and day.
                    Id = WebhookEvent.IdOnce($"refresh {grant.Id} {clock.GetUtcNow():yyyy-MM-dd}"),
                    Grant = grant.Id,
                    Connection = grant.ConnectionId,
                    Subject = grant.Subject,
                    Client = grant.ClientId,
                    Resource = grant.ResourceId,
                    Details = [("cause", sent.Cause.Code)],
                },
                cancellationToken);
        }

        return TokenOutcome.No(sent.Of(signIn, loginRequest: null, isRecorded: true));
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

        if (found.HasLeftOrganization)
        {
            await grants.EndAsync(grant.Id, GrantEnd.OrganizationLeft, now, cancellationToken);
            return TokenOutcome.No(OAuthErrorResponse.LeftOrganization(
                grant.Organization!, found.User.EveryOrganization.Select(o => o.ExternalId)));
        }

        if (TargetResource.Of(grant.ResourceId, grant.ConnectionId, client, configuration.Current) is not { } resource)
        {
            return TokenOutcome.No(OAuthErrorResponse.ChangedSince);
        }

        if (!TargetResource.IsMeant(resource, form, entry))
        {
            return TokenOutcome.No(OAuthErrorResponse.WrongResource.With(Fact.Expected(FactNames.Resource, resource.Uri)));
        }

        if (OfferedScope.OfGrant(client, resource, grant.Scope, Scope.Parse(form["scope"])) is not OfferedScope.Some { Scope: var scope })
        {
            return TokenOutcome.No(OAuthErrorResponse.NothingOfGrant.With(Fact.Expected(FactNames.Scope, grant.Scope.ToString())));
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

    private OAuthErrorResponse? Validate(
        GrantAndUser found, RefreshTokenFamily.Presented presented, Client client, DateTimeOffset now) =>
        found.Grant.ClientId != client.Id || found.Grant.ClientClass != client.Class
            ? OAuthErrorResponse.RefreshTokenOfAnotherClient.With(
                Fact.Expected(FactNames.ClientId, found.Grant.ClientId.Value),
                Fact.Sent(FactNames.TokenEndpointAuthMethod, MethodOf(client.Class)),
                Fact.Expected(FactNames.TokenEndpointAuthMethod, MethodOf(found.Grant.ClientClass)))
        : !found.IsLive ? OAuthErrorResponse.GrantEnded(CauseOfEnd(found))
        : found.Grant.RefreshKey is null || presented.Generation > found.Grant.Generation ? OAuthErrorResponse.UnknownRefreshToken
        : found.Grant.AbsoluteBy <= now ? OAuthErrorResponse.GrantAbsolute.With(
            Late(found.Grant.AbsoluteBy, now, found.Grant.AbsoluteBy - found.Grant.CreatedAt))
        : found.Grant.IdleBy <= now ? OAuthErrorResponse.GrantIdle.With(
            Late(found.Grant.IdleBy, now, configuration.Current.Find(found.Grant.ResourceId)?.RefreshTokenLifetime))
        : null;

    /// <param name="allowed">Null when the resource does not exist any more.</param>
    private static Fact[] Late(DateTimeOffset by, DateTimeOffset now, TimeSpan? allowed) =>
    [
        Fact.Seen(FactNames.SecondsLate, Seconds(now - by)),
        .. allowed is { } lifetime ? [Fact.Expected(FactNames.SecondsAllowed, Seconds(lifetime))] : Array.Empty<Fact>(),
    ];

    private static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static string MethodOf(ClientClass of) => of switch
    {
        ClientClass.Public => "none",
        ClientClass.Secret => "client_secret",
        ClientClass.Key => "private_key_jwt",
        _ => throw new InvalidOperationException($"no method for {of}"),
    };

    private static Cause CauseOfEnd(GrantAndUser ended) => ended.Grant.EndedBy switch
    {
        null => RenewCauses.EndedByCompany,
        GrantEnd.CodeReplayed or GrantEnd.RefreshTokenReplayed => RenewCauses.EndedByReplay,
        GrantEnd.DatabaseRestored => RenewCauses.EndedByRestore,
        GrantEnd.RevokedByClient => RenewCauses.EndedByClient,
        GrantEnd.UserRevoked => RenewCauses.EndedByCompany,
        GrantEnd.ClientDeleted => RenewCauses.ClientDeleted,
        GrantEnd.ClientExpired => RenewCauses.ClientExpired,
        GrantEnd.ClientChanged => RenewCauses.ClientChanged,
        GrantEnd.RevokedByOperator => RenewCauses.EndedByOperator,
        GrantEnd.RevokedByPerson => RenewCauses.EndedByPerson,
        GrantEnd.ReportedByPerson => RenewCauses.ReportedByPerson,
        GrantEnd.ConsentRevoked => RenewCauses.ConsentRevoked,
        GrantEnd.OrganizationLeft => RenewCauses.OrganizationLeft,
        var other => throw new InvalidOperationException($"no cause for {other}"),
    };

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
                grant.AuthorizationId, null, "grant.revoked", [Fact.Seen("grant_id", grant.Id.Value)],
                new() { Outcome = SignInOutcome.Stopped, Station = Station.Renew });
        }

        return TokenOutcome.No(
            OAuthErrorResponse.RefreshTokenReplayed.With(rotation is null ? [] : Networks(rotation, by)));
    }

    /// <summary>Case 1 of <see cref="ReplayAsync"/>.</summary>
    private TokenOutcome WithinWindow(
        GrantAndUser found, Rotation rotation, Func<long, TokenOutcome.Issued> issue, Presenter by, DateTimeOffset now)
    {
        var grant = found.Grant;
        var difference = rotation.By?.WhatDiffers(by);
        if (rotation.By is { } rotator && !rotator.IsInNetworkOf(by) && rotator.Agent != by.Agent)
        {
            return Suspicious(OAuthErrorResponse.RefreshTokenFromElsewhere, rotation, by);
        }

        signIns.Record(
            grant.AuthorizationId, null, difference is null ? "refresh.repeated" : "refresh.repeated_elsewhere",
            [
                Fact.Seen("grant_id", grant.Id.Value), Fact.Seen("milliseconds", $"{(long)(now - rotation.At).TotalMilliseconds}"),
                .. difference is null ? Array.Empty<Fact>() : [Fact.Seen("difference", difference)],
            ]);
        return issue(grant.Generation);
    }

    /// <summary>Case 2 of <see cref="ReplayAsync"/>.</summary>
    private async Task<TokenOutcome?> AfterLostResponseAsync(
        GrantAndUser found, Rotation rotation, Func<long, TokenOutcome.Issued> issue, Presenter by, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        if (rotation.By?.IsInNetworkOf(by) != true)
        {
            return Suspicious(OAuthErrorResponse.RefreshTokenFromElsewhere, rotation, by);
        }

        if (grant.AnsweredAgain >= grant.Generation - 1)
        {
            return Suspicious(OAuthErrorResponse.LostResponseRepeated, rotation, by);
        }

        if (!await grants.AnswerAgainAsync(grant, now, cancellationToken))
        {
            return null;
        }

        signIns.Record(
            grant.AuthorizationId, null, "refresh.response_lost",
            [Fact.Seen("grant_id", grant.Id.Value), Fact.Seen("seconds", $"{(long)(now - rotation.At).TotalSeconds}")]);
        return issue(grant.Generation);
    }

    private static TokenOutcome.Refused Suspicious(OAuthErrorResponse refusal, Rotation rotation, Presenter by) =>
        new(refusal.With(Networks(rotation, by)))
        {
            IsSuspicious = true,
        };

    private static Fact[] Networks(Rotation rotation, Presenter by) =>
        [Fact.Seen(FactNames.Network, by.Network), Fact.Seen(FactNames.FormerNetwork, rotation.By?.Network ?? CauseText.Unknown)];

    /// <summary>An ID token is issued again where <c>openid</c> was granted and is still requested (OpenID Connect Core §12.2).</summary>
    private TokenOutcome.Issued Issued(
        GrantAndUser found, Client client, Resource resource, Scope scope, IEnumerable<string> asked, long generation)
    {
        var (grant, user) = (found.Grant, found.User);
        var lifetime = grant.AccessTokenLifetime(resource, clock.GetUtcNow());
        var accessToken = issuer.Issue(grant, user, resource, scope, lifetime, asked);
        return new(new(
            accessToken,
            "Bearer",
            (long)lifetime.TotalSeconds,
            family.TokenOf(grant.Id, grant.RefreshKey!, generation).Value,
            scope.ToString(),
            scope.Contains(Scope.OpenId) ? issuer.IssueIdToken(client, grant, user, scope, accessToken, nonce: null) : null));
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
