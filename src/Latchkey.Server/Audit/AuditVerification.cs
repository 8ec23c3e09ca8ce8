using System.Globalization;

namespace Latchkey.Server.Audit;

/// <summary>The result of verifying the audit log.</summary>
internal abstract record AuditVerdict
{
    private AuditVerdict() { }

    public sealed record Whole(AuditHead Head, DateTimeOffset? From, DateTimeOffset? To) : AuditVerdict;

    /// <param name="What">A sentence that names the entry and what happened to it.</param>
    public sealed record Broken(string What) : AuditVerdict;
}

/// <summary>
/// Verifies the audit log from its first entry: 1. positions are consecutive; 2. each entry has the hash of the previous one; 3. each hash
/// matches its entry; 4. the log ends at its head; 5. the head is sealed with this key-encryption key; 6. a head that was noted earlier is
/// still in the log, which reveals that the database was replaced by an older copy.
/// </summary>
internal static class AuditVerification
{
    public const string NotSealed =
        "The head of the audit log is not sealed with this key-encryption key: it was changed by hand, or this is a different key.";

    private const int Batch = 1_000;

    /// <param name="noted">Position and hash printed by an earlier verification, or null.</param>
    public static async Task<AuditVerdict> VerifyAsync(
        AuditLog log, (long Position, string Hash)? noted, CancellationToken cancellationToken)
    {
        // Read before the entries, so that entries added meanwhile are after it and are not verified.
        var head = await log.HeadAsync(cancellationToken);
        if (!log.IsSealedHere(head))
        {
            return new AuditVerdict.Broken(NotSealed);
        }

        var last = AuditHead.Beginning;
        DateTimeOffset? from = null;
        DateTimeOffset? to = null;
        while (last.Position < head.Position)
        {
            var entries = await log.BehindAsync(last.Position, Batch, cancellationToken);
            if (entries.Count == 0)
            {
                return new AuditVerdict.Broken(EndRemoved(head, last));
            }

            foreach (var entry in entries.TakeWhile(e => e.Position <= head.Position))
            {
                if (Validate(entry, last) is { } what)
                {
                    return new AuditVerdict.Broken(what);
                }

                last = new(entry.Position, entry.Hash, Seal: null);
                (from, to) = (from ?? entry.At, entry.At);
                if (noted is { } n && n.Position == entry.Position
                    && !n.Hash.Equals(Convert.ToHexStringLower(entry.Hash), StringComparison.OrdinalIgnoreCase))
                {
                    return new AuditVerdict.Broken($"Entry {n.Position} does not match the noted head: this is a different audit log.");
                }
            }
        }

        return !last.Hash.SequenceEqual(head.Hash)
            ? new AuditVerdict.Broken(LastReplaced(last))
            : noted is { } missing && missing.Position > head.Position
                ? new AuditVerdict.Broken($"Entry {missing.Position} of the noted head is missing: the audit log ends at {head.Position}.")
            : new AuditVerdict.Whole(head, from, to);
    }

    public static string EndRemoved(AuditHead head, AuditHead last) =>
        $"The end of the audit log was removed: its head is entry {head.Position}, but its last entry is {last.Position}.";

    public static string LastReplaced(AuditHead last) =>
        $"The last entry does not match the sealed head: entry {last.Position} was replaced.";

    /// <summary>Returns what is wrong with the entry behind <paramref name="last"/>, or null.</summary>
    public static string? Validate(AuditEntry entry, AuditHead last) =>
        entry.Position != last.Position + 1 ? string.Create(CultureInfo.InvariantCulture, $"Entry {last.Position + 1} is missing.")
        : !entry.Previous.SequenceEqual(last.Hash) ? string.Create(
            CultureInfo.InvariantCulture, $"Entry {entry.Position} does not follow entry {last.Position}: one of them was replaced.")
        : !entry.Hash.SequenceEqual(entry.ComputeHash())
            ? string.Create(CultureInfo.InvariantCulture, $"Entry {entry.Position} was changed after it was written.")
        : null;
}
