using Latchkey.Server.Clients;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Token;

/// <summary>One completed authorization of one person for one client at one resource, and the refresh lineage that grows from it.</summary>
/// <param name="Issuer">The entry the client used; the <c>iss</c> of an ID token.</param>
/// <param name="ReportedAt">When the company reported this login. A person revoked after that moment is gone, with every grant from before.</param>
/// <param name="RefreshKey">The key its refresh tokens are derived from; null: the grant has none.</param>
/// <param name="Generation">Counts rotations; the live refresh token is the one of this number.</param>
/// <param name="Rotations">When the last rotations happened, newest last, at most <see cref="RefreshLineage.MaxRemembered"/>.</param>
internal sealed record Grant(
    GrantId Id,
    ConnectionId ConnectionId,
    string Subject,
    ClientId ClientId,
    ResourceId ResourceId,
    AuthRequestId AuthRequestId,
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
    /// <summary>Who rotated last; null: nobody yet.</summary>
    public Presenter? RotatedBy { get; init; }
}

/// <summary>Why a grant ended before its time.</summary>
internal enum GrantEnd
{
    /// <summary>Its code was presented again, after the grace for doubled requests.</summary>
    CodeReplayed,

    /// <summary>A refresh token was presented that had been rotated away too long ago: somebody holds a copy.</summary>
    RefreshTokenReplayed,

    /// <summary>The client revoked it (RFC 7009).</summary>
    RevokedByClient,

    /// <summary>The company said that the person left.</summary>
    UserRevoked,

    /// <summary>Its client was deleted, by an operator or by itself.</summary>
    ClientDeleted,

    /// <summary>Its client's registration expired: a client that comes back begins anew.</summary>
    ClientExpired,

    /// <summary>Its client changed its name, its redirects or its keys: the person allowed another one.</summary>
    ClientChanged,

    /// <summary>An operator ended this one grant.</summary>
    RevokedByOperator,

    /// <summary>The person's consent was taken back, and with it every grant of theirs for the client at the resource.</summary>
    ConsentRevoked,
}
