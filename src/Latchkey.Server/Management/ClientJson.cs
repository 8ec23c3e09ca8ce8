using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Consent;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management;

/// <param name="PlainSecret">Shown this once.</param>
/// <param name="ConsentedUsers">Who allowed it something at its resource, the newest 30; in the answer that shows this one client of a resource.</param>
internal sealed record ClientAnswer(ClientBody Client, string? PlainSecret, IReadOnlyList<ConsentedUserBody>? ConsentedUsers = null)
{
    public static ClientAnswer Of(ShownClient shown) => new(ClientBody.Of(shown), shown.PlainSecret?.Value, shown.Consented?.Select(ConsentedUserBody.Of).ToList());
}

internal sealed record ConsentedUserBody(string ConsentId, string ExternalUserId, IReadOnlyList<string> Scopes)
{
    public static ConsentedUserBody Of(GivenConsent consent) => new(consent.Id.Value, consent.Subject, [.. consent.Scope]);
}

internal sealed record ClientListAnswer(IReadOnlyList<ClientBody> Clients, int TotalDcrClients, int TotalStaticClients)
{
    public static ClientListAnswer Of(IReadOnlyList<ShownClient> found)
    {
        var registered = found.Count(c => c.Client.Origin == ClientOrigin.Registered);
        return new([.. found.Select(ClientBody.Of)], registered, found.Count - registered);
    }
}

internal sealed record CustomClaimBody(string Key, string Value);

/// <param name="Audience">Of an organisation's client: the ids of the resources it may get tokens for.</param>
/// <param name="Expiry">Seconds that a token lives which the client gets for itself; absent: the resource's.</param>
internal sealed record ClientBody(
    string ClientId,
    string Name,
    string? Description,
    string? ResourceId,
    string? OrganizationId,
    IReadOnlyList<string>? Audience,
    IReadOnlyList<CustomClaimBody>? CustomClaims,
    long? Expiry,
    IReadOnlyList<string> RedirectUris,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> GrantTypes,
    string TokenEndpointAuthMethod,
    IReadOnlyList<SecretBody> Secrets,
    bool RequirePushedAuthorizationRequests,
    bool IsDcr,
    bool IsCimd,
    string? MetadataUri,
    bool Enabled,
    DateTimeOffset CreateTime,
    DateTimeOffset UpdateTime)
{
    public static ClientBody Of(ShownClient shown)
    {
        var client = shown.Client;
        return new(
            client.Id.Value,
            client.Name,
            client.Description,
            client.ResourceId?.Value,
            client.OrganizationId,
            client.Audience is null ? null : [.. client.Audience.Select(r => r.Value)],
            client.CustomClaims is null ? null : [.. client.CustomClaims.Select(c => new CustomClaimBody(c.Key, c.Value))],
            client.TokenLifetime is { } lifetime ? (long)lifetime.TotalSeconds : null,
            client.RedirectUris,
            [.. Scope.Parse(client.ScopeCap)],
            client.GrantTypes,
            client.TokenEndpointAuthMethod,
            SecretBody.Of(client.Secrets, shown.SecretUses),
            client.RequiresPush,
            client.Origin == ClientOrigin.Registered,
            client.Origin == ClientOrigin.Document,
            client.Id.DocumentUrl,
            client.IsEnabled,
            client.CreatedAt,
            client.UpdatedAt);
    }
}

/// <param name="Secret">The new secret's description.</param>
internal sealed record SecretAnswer(SecretBody Secret, string? PlainSecret);

/// <param name="SecretSuffix">The last four characters, to tell secrets apart.</param>
/// <param name="LastUsedTime">To the hour; absent: never used.</param>
internal sealed record SecretBody(
    string Id,
    string SecretSuffix,
    string Status,
    DateTimeOffset CreateTime,
    DateTimeOffset? UpdateTime,
    DateTimeOffset? ExpireTime,
    DateTimeOffset? LastUsedTime)
{
    public const string Active = "ACTIVE";
    public const string Inactive = "INACTIVE";

    public static IReadOnlyList<SecretBody> Of(IReadOnlyList<ClientSecret> secrets, IReadOnlyDictionary<string, DateTimeOffset> uses) => [.. secrets.Select(s => Of(s, uses))];

    public static SecretBody Of(ClientSecret secret, IReadOnlyDictionary<string, DateTimeOffset> uses) => new(
        secret.Id.Value,
        secret.Suffix,
        secret.IsActive ? Active : Inactive,
        secret.CreatedAt,
        secret.UpdatedAt ?? secret.CreatedAt,
        secret.ExpiresAt,
        uses.TryGetValue(secret.Id.Value, out var used) ? used : null);
}

internal sealed record OAuthClientListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<ClientBody> Clients);

internal sealed record ApiClientAnswer(ApiClientBody Client, string? PlainSecret)
{
    public static IResult Of(Outcome<ShownApiClient> outcome) => Answers.Of(outcome, shown =>
        Answers.Ok(new ApiClientAnswer(ApiClientBody.Of(shown), PlainSecret: null), shown.Client.Revision));
}

internal sealed record ApiClientListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<ApiClientBody> Clients);

internal sealed record SeenAddressBody(string Address, DateTimeOffset FirstSeenTime);

/// <param name="SeenAddresses">From where it was used; in the answer that shows this one client.</param>
internal sealed record ApiClientBody(
    string ClientId,
    string Name,
    string Role,
    IReadOnlyList<string> ConnectionIds,
    IReadOnlyList<SecretBody> Secrets,
    JsonElement? Jwks,
    IReadOnlyList<string>? AllowedAddresses,
    IReadOnlyList<SeenAddressBody>? SeenAddresses,
    bool Enabled,
    DateTimeOffset CreateTime,
    DateTimeOffset UpdateTime)
{
    public static ApiClientBody Of(ShownApiClient shown) => Of(shown.Client, shown.SecretUses, shown.SeenFrom);

    public static ApiClientBody Of(ApiClient client, IReadOnlyDictionary<string, DateTimeOffset> uses, IReadOnlyList<SeenAddress>? seenFrom) => new(
        client.Id.Value,
        client.Name,
        client.Role.Name(),
        [.. client.ConnectionIds.Select(c => c.Value)],
        SecretBody.Of(client.Secrets, uses),
        client.Keys?.Jwks is { } jwks ? JsonElement.Parse(jwks) : null,
        client.AllowedAddresses,
        seenFrom is null ? null : [.. seenFrom.Select(a => new SeenAddressBody(a.Address, a.FirstSeenAt))],
        client.IsEnabled,
        client.CreatedAt,
        client.UpdatedAt);
}
