namespace Latchkey.Server.Audit;

/// <summary>How much of the audit log was verified.</summary>
/// <param name="Verified">The entries from the first one on whose chain was verified.</param>
/// <param name="From">The time of the first entry.</param>
/// <param name="Broken">What is wrong, in a sentence. Null when nothing is.</param>
internal sealed record AuditState(AuditHead Head, long Verified, DateTimeOffset? From, string? Broken)
{
    public bool IsWhole => Broken is null && Verified >= Head.Position;
}

/// <summary>
/// Verifies the audit log for the dashboard, a bounded number of entries per call, so that the page of a long log does not wait: each call
/// goes on where the one before ended. It begins again after an hour, so that a change of what was verified is found too.
/// </summary>
internal sealed class AuditCheck(AuditLog log, TimeProvider clock)
{
    private const int MaxPerCall = 2_000;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim gate = new(1);
    private AuditHead last = AuditHead.Beginning;
    private DateTimeOffset? from;
    private DateTimeOffset begunAt;

    public async Task<AuditState> GoOnAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if ((clock.GetUtcNow() - begunAt).Duration() > MaxAge)
            {
                (last, from, begunAt) = (AuditHead.Beginning, null, clock.GetUtcNow());
            }

            // Read before the entries: those that are added meanwhile are not missed.
            var head = await log.HeadAsync(cancellationToken);
            var broken = log.IsSealedHere(head)
                ? await VerifyAsync(head, cancellationToken)
                : AuditVerification.NotSealed;
            return new(head, last.Position, from, broken);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<string?> VerifyAsync(AuditHead head, CancellationToken cancellationToken)
    {
        if (last.Position < head.Position)
        {
            var entries = await log.BehindAsync(last.Position, MaxPerCall, cancellationToken);
            if (entries.Count == 0)
            {
                return AuditVerification.EndRemoved(head, last);
            }

            foreach (var entry in entries.TakeWhile(e => e.Position <= head.Position))
            {
                if (AuditVerification.Validate(entry, last) is { } what)
                {
                    return what;
                }

                last = new(entry.Position, entry.Hash, Seal: null);
                from ??= entry.At;
            }
        }

        return last.Position == head.Position && !last.Hash.SequenceEqual(head.Hash) ? AuditVerification.LastReplaced(last) : null;
    }
}
