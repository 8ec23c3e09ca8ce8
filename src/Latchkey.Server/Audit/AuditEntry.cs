using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Audit;

/// <summary>
/// One change, as it stands in the record for good. Its hash covers everything in it and the hash of the entry before, so none can be changed, taken out or put
/// between without changing every hash behind it.
/// </summary>
/// <param name="Position">1, 2, 3 … without a gap.</param>
/// <param name="Actor">Who did it: an API client's id, or the command line.</param>
/// <param name="Action">Stable: <c>kind.what</c>, listed in docs/wire.md.</param>
/// <param name="Target">The id of what was changed.</param>
/// <param name="Detail">A JSON object: by member what it was and what it is. Never a secret, nor its hash.</param>
internal sealed record AuditEntry(
    long Position, AuditId Id, DateTimeOffset At, string Actor, string Action, string Target, string Detail, byte[] Previous, byte[] Hash)
{
    public static AuditEntry After(AuditHead head, AuditId id, DateTimeOffset now, AuditedChange change)
    {
        // Stored times are whole milliseconds, and what is hashed must be what is read back.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        var entry = new AuditEntry(head.Position + 1, id, at, change.Actor.ToString()!, change.Action, change.Target, change.Detail, head.Hash, Hash: []);
        return entry with { Hash = entry.ComputeHash() };
    }

    /// <summary>SHA-256 over the former hash and the members, a line each; only the last could hold a line break.</summary>
    public byte[] ComputeHash() => SHA256.HashData(
        [
            .. Previous,
            .. Encoding.UTF8.GetBytes(string.Join('\n', Position.ToString(CultureInfo.InvariantCulture), Id.Value, At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), Actor, Action, Target, Detail)),
        ]);
}

/// <summary>Where the record ends. Without it nobody could tell that the last entries were cut off.</summary>
/// <param name="Seal">A keyed hash over position and hash: who can write into the database and does not hold the key-encryption key cannot move the end. Null: nothing was ever recorded.</param>
internal sealed record AuditHead(long Position, byte[] Hash, byte[]? Seal)
{
    public static readonly AuditHead Beginning = new(0, new byte[SHA256.HashSizeInBytes], Seal: null);

    /// <summary>What the seal is over.</summary>
    public static byte[] Sealed(long position, byte[] hash)
    {
        var bytes = new byte[sizeof(long) + hash.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position);
        hash.CopyTo(bytes, sizeof(long));
        return bytes;
    }
}
