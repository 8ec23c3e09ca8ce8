using System.Globalization;

namespace Latchkey.Server.Audit;

/// <summary>What a look at the whole record found.</summary>
internal abstract record AuditVerdict
{
    private AuditVerdict() { }

    public sealed record Whole(AuditHead Head, DateTimeOffset? From, DateTimeOffset? To) : AuditVerdict;

    /// <param name="What">A sentence: which entry, and what happened to it.</param>
    public sealed record Broken(string What) : AuditVerdict;
}

/// <summary>
/// Walks the record from its first entry: 1. positions are consecutive; 2. each entry carries the hash of the one before; 3. each hash is that of its entry;
/// 4. the record ends where its head says; 5. the head was sealed with our key-encryption key; 6. a head noted down earlier is still in it, which shows that nobody put
/// an older copy of the database in the place of the newer.
/// </summary>
internal static class AuditVerification
{
    private const int Batch = 1_000;

    /// <param name="noted">Position and hash as an earlier verification printed them; null: none was noted.</param>
    public static async Task<AuditVerdict> VerifyAsync(AuditLog log, (long Position, string Hash)? noted, CancellationToken cancellationToken)
    {
        // Before the entries: one that is added meanwhile is behind it and is none of the question's.
        var head = await log.HeadAsync(cancellationToken);
        if (!log.IsSealedHere(head))
        {
            return new AuditVerdict.Broken("The end of the record was not sealed with this key-encryption key: it was moved by hand, or the key is another one.");
        }

        var last = AuditHead.Beginning;
        DateTimeOffset? from = null;
        DateTimeOffset? to = null;
        while (last.Position < head.Position)
        {
            var entries = await log.BehindAsync(last.Position, Batch, cancellationToken);
            if (entries.Count == 0)
            {
                return new AuditVerdict.Broken($"The end of the record was cut off: it goes to {head.Position}, and the last entry there is is {last.Position}.");
            }

            foreach (var entry in entries.TakeWhile(e => e.Position <= head.Position))
            {
                if (WhatIsWrong(entry, last) is { } what)
                {
                    return new AuditVerdict.Broken(what);
                }

                last = new(entry.Position, entry.Hash, Seal: null);
                (from, to) = (from ?? entry.At, entry.At);
                if (noted is { } n && n.Position == entry.Position && !n.Hash.Equals(Convert.ToHexStringLower(entry.Hash), StringComparison.OrdinalIgnoreCase))
                {
                    return new AuditVerdict.Broken($"Entry {n.Position} is not the one that was noted down: this is another record.");
                }
            }
        }

        return !last.Hash.SequenceEqual(head.Hash) ? new AuditVerdict.Broken($"The end of the record is not the one that was sealed: entry {last.Position} was replaced.")
            : noted is { } missing && missing.Position > head.Position ? new AuditVerdict.Broken($"Entry {missing.Position} was noted down and is not there: the record ends at {head.Position}.")
            : new AuditVerdict.Whole(head, from, to);
    }

    private static string? WhatIsWrong(AuditEntry entry, AuditHead last) =>
        entry.Position != last.Position + 1 ? string.Create(CultureInfo.InvariantCulture, $"Entry {last.Position + 1} is missing.")
        : !entry.Previous.SequenceEqual(last.Hash) ? string.Create(CultureInfo.InvariantCulture, $"Entry {entry.Position} does not follow entry {last.Position}: one of them was replaced.")
        : !entry.Hash.SequenceEqual(entry.ComputeHash()) ? string.Create(CultureInfo.InvariantCulture, $"Entry {entry.Position} was changed after it was written.")
        : null;
}
