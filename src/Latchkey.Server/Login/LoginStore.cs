using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Login;

/// <summary>
/// The storage steps of the login hand-off. Each is one conditional update: of several concurrent calls exactly one returns true; the
/// others read the row again.
/// </summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class LoginStore(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    private const string GrantOfBurnt =
        "id = (SELECT grant_id FROM login_requests WHERE id = @id AND connection_id = @connection AND stage = 'ended' AND ended_at = @now)";

    /// <summary>
    /// Report: from AwaitingLogin to AwaitingReturn. Also stores the user's newest snapshot, except for a test, which changes no user.
    /// </summary>
    public Task<bool> ReportAsync(LoginRequest.AwaitingReturn reported, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'awaiting_return', subject = @subject, report = @report, reported_at = @now,
               return_by = @return_by
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_login' AND login_by > @now
        RETURNING id;
        INSERT INTO users (connection_id, subject, snapshot, search_text, updated_at)
        SELECT connection_id, subject, @snapshot, @search_text, reported_at FROM login_requests
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_return' AND report = @report AND reported_at = @now
           AND (purpose IS NULL OR purpose <> 'test')
        ON CONFLICT (connection_id, subject) DO UPDATE SET snapshot = excluded.snapshot, search_text = excluded.search_text,
            updated_at = CASE WHEN users.updated_at > excluded.updated_at THEN users.updated_at ELSE excluded.updated_at END
        """,
        new()
        {
            { "id", reported.Details.Id.Value }, { "connection", reported.Details.ConnectionId.Value },
            { "subject", reported.Report.User.Subject }, { "report", LoginRequestRow.Write(reported.Report) },
            { "snapshot", LoginRequestRow.Write(reported.Report.User) }, { "search_text", reported.Report.User.SearchText },
            { "now", reported.ReportedAt }, { "return_by", reported.ReturnBy },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>The same person was reported again: extends the time for the callback. Never shortens it.</summary>
    public Task<bool> ExtendAsync(LoginRequest.AwaitingReturn reported, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            """
            UPDATE login_requests SET return_by = @return_by
             WHERE id = @id AND connection_id = @connection AND subject = @subject AND stage = 'awaiting_return'
               AND return_by > @now AND return_by < @return_by
            RETURNING id
            """,
            new()
            {
                { "id", reported.Details.Id.Value }, { "connection", reported.Details.ConnectionId.Value },
                { "subject", reported.Report.User.Subject }, { "now", now }, { "return_by", reported.ReturnBy },
            },
            Rows.Any,
            cancellationToken);

    /// <summary>Reject or <c>login_failed</c>: from AwaitingLogin to Refused.</summary>
    public Task<bool> RefuseAsync(LoginRequest.Refused refused, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'refused', error = @error, ended_at = @now
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_login' AND login_by > @now
        RETURNING id
        """,
        new()
        {
            { "id", refused.Details.Id.Value }, { "connection", refused.Details.ConnectionId.Value },
            { "error", LoginRequestRow.Write(refused.Answer) }, { "now", refused.RefusedAt },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>Callback: from AwaitingReturn to AwaitingConsent. The caller has checked state, cookie and proof.</summary>
    public Task<bool> ReturnAsync(LoginRequest.AwaitingConsent returned, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'awaiting_consent', consent_from = @now, consent_by = @consent_by, verification = @verification
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_return' AND return_by > @now AND purpose IS NULL
        RETURNING id
        """,
        new()
        {
            { "id", returned.Details.Id.Value }, { "connection", returned.Details.ConnectionId.Value },
            { "now", returned.ReturnedAt }, { "consent_by", returned.ConsentBy },
            { "verification", LoginRequestRow.Write(returned.Details.Verification) },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>Callback of a purpose without a client: from AwaitingReturn to Confirmed.</summary>
    public Task<bool> ConfirmAsync(LoginRequest.Confirmed confirmed, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'confirmed', consent_from = @now, consent_by = @open_until, verification = @verification
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_return' AND return_by > @now AND purpose = @purpose
        RETURNING id
        """,
        new()
        {
            { "id", confirmed.Details.Id.Value }, { "connection", confirmed.Details.ConnectionId.Value },
            { "purpose", confirmed.Details.Purpose.Name }, { "now", confirmed.ReturnedAt }, { "open_until", confirmed.OpenUntil },
            { "verification", LoginRequestRow.Write(confirmed.Details.Verification) },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>
    /// Ends an unfinished login request. With <paramref name="includingGrant"/>, also one whose code was issued or redeemed: code and
    /// grant end in the same transaction. A pending error is not sent to the client: the browser gets an error page.
    /// </summary>
    public Task<bool> BurnAsync(
        LoginRequestDetails details, EndReason reason, bool includingGrant, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            includingGrant
                ? $"""
                  UPDATE login_requests SET stage = 'ended', reason = @reason, error = NULL, ended_at = @now
                   WHERE id = @id AND connection_id = @connection AND stage <> 'ended' RETURNING id;
                  UPDATE grants SET ended_at = @now, ended_reason = @reason
                   WHERE ended_at IS NULL AND {GrantOfBurnt}{outbox?.GrantsEnded(GrantOfBurnt)}
                  """
                : """
                  UPDATE login_requests SET stage = 'ended', reason = @reason, error = NULL, ended_at = @now
                   WHERE id = @id AND connection_id = @connection
                     AND stage IN ('awaiting_login', 'awaiting_return', 'awaiting_consent', 'refused')
                  RETURNING id
                  """,
            new() { { "id", details.Id.Value }, { "connection", details.ConnectionId.Value }, { "reason", reason.ToString() },
                { "now", now } },
            Rows.Any,
            cancellationToken);

    /// <summary>Updates the attributes of a user; the next refresh puts them into tokens. Returns false when the user is unknown.</summary>
    public Task<bool> UpdateUserAsync(
        ConnectionId connection, UserSnapshot user, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            """
            UPDATE users
               SET snapshot = @snapshot, search_text = @search_text, updated_at = CASE WHEN updated_at > @now THEN updated_at ELSE @now END
             WHERE connection_id = @connection AND subject = @subject
            RETURNING subject
            """,
            new() { { "connection", connection.Value }, { "subject", user.Subject }, { "snapshot", LoginRequestRow.Write(user) },
                { "search_text", user.SearchText }, { "now", now } },
            Rows.Any,
            cancellationToken);

    /// <summary>
    /// Erases a person: deletes every row of this person at the connection. Codes and tokens are dead with their grant. The audit log,
    /// whose
    /// entries cannot be deleted, records the erasure without the person's id.
    /// </summary>
    /// <returns>What was deleted. Null when the user is unknown.</returns>
    public Task<ErasedUser?> EraseUserAsync(
        ConnectionId connection, string subject, Actor by, CancellationToken cancellationToken) => audit.WriteAsync<ErasedUser?>(
            new AuditedChange(by, "user.erased", connection.Value),
            $"""
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM users WHERE connection_id = @connection AND subject = @subject);
            DELETE FROM users WHERE connection_id = @connection AND subject = @subject RETURNING subject;
            {WebhookOutbox.ErasePerson};
            DELETE FROM pushed_requests WHERE login_request_id IN (
                SELECT id FROM login_requests WHERE connection_id = @connection AND subject = @subject);
            DELETE FROM grants WHERE connection_id = @connection AND subject = @subject RETURNING auth_request_id;
            DELETE FROM login_requests WHERE connection_id = @connection AND subject = @subject RETURNING auth_request_id;
            DELETE FROM consents WHERE connection_id = @connection AND subject = @subject RETURNING id
            """,
            new() { { "connection", connection.Value }, { "subject", subject } },
            ReadErased,
            cancellationToken);

    private static ErasedUser? ReadErased(DbDataReader reader)
    {
        // Every statement runs: a person whom only a test of the login page reported has a login request, and is no known user.
        var isKnown = reader.Read();
        reader.NextResult();
        var grants = Ids(reader);
        reader.NextResult();
        var logins = Ids(reader);
        reader.NextResult();
        var consents = Rows.Count(reader);
        return isKnown
            ? new(grants.Count, logins.Count, consents, [.. grants.Union(logins).Select(id => new AuthorizationId(id))])
            : null;

        static List<string> Ids(DbDataReader reader)
        {
            var ids = new List<string>();
            while (reader.Read())
            {
                ids.Add(reader.GetString(0));
            }

            return ids;
        }
    }

    /// <summary>
    /// Revokes a user: ends every grant of the user at the connection. A login that was reported before cannot be redeemed any more, even
    /// when the clock of the reporting node was ahead of this one.
    /// </summary>
    /// <returns>The grants that ended. Null when the user is unknown.</returns>
    public Task<List<EndedGrant>?> RevokeUserAsync(
        ConnectionId connection, string subject, Actor by, DateTimeOffset now, CancellationToken cancellationToken) =>
        audit.WriteAsync<List<EndedGrant>?>(
            new AuditedChange(by, "user.revoked", connection.Value, AuditedChange.Of(("sub", subject))),
            $"""
            UPDATE users SET revoked_at = CASE WHEN updated_at > @now THEN updated_at ELSE @now END
             WHERE connection_id = @connection AND subject = @subject RETURNING subject;
            UPDATE grants SET ended_at = @now, ended_reason = 'UserRevoked'
             WHERE connection_id = @connection AND subject = @subject AND ended_at IS NULL
            RETURNING id, auth_request_id{outbox?.GrantsEnded("connection_id = @connection AND subject = @subject")};
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
                var ended = new List<EndedGrant>();
                while (reader.Read())
                {
                    ended.Add(new(new(reader.GetString(0)), new(reader.GetString(1))));
                }

                return ended;
            },
            cancellationToken);
}

/// <summary>The rows of a person that were deleted.</summary>
/// <param name="Authorizations">The person's authorizations, whose sign-ins are erased too.</param>
internal sealed record ErasedUser(int Grants, int LoginRequests, int Consents, IReadOnlyList<AuthorizationId> Authorizations);
