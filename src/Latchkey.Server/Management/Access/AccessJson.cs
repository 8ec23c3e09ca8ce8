using Latchkey.Server.Grants;

namespace Latchkey.Server.Management.Access;

internal sealed record ConsentListResponse(int TotalSize, string NextPageToken, IReadOnlyList<ConsentBody> Consents);

/// <param name="ExternalUserId">The company's id of the user, the <c>sub</c> of tokens.</param>
/// <param name="ClientName">Absent when the client no longer exists.</param>
internal sealed record ConsentBody(
    string Id,
    string ExternalUserId,
    string? Email,
    string ClientId,
    string? ClientName,
    string ResourceId,
    string ConnectionId,
    IReadOnlyList<string> Scopes,
    DateTimeOffset GrantedAt)
{
    public static ConsentBody Of(RecordedConsent consent, string? clientName) => new(
        consent.Id.Value,
        consent.Subject,
        consent.Email,
        consent.ClientId.Value,
        clientName,
        consent.ResourceId.Value,
        consent.ConnectionId.Value,
        [.. consent.Scope],
        consent.GrantedAt);
}

internal sealed record GrantListResponse(int TotalSize, string NextPageToken, IReadOnlyList<GrantBody> Grants);

/// <param name="ExpireTime">The absolute end of the grant, however often it is used.</param>
/// <param name="EndTime">When it was revoked, or its user was. Absent otherwise.</param>
/// <param name="Refreshable">Whether it has a refresh token.</param>
internal sealed record GrantBody(
    string Id,
    string ExternalUserId,
    string Email,
    string ClientId,
    string? ClientName,
    string ResourceId,
    string ConnectionId,
    string AuthRequestId,
    IReadOnlyList<string> Scopes,
    bool Refreshable,
    DateTimeOffset CreateTime,
    DateTimeOffset ExpireTime,
    DateTimeOffset? EndTime)
{
    public static GrantBody Of(GrantAndUser found, string? clientName) => new(
        found.Grant.Id.Value,
        found.Grant.Subject,
        found.User.Email,
        found.Grant.ClientId.Value,
        clientName,
        found.Grant.ResourceId.Value,
        found.Grant.ConnectionId.Value,
        found.Grant.AuthorizationId.Value,
        [.. found.Grant.Scope],
        found.Grant.RefreshKey is not null,
        found.Grant.CreatedAt,
        found.Grant.AbsoluteBy,
        found.Grant.EndedAt ?? (found.IsLive ? null : found.UserRevokedAt));
}

internal sealed record UserListResponse(int TotalSize, string NextPageToken, IReadOnlyList<UserBody> Users);

/// <param name="UpdateTime">The time of the newest report.</param>
/// <param name="RevokeTime">Grants from before this time have ended; signing in again is allowed.</param>
internal sealed record UserBody(string ExternalUserId, string Email, string Name, string? OrganizationId, DateTimeOffset UpdateTime, DateTimeOffset? RevokeTime)
{
    public static UserBody Of(SeenUser seen) => new(seen.User.Subject, seen.User.Email, seen.User.DisplayName, seen.User.OrganizationId, seen.UpdatedAt, seen.RevokedAt);
}

internal sealed record AuthRequestListResponse(int TotalSize, string NextPageToken, IReadOnlyList<AuthRequestBody> AuthRequests);
