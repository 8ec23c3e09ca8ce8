using Latchkey.Server.Grants;

namespace Latchkey.Server.Management.Access;

internal sealed record ConsentListResponse(int TotalSize, string NextPageToken, IReadOnlyList<ConsentBody> Consents);

internal sealed class ConsentBody(RecordedConsent consent, string? clientName)
{
    public string Id => consent.Id.Value;

    /// <summary>The person's id at the company, the <c>sub</c> of tokens.</summary>
    public string ExternalUserId => consent.Subject;
    public string? Email => consent.Email;
    public string ClientId => consent.ClientId.Value;

    /// <summary>Absent when the client no longer exists.</summary>
    public string? ClientName => clientName;
    public string ResourceId => consent.ResourceId.Value;
    public string ConnectionId => consent.ConnectionId.Value;
    public IReadOnlyList<string> Scopes => [.. consent.Scope];
    public DateTimeOffset GrantedAt => consent.GrantedAt;

    /// <summary>Present when the user does not want to be asked again.</summary>
    public RememberedBody? Remembered => consent.Remembered is { } remembered ? new(remembered) : null;
}

/// <summary>What a remembered consent answers: the same request, from the same host.</summary>
internal sealed class RememberedBody(RememberedConsent remembered)
{
    public string RedirectHost => remembered.RedirectHost;

    /// <summary>The scopes that are granted without the page.</summary>
    public IReadOnlyList<string> Scopes => [.. Scope.Parse(remembered.Granted)];

    /// <summary>Absent when the resource did not ask for an organisation.</summary>
    public string? OrganizationId => remembered.Organization;
    public DateTimeOffset RememberTime => remembered.At;
}

internal sealed record GrantListResponse(int TotalSize, string NextPageToken, IReadOnlyList<GrantBody> Grants);

internal sealed record GrantBody
{
    public required string Id { get; init; }
    public required string ExternalUserId { get; init; }
    public required string Email { get; init; }
    public required string ClientId { get; init; }
    public string? ClientName { get; init; }
    public required string ResourceId { get; init; }
    public required string ConnectionId { get; init; }
    public required string AuthRequestId { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The external id of the organisation that the user chose. Absent when there was no choice.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>Whether the grant has a refresh token.</summary>
    public required bool Refreshable { get; init; }
    public required DateTimeOffset CreateTime { get; init; }

    /// <summary>The absolute end, independent of use.</summary>
    public required DateTimeOffset ExpireTime { get; init; }

    /// <summary>Present when the grant ended early: it was revoked, or its user was.</summary>
    public DateTimeOffset? EndTime { get; init; }

    public static GrantBody Of(GrantAndUser found, string? clientName) => new()
    {
        Id = found.Grant.Id.Value,
        ExternalUserId = found.Grant.Subject,
        Email = found.User.Email,
        ClientId = found.Grant.ClientId.Value,
        ClientName = clientName,
        ResourceId = found.Grant.ResourceId.Value,
        ConnectionId = found.Grant.ConnectionId.Value,
        AuthRequestId = found.Grant.AuthorizationId.Value,
        Scopes = [.. found.Grant.Scope],
        OrganizationId = found.Grant.Organization,
        Refreshable = found.Grant.RefreshKey is not null,
        CreateTime = found.Grant.CreatedAt,
        ExpireTime = found.Grant.AbsoluteBy,
        EndTime = found.Grant.EndedAt ?? (found.IsLive ? null : found.UserRevokedAt),
    };
}

internal sealed record UserListResponse(int TotalSize, string NextPageToken, IReadOnlyList<UserBody> Users);

/// <param name="UpdateTime">Of the newest report.</param>
/// <param name="RevokeTime">What the person had then is dead; signing in again is allowed.</param>
internal sealed record UserBody(
    string ExternalUserId, string Email, string Name, string? OrganizationId, DateTimeOffset UpdateTime, DateTimeOffset? RevokeTime)
{
    public static UserBody Of(SeenUser seen) =>
        new(seen.User.Subject, seen.User.Email, seen.User.DisplayName, seen.User.OnlyOrganizationId, seen.UpdatedAt, seen.RevokedAt);
}

internal sealed record AuthRequestListResponse(int TotalSize, string NextPageToken, IReadOnlyList<AuthRequestBody> AuthRequests);
