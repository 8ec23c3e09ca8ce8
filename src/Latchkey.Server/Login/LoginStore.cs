using Latchkey.Server.Audit;
using Latchkey.Server.Authorize;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Login;

/// <summary>
/// The steps of the login hand-off. Each is one conditional update: of any number of concurrent calls exactly one is answered true;
/// the others read the row again and find where it stands.
/// </summary>
internal sealed class LoginStore(IDatabase database, AuditLog audit)
{
    /// <summary>Report: AwaitingLogin to AwaitingReturn, and the person's newest snapshot with it.</summary>
    public Task<bool> ReportAsync(AuthRequest.AwaitingReturn reported, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'awaiting_return', subject = @subject, report = @report, reported_at = @now, return_by = @return_by
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_login' AND login_by > @now
        RETURNING id;
        INSERT INTO users (connection_id, subject, snapshot, search_text, updated_at)
        SELECT connection_id, subject, @snapshot, @search_text, reported_at FROM login_requests
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_return' AND report = @report AND reported_at = @now
        ON CONFLICT (connection_id, subject) DO UPDATE SET snapshot = excluded.snapshot, search_text = excluded.search_text,
            updated_at = CASE WHEN users.updated_at > excluded.updated_at THEN users.updated_at ELSE excluded.updated_at END
        """,
        new()
        {
            { "id", reported.Visit.Id.Value }, { "connection", reported.Visit.ConnectionId.Value }, { "subject", reported.Report.User.Subject },
            { "report", AuthRequestRow.Write(reported.Report) }, { "snapshot", AuthRequestRow.Write(reported.Report.User) }, { "search_text", reported.Report.User.SearchText },
            { "now", reported.ReportedAt }, { "return_by", reported.ReturnBy },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>Reject or <c>login_failed</c>: AwaitingLogin to Refused.</summary>
    public Task<bool> RefuseAsync(AuthRequest.Refused refused, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'refused', error = @error, ended_at = @now
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_login' AND login_by > @now
        RETURNING id
        """,
        new()
        {
            { "id", refused.Visit.Id.Value }, { "connection", refused.Visit.ConnectionId.Value },
            { "error", AuthRequestRow.Write(refused.Answer) }, { "now", refused.RefusedAt },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>Callback: AwaitingReturn to AwaitingConsent. State, cookie and proof were checked before: they are derived, so no row can change them.</summary>
    public Task<bool> ReturnAsync(AuthRequest.AwaitingConsent returned, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'awaiting_consent', consent_from = @now, consent_by = @consent_by
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_return' AND return_by > @now
        RETURNING id
        """,
        new()
        {
            { "id", returned.Visit.Id.Value }, { "connection", returned.Visit.ConnectionId.Value },
            { "now", returned.ReturnedAt }, { "consent_by", returned.ConsentBy },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>
    /// Burns a visit that is still on its way. With <paramref name="alsoWhatCameOfIt"/> also one whose code is out or exchanged:
    /// the code dies and the grant ends in the same transaction. Nobody is told the company's refusal any more: a burnt visit ends at a page.
    /// </summary>
    public Task<bool> BurnAsync(LoginVisit visit, EndReason reason, bool alsoWhatCameOfIt, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        alsoWhatCameOfIt
            ? """
              UPDATE login_requests SET stage = 'ended', reason = @reason, error = NULL, ended_at = @now WHERE id = @id AND connection_id = @connection AND stage <> 'ended' RETURNING id;
              UPDATE grants SET ended_at = @now, ended_reason = @reason
               WHERE ended_at IS NULL AND id = (SELECT grant_id FROM login_requests WHERE id = @id AND connection_id = @connection AND stage = 'ended' AND ended_at = @now)
              """
            : """
              UPDATE login_requests SET stage = 'ended', reason = @reason, error = NULL, ended_at = @now
               WHERE id = @id AND connection_id = @connection AND stage IN ('awaiting_login', 'awaiting_return', 'awaiting_consent', 'refused')
              RETURNING id
              """,
        new() { { "id", visit.Id.Value }, { "connection", visit.ConnectionId.Value }, { "reason", reason.ToString() }, { "now", now } },
        Rows.Any,
        cancellationToken);

    /// <summary>Newer attributes of a person already seen; the next refresh carries them. False: nobody of that subject was ever reported here.</summary>
    public Task<bool> UpdateUserAsync(ConnectionId connection, UserSnapshot user, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE users SET snapshot = @snapshot, search_text = @search_text, updated_at = CASE WHEN updated_at > @now THEN updated_at ELSE @now END
         WHERE connection_id = @connection AND subject = @subject
        RETURNING subject
        """,
        new() { { "connection", connection.Value }, { "subject", user.Subject }, { "snapshot", AuthRequestRow.Write(user) }, { "search_text", user.SearchText }, { "now", now } },
        Rows.Any,
        cancellationToken);

    /// <summary>
    /// The person left: every grant of theirs at the connection ends, and a login reported so far can no longer be exchanged, also when the clock
    /// that reported it was ahead of this one (another node's, or ours before this step had to wait).
    /// </summary>
    /// <returns>How many grants ended; null: nobody of that subject was ever reported here.</returns>
    public Task<int?> RevokeUserAsync(ConnectionId connection, string subject, Actor by, DateTimeOffset now, CancellationToken cancellationToken) => audit.WriteAsync<int?>(
        new AuditedChange(by, "user.revoked", connection.Value, AuditedChange.Of(("sub", subject))),
        $"""
        UPDATE users SET revoked_at = CASE WHEN updated_at > @now THEN updated_at ELSE @now END WHERE connection_id = @connection AND subject = @subject RETURNING subject;
        UPDATE grants SET ended_at = @now, ended_reason = 'UserRevoked' WHERE connection_id = @connection AND subject = @subject AND ended_at IS NULL RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM users WHERE connection_id = @connection AND subject = @subject)
        """,
        new() { { "connection", connection.Value }, { "subject", subject }, { "now", now } },
        static reader =>
        {
            if (!reader.Read())
            {
                return null;
            }

            reader.NextResult();
            return Rows.Count(reader);
        },
        cancellationToken);
}
