using Latchkey.Server.Registration;

namespace Latchkey.Server.Management.InitialAccessTokens;

/// <param name="PlainToken">Shown only once.</param>
internal sealed record InitialAccessTokenResponse(InitialAccessTokenBody InitialAccessToken, string? PlainToken);

internal sealed record InitialAccessTokenListResponse(
    int TotalSize, string NextPageToken, IReadOnlyList<InitialAccessTokenBody> InitialAccessTokens);

internal sealed record InitialAccessTokenBody(
    string Id, string ResourceId, string Name, long MaxUses, long Uses, DateTimeOffset CreateTime, DateTimeOffset ExpireTime)
{
    public static InitialAccessTokenBody Of(InitialAccessToken token) => new(
        token.Id.Value, token.ResourceId.Value, token.Name, token.MaxUses, token.Uses, token.CreatedAt, token.ExpiresAt);
}
