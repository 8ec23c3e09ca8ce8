using Latchkey.Server.Clients;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Grants;

/// <summary>A completed authorization of one person for one client at one resource, with its refresh token family.</summary>
/// <param name="Issuer">The issuer that the client used; the <c>iss</c> of ID tokens.</param>
/// <param name="ReportedAt">When this login was reported. Revoking the user ends every grant that was reported before.</param>
/// <param name="RefreshKey">The key from which the refresh tokens are derived. Null when the grant has none.</param>
/// <param name="Generation">The number of rotations; the current refresh token carries it.</param>
/// <param name="Rotations">The times of the last rotations, newest last, at most <see cref="RefreshTokenFamily.MaxRemembered"/>.</param>
internal sealed record Grant(
    GrantId Id,
    ConnectionId ConnectionId,
    string Subject,
    ClientId ClientId,
    ResourceId ResourceId,
    AuthorizationId AuthorizationId,
    Scope Scope,
    ClientClass ClientClass,
    string Issuer,
    LoginFacts Login,
    DateTimeOffset ReportedAt,
    DateTimeOffset CreatedAt,
    string? RefreshKey,
    long Generation,
    IReadOnlyList<DateTimeOffset> Rotations,
    DateTimeOffset IdleBy,
    DateTimeOffset AbsoluteBy,
    DateTimeOffset? EndedAt)
{
    /// <summary>The client instance of the last rotation. Null before the first one.</summary>
    public Presenter? RotatedBy { get; init; }
}

/// <summary>Why a grant ended early.</summary>
internal enum GrantEnd
{
    /// <summary>Its code was presented again after the grace period (replay).</summary>
    CodeReplayed,

    /// <summary>A past refresh token was presented after the reuse window (replay).</summary>
    RefreshTokenReplayed,

    /// <summary>The client revoked it (RFC 7009).</summary>
    RevokedByClient,

    /// <summary>The login page's backend revoked the user.</summary>
    UserRevoked,

    /// <summary>Its client was deleted by an operator or by itself.</summary>
    ClientDeleted,

    /// <summary>Its client's registration expired.</summary>
    ClientExpired,

    /// <summary>Its client changed its name, redirect URIs or keys, so the person's consent no longer applies.</summary>
    ClientChanged,

    /// <summary>An operator revoked this grant.</summary>
    RevokedByOperator,

    /// <summary>The consent was revoked, and with it every grant of the person for the client at the resource.</summary>
    ConsentRevoked,
}
