using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>The number of rows that a restore ended or deleted.</summary>
internal sealed record RestoreOutcome(int Grants, int Consents, int LoginRequests);

/// <summary>
/// Ends what a restored database would bring back to life (docs/decisions/0014). The revocations since the backup are not in it, so every
/// grant in it may have been revoked since, and every refresh token of it may be an old copy of a rotated one. 1. Every grant ends: its
/// client gets <c>invalid_grant</c>, as after any other end, and signs in again; no refresh token looks like a replay. 2. Consents are
/// deleted, so that a person decides again. 3. Unfinished login requests, codes and pushed requests are deleted: they can be used once, and
/// may have been used.
/// </summary>
internal sealed class RestoredState(AuditLog audit, TimeProvider clock)
{
    public Task<RestoreOutcome> EndAsync(Actor by, DateTimeOffset revokedSince, CancellationToken cancellationToken) => audit.WriteAsync(
        new AuditedChange(by, "database.restored", "*", AuditedChange.Of(("revoked_since", revokedSince.ToString("O")))),
        $"""
        UPDATE grants SET ended_at = @now, ended_reason = '{nameof(GrantEnd.DatabaseRestored)}' WHERE ended_at IS NULL RETURNING 1;
        DELETE FROM consents RETURNING 1;
        DELETE FROM login_requests
         WHERE stage NOT IN ('{LoginRequestRow.Exchanged}', '{LoginRequestRow.Ended}', '{LoginRequestRow.Refused}') RETURNING 1;
        DELETE FROM pushed_requests;
        {AuditLog.Entry}
        """,
        new() { { "now", clock.GetUtcNow() } },
        Read,
        cancellationToken);

    private static RestoreOutcome Read(DbDataReader reader)
    {
        var grants = Rows.Count(reader);
        reader.NextResult();
        var consents = Rows.Count(reader);
        reader.NextResult();
        return new(grants, consents, Rows.Count(reader));
    }
}
