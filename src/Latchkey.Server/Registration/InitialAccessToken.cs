using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Registration;

/// <summary>A token that an operator issues for registrations at a resource (RFC 7591 §1.2). Only its hash is stored.</summary>
internal sealed record InitialAccessToken(
    InitialAccessTokenId Id, ResourceId ResourceId, string Name, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, long MaxUses,
    long Uses)
{
    public const int MaxNameLength = 128;
    public const long MostUses = 1_000_000;
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(7);
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(365);

    public bool IsUsable(DateTimeOffset now) => Uses < MaxUses && ExpiresAt > now;
}

/// <summary>Rows of initial access tokens. <see cref="RegistrationStore"/> counts their uses.</summary>
internal sealed class InitialAccessTokenStore(IDatabase database, AuditLog audit)
{
    /// <summary>Expired tokens stay visible to operators for this long.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    private const string Columns = "id, resource_id, name, created_at, expires_at, max_uses, uses";

    public Task AddAsync(InitialAccessToken token, byte[] hash, Actor by, CancellationToken cancellationToken) => audit.WriteAsync(
        new AuditedChange(
            by, "initial_access_token.created", token.Id.Value,
            AuditedChange.Of(("name", token.Name), ("resource_id", token.ResourceId.Value))),
        $"""
        INSERT INTO initial_access_tokens (id, resource_id, hash, name, created_at, expires_at, max_uses, uses)
        VALUES (@id, @resource, @hash, @name, @now, @expires, @max, 0);
        {AuditLog.Entry}
        """,
        new()
        {
            { "id", token.Id.Value }, { "resource", token.ResourceId.Value }, { "hash", hash }, { "name", token.Name },
            { "now", token.CreatedAt }, { "expires", token.ExpiresAt },
            { "max", token.MaxUses },
        },
        static _ => true,
        cancellationToken);

    public async Task<InitialAccessToken?> FindAsync(byte[] hash, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {Columns} FROM initial_access_tokens WHERE hash = @hash", new() { { "hash", hash } }, ReadAll, cancellationToken))
            .FirstOrDefault();

    /// <summary>The tokens of a resource, oldest first.</summary>
    public Task<List<InitialAccessToken>> OfResourceAsync(ResourceId resource, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"SELECT {Columns} FROM initial_access_tokens WHERE resource_id = @resource ORDER BY created_at, id LIMIT @limit",
            new() { { "resource", resource.Value }, { "limit", limit } },
            ReadAll,
            cancellationToken);

    /// <summary>Revokes a token. Clients that registered with it stay registered.</summary>
    public Task<bool> DeleteAsync(ResourceId resource, InitialAccessTokenId id, Actor by, CancellationToken cancellationToken) =>
        audit.WriteAsync(
            new AuditedChange(by, "initial_access_token.deleted", id.Value, AuditedChange.Of(("resource_id", resource.Value))),
            $"""
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM initial_access_tokens WHERE id = @id AND resource_id = @resource);
            DELETE FROM initial_access_tokens WHERE id = @id AND resource_id = @resource RETURNING id
            """,
            new() { { "id", id.Value }, { "resource", resource.Value } },
            Rows.Any,
            cancellationToken);

    /// <summary>Deletes tokens that expired before <paramref name="before"/>, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM initial_access_tokens WHERE id IN (SELECT id FROM initial_access_tokens WHERE expires_at < @before "
        + "ORDER BY expires_at LIMIT 500) RETURNING id",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);

    private static List<InitialAccessToken> ReadAll(DbDataReader reader)
    {
        var tokens = new List<InitialAccessToken>();
        while (reader.Read())
        {
            tokens.Add(new(
                new(reader.GetString(0)), new(reader.GetString(1)), reader.GetString(2), Time(reader.GetInt64(3)), Time(reader.GetInt64(4)),
                reader.GetInt64(5), reader.GetInt64(6)));
        }

        return tokens;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
