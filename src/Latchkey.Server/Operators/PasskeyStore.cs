using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Identity;

namespace Latchkey.Server.Operators;

/// <summary>A passkey as its operator sees it.</summary>
internal sealed record Passkey(UserPasskeyInfo Info, OperatorId OperatorId, DateTimeOffset? UsedAt)
{
    public const int MaxNameLength = 60;

    /// <summary>The id in URLs.</summary>
    public string Id => System.Buffers.Text.Base64Url.EncodeToString(Info.CredentialId);

    public string Name => Info.Name ?? "";
}

/// <summary>Rows of passkeys, and of the challenges that were used with them.</summary>
internal sealed class PasskeyStore(IDatabase database, AuditLog audit)
{
    public const int MaxPerOperator = 20;

    private const string Columns =
        "credential_id, operator_id, name, public_key, sign_count, transports, is_user_verified, is_backup_eligible, is_backed_up, "
        + "attestation_object, client_data, created_at, used_at";

    /// <summary>Of concurrent uses of one challenge, the first inserts this row.</summary>
    private const string UseChallenge =
        "INSERT INTO operator_challenges (hash, expires_at) VALUES (@challenge, @expires) ON CONFLICT (hash) DO NOTHING RETURNING hash";

    public Task<bool> UseChallengeAsync(byte[] challenge, DateTimeOffset expires, CancellationToken cancellationToken) =>
        database.WriteAsync(
            UseChallenge, new() { { "challenge", challenge }, { "expires", expires } }, Rows.Any, cancellationToken);

    public Task<List<Passkey>> OfOperatorAsync(OperatorId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM operator_passkeys WHERE operator_id = @operator ORDER BY created_at LIMIT 100",
        new() { { "operator", id.Value } },
        ReadAll,
        cancellationToken);

    public async Task<Passkey?> FindAsync(byte[] credentialId, CancellationToken cancellationToken) => (await database.ReadAsync(
        $"SELECT {Columns} FROM operator_passkeys WHERE credential_id = @id", new() { { "id", credentialId } }, ReadAll, cancellationToken))
        .FirstOrDefault();

    /// <returns>False when the passkey exists, the operator is gone, or has too many.</returns>
    public Task<bool> AddAsync(Operator known, UserPasskeyInfo passkey, CancellationToken cancellationToken) => audit.WriteAsync(
        new(known.Actor, "operator.passkey_added", known.Id.Value, AuditedChange.Of(("name", passkey.Name ?? ""))),
        $"""
        INSERT INTO operator_passkeys (credential_id, operator_id, name, public_key, sign_count, transports, is_user_verified,
                                       is_backup_eligible, is_backed_up, attestation_object, client_data, created_at)
        SELECT @id, @operator, @name, @key, @count, @transports, @verified, @eligible, @backup, @attestation, @client, @created
         WHERE EXISTS (SELECT 1 FROM operators WHERE id = @operator)
           AND NOT EXISTS (SELECT 1 FROM operator_passkeys WHERE credential_id = @id)
           AND (SELECT COUNT(*) FROM operator_passkeys WHERE operator_id = @operator) < {MaxPerOperator}
        RETURNING operator_id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_passkeys WHERE credential_id = @id AND client_data = @client)
        """,
        new()
        {
            { "id", passkey.CredentialId }, { "operator", known.Id.Value }, { "name", passkey.Name }, { "key", passkey.PublicKey },
            { "count", (long)passkey.SignCount }, { "transports", string.Join(' ', passkey.Transports ?? []) },
            { "verified", passkey.IsUserVerified }, { "eligible", passkey.IsBackupEligible }, { "backup", passkey.IsBackedUp },
            { "attestation", passkey.AttestationObject }, { "client", passkey.ClientDataJson }, { "created", passkey.CreatedAt },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>Records a use. The counter never goes back, so of two uses with one counter the second is refused.</summary>
    public Task<bool> UsedAsync(UserPasskeyInfo passkey, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "UPDATE operator_passkeys SET sign_count = @count, is_backed_up = @backup, is_user_verified = @verified, used_at = @now "
        + "WHERE credential_id = @id AND (sign_count < @count OR (sign_count = 0 AND @count = 0)) RETURNING operator_id",
        new()
        {
            { "id", passkey.CredentialId }, { "count", (long)passkey.SignCount }, { "backup", passkey.IsBackedUp },
            { "verified", passkey.IsUserVerified }, { "now", now },
        },
        Rows.Any,
        cancellationToken);

    public Task<bool> RemoveAsync(Passkey passkey, Actor by, CancellationToken cancellationToken) => audit.WriteAsync(
        new(by, "operator.passkey_removed", passkey.OperatorId.Value, AuditedChange.Of(("name", passkey.Name))),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_passkeys WHERE credential_id = @id AND operator_id = @operator);
        DELETE FROM operator_passkeys WHERE credential_id = @id AND operator_id = @operator RETURNING operator_id
        """,
        new() { { "id", passkey.Info.CredentialId }, { "operator", passkey.OperatorId.Value } },
        Rows.Any,
        cancellationToken);

    /// <summary>Deletes used challenges that have expired, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM operator_challenges WHERE hash IN (SELECT hash FROM operator_challenges WHERE expires_at < @now "
        + "ORDER BY expires_at LIMIT 500) RETURNING hash",
        new() { { "now", now } },
        Rows.Count,
        cancellationToken);

    private static List<Passkey> ReadAll(DbDataReader reader)
    {
        var passkeys = new List<Passkey>();
        while (reader.Read())
        {
            var info = new UserPasskeyInfo(
                (byte[])reader.GetValue(0), (byte[])reader.GetValue(3), Time(reader.GetInt64(11)), (uint)reader.GetInt64(4),
                reader.GetString(5).Split(' ', StringSplitOptions.RemoveEmptyEntries), reader.GetInt16(6) != 0, reader.GetInt16(7) != 0,
                reader.GetInt16(8) != 0, (byte[])reader.GetValue(9), (byte[])reader.GetValue(10))
            {
                Name = reader.GetString(2),
            };
            passkeys.Add(new(info, new(reader.GetString(1)), reader.IsDBNull(12) ? null : Time(reader.GetInt64(12))));
        }

        return passkeys;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
