using Latchkey.Server.Clients;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Grants;

/// <summary>A completed authorization of one person for one client at one resource, with its refresh token family.</summary>
internal sealed record Grant
{
    public required GrantId Id { get; init; }
    public required ConnectionId ConnectionId { get; init; }
    public required string Subject { get; init; }
    public required ClientId ClientId { get; init; }
    public required ResourceId ResourceId { get; init; }
    public required AuthorizationId AuthorizationId { get; init; }
    public required Scope Scope { get; init; }

    /// <summary>The claims about the person that the consent page named and the person did not untick.</summary>
    public IReadOnlyList<TokenClaim> Claims { get; init; } = TokenClaims.Default;

    /// <summary>The external id of the organisation that the person chose. Null when there was no choice.</summary>
    public string? Organization { get; init; }
    public required ClientClass ClientClass { get; init; }

    /// <summary>The issuer that the client used; the <c>iss</c> of ID tokens.</summary>
    public required string Issuer { get; init; }
    public required LoginFacts Login { get; init; }

    /// <summary>Spellings of the resource that the client used instead of the registered one; further audiences of its tokens.</summary>
    public IReadOnlyList<string> ResourceSpellings { get; init; } = [];

    /// <summary>When this login was reported. Revoking the user ends every grant that was reported before.</summary>
    public required DateTimeOffset ReportedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The key from which the refresh tokens are derived. Null when the grant has none.</summary>
    public string? RefreshKey { get; init; }

    /// <summary>The number of rotations; the current refresh token carries it.</summary>
    public required long Generation { get; init; }

    /// <summary>The last rotations, newest last, at most <see cref="RefreshTokenFamily.MaxRemembered"/>.</summary>
    public required IReadOnlyList<Rotation> Rotations { get; init; }

    /// <summary>The generation of the last token that got its successor after the reuse window. Null when there is none.</summary>
    public long? AnsweredAgain { get; init; }
    public required DateTimeOffset IdleBy { get; init; }
    public required DateTimeOffset AbsoluteBy { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Null when the grant has not ended, or ended for a reason that this version does not know.</summary>
    public GrantEnd? EndedBy { get; init; }

    /// <summary>
    /// The lifetime of an access token that is issued now. No token outlives its grant, because resource servers verify it offline: the
    /// consent page named the absolute end, and that access ends earlier when the refresh token is not used for its idle lifetime.
    /// </summary>
    public TimeSpan AccessTokenLifetime(Resource resource, DateTimeOffset now)
    {
        var lifetime = RefreshKey is not null && resource.RefreshTokenLifetime < resource.AccessTokenLifetime
            ? resource.RefreshTokenLifetime
            : resource.AccessTokenLifetime;
        return AbsoluteBy - now < lifetime ? AbsoluteBy - now : lifetime;
    }

    /// <summary>The rotation that replaced the token of this generation. A token is rotated only once. Returns null when it is current, or
    /// older than the remembered ones.</summary>
    public Rotation? RotationOf(long generation) =>
        Generation - generation is var since && since > 0 && since <= Rotations.Count ? Rotations[^(int)since] : null;
}

/// <summary>One rotation of the refresh token.</summary>
/// <param name="By">The client instance. Null when an earlier version of this program rotated.</param>
internal sealed record Rotation(DateTimeOffset At, Presenter? By);

/// <summary>Why a grant ended early.</summary>
internal enum GrantEnd
{
    /// <summary>Its code was presented again after the grace period (replay).</summary>
    CodeReplayed,

    /// <summary>A past refresh token was presented after the reuse window and after its successor (replay).</summary>
    RefreshTokenReplayed,

    /// <summary>The client revoked it (RFC 7009).</summary>
    RevokedByClient,

    /// <summary>The database was restored from a backup, and the grant may have been revoked since.</summary>
    DatabaseRestored,

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

    /// <summary>The person disconnected the program at the page of connected programs.</summary>
    RevokedByPerson,

    /// <summary>The person disconnected the program and does not know it.</summary>
    ReportedByPerson,

    /// <summary>The person is no longer in the organisation that was chosen on the consent page.</summary>
    OrganizationLeft,

    /// <summary>The consent was revoked, and with it every grant of the person for the client at the resource.</summary>
    ConsentRevoked,
}
