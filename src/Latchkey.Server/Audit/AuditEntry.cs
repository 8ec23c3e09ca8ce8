using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.Audit;

/// <summary>
/// One entry of the audit log. Its hash covers all its members and the hash of the previous entry, so an entry cannot be changed, removed
/// or inserted without changing every hash after it.
/// </summary>
internal sealed record AuditEntry
{
    /// <summary>1, 2, 3 … without a gap.</summary>
    public required long Position { get; init; }
    public required AuditId Id { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The id of an API client or OAuth client, or the command of the server program.</summary>
    public required string Actor { get; init; }

    /// <summary>A stable name such as <c>resource.created</c>, listed in docs/wire.md.</summary>
    public required string Action { get; init; }

    /// <summary>The id of what was changed.</summary>
    public required string Target { get; init; }

    /// <summary>A JSON object with the old and new value per member. Never a secret or its hash.</summary>
    public required string Detail { get; init; }
    public required byte[] Previous { get; init; }
    public required byte[] Hash { get; init; }

    public static AuditEntry After(AuditHead head, AuditId id, DateTimeOffset now, AuditedChange change)
    {
        // Stored times are whole milliseconds, and the hash must match what is read back.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        var entry = new AuditEntry
        {
            Position = head.Position + 1,
            Id = id,
            At = at,
            Actor = change.Actor.ToString()!,
            Action = change.Action,
            Target = change.Target,
            Detail = change.DetailWithReason,
            Previous = head.Hash,
            Hash = [],
        };
        return entry with { Hash = entry.ComputeHash() };
    }

    /// <summary>SHA-256 over the previous hash and the members, one line each. Only the last member could contain a line break.</summary>
    public byte[] ComputeHash() => SHA256.HashData(
        [
            .. Previous,
            .. Encoding.UTF8.GetBytes(string.Join(
                '\n', Position.ToString(CultureInfo.InvariantCulture), Id.Value,
                At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), Actor, Action, Target, Detail)),
        ]);
}

/// <summary>The end of the audit log. Without it, the removal of the last entries would go unnoticed.</summary>
/// <param name="Seal">An HMAC of position and hash, which requires the key-encryption key. Null before the first entry.</param>
internal sealed record AuditHead(long Position, byte[] Hash, byte[]? Seal)
{
    public static readonly AuditHead Beginning = new(0, new byte[SHA256.HashSizeInBytes], Seal: null);

    /// <summary>Returns the bytes that the seal covers.</summary>
    public static byte[] Sealed(long position, byte[] hash)
    {
        var bytes = new byte[sizeof(long) + hash.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position);
        hash.CopyTo(bytes, sizeof(long));
        return bytes;
    }
}
