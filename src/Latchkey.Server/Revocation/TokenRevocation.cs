using Latchkey.Server.Grants;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Token;

namespace Latchkey.Server.Revocation;

/// <summary>Revokes a token.</summary>
internal abstract record Revoker
{
    private Revoker() { }

    /// <summary>Revokes its own tokens only (RFC 7009 §2.1).</summary>
    public sealed record Client(ClientId Id) : Revoker
    {
        public override string ToString() => Id.Value;
    }

    /// <summary>Revokes the tokens of every client. The revocation is in the audit log.</summary>
    public sealed record Operator(Actor Actor) : Revoker
    {
        public override string ToString() => Actor.ToString()!;
    }

    public bool MayRevokeTokensOf(ClientId owner) => this is not Client client || client.Id == owner;
}

/// <summary>
/// The effect of a revocation (RFC 7009 §2.1): a refresh token ends its grant, and with it every token of the grant. An access token is
/// revoked alone, by its <c>jti</c>; the grant stays, because a client that discards an access token can still hold the refresh token.
/// </summary>
internal sealed class TokenRevocation(
    RefreshTokenFamily family, AccessTokenReader accessTokens, GrantStore grants, GrantList list, SignInRecorder signIns,
    TimeProvider clock)
{
    /// <summary>Returns null when the token is revoked now, or is unknown (§2.2).</summary>
    public async Task<OAuthErrorResponse?> RevokeAsync(string token, Revoker by, CancellationToken cancellationToken) =>
        family.Parse(token) is { } presented ? await EndGrantAsync(presented.Grant, by, cancellationToken)
        : await accessTokens.ReadAsync(token) is { } access ? await RevokeAsync(access, by, cancellationToken)
        : null;

    private async Task<OAuthErrorResponse?> RevokeAsync(AccessToken token, Revoker by, CancellationToken cancellationToken)
    {
        if (!by.MayRevokeTokensOf(token.ClientId))
        {
            return OAuthErrorResponse.TokenOfAnotherClient.With(Fact.Expected(FactNames.ClientId, token.ClientId.Value));
        }

        var isRevoked = by is Revoker.Operator { Actor: var actor }
            ? await list.RevokeTokenAsync(token.TokenId, token.ClientId, token.ResourceId, actor, token.ExpiresAt, cancellationToken)
            : await grants.RevokeTokenAsync(token.TokenId, token.ExpiresAt, cancellationToken);
        if (isRevoked && token.GrantId is { } id && await grants.FindAsync(id, cancellationToken) is { Grant: var grant })
        {
            signIns.Record(
                grant.AuthorizationId, null, "token.revoked",
                [Fact.Seen("token_id", token.TokenId), Fact.Seen("grant_id", id.Value)], actor: by.ToString());
        }

        return null;
    }

    private async Task<OAuthErrorResponse?> EndGrantAsync(GrantId id, Revoker by, CancellationToken cancellationToken)
    {
        if (await grants.FindAsync(id, cancellationToken) is not { Grant: var grant })
        {
            return null;
        }

        if (!by.MayRevokeTokensOf(grant.ClientId))
        {
            return OAuthErrorResponse.TokenOfAnotherClient
                .With(Fact.Expected(FactNames.ClientId, grant.ClientId.Value), Fact.Seen(FactNames.GrantId, id.Value))
                .Of(grant.AuthorizationId, loginRequest: null);
        }

        var hasEnded = by is Revoker.Operator { Actor: var actor }
            ? await list.EndAsync(grant, actor, isUnknown: false, clock.GetUtcNow(), cancellationToken)
            : await grants.EndAsync(id, GrantEnd.RevokedByClient, clock.GetUtcNow(), cancellationToken);
        if (hasEnded)
        {
            signIns.Record(grant.AuthorizationId, null, "grant.revoked", [Fact.Seen("grant_id", id.Value)], actor: by.ToString());
        }

        return null;
    }
}
