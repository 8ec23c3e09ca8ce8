using Latchkey.Server.Authorize;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Consent;

/// <summary>The person's decision. Each step is one conditional update; of any number of concurrent decisions about one login request exactly one is taken.</summary>
internal sealed class ConsentStore(IDatabase database)
{
    /// <summary>What this person allowed this client at this resource before; null: never asked.</summary>
    public Task<Scope?> FormerScopeAsync(AuthRequest.AwaitingConsent asked, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT scope FROM consents WHERE connection_id = @connection AND subject = @subject AND client_id = @client AND resource_id = @resource",
        Key(asked.Visit, asked.Report.User.Subject),
        static reader => reader.Read() ? Scope.Parse(reader.GetString(0)) : null,
        cancellationToken);

    /// <summary>Allow: AwaitingConsent to AwaitingExchange, and the consent on record (what was allowed before stays allowed).</summary>
    /// <param name="remembered">Everything this person has allowed this client here, the new included.</param>
    public Task<bool> AllowAsync(AuthRequest.AwaitingExchange allowed, Scope remembered, ConsentId newId, CancellationToken cancellationToken)
    {
        var values = Key(allowed.Visit, allowed.Report.User.Subject);
        values.Add("id", allowed.Visit.Id.Value);
        values.Add("scope", allowed.Scope.ToString());
        values.Add("remembered", remembered.ToString());
        values.Add("now", allowed.DecidedAt);
        values.Add("code_by", allowed.CodeBy);
        values.Add("consent", newId.Value);
        return database.WriteAsync(
            """
            UPDATE login_requests SET stage = 'awaiting_exchange', scope = @scope, decided_at = @now, code_by = @code_by
             WHERE id = @id AND stage = 'awaiting_consent' AND consent_by > @now
            RETURNING id;
            INSERT INTO consents (id, connection_id, subject, client_id, resource_id, scope, granted_at)
            SELECT @consent, @connection, @subject, @client, @resource, @remembered, @now FROM login_requests
             WHERE id = @id AND stage = 'awaiting_exchange' AND decided_at = @now
            ON CONFLICT (connection_id, subject, client_id, resource_id) DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Deny: AwaitingConsent to Ended, with the answer for the client.</summary>
    public Task<bool> DenyAsync(AuthRequest.Ended denied, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'ended', reason = @reason, error = @error, ended_at = @now
         WHERE id = @id AND stage = 'awaiting_consent'
        RETURNING id
        """,
        new()
        {
            { "id", denied.Visit.Id.Value }, { "reason", denied.Reason.ToString() },
            { "error", denied.Answer is { } answer ? AuthRequestRow.Write(answer) : null }, { "now", denied.EndedAt },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>"Not you": ends this visit and begins <paramref name="successor"/> under the same auth request.</summary>
    public Task<bool> StartOverAsync(LoginVisit ended, LoginVisit successor, CancellationToken cancellationToken) => database.WriteAsync(
        $"""
        UPDATE login_requests SET stage = 'ended', reason = 'NotYou', ended_at = @now, successor_id = @successor
         WHERE id = @id AND stage = 'awaiting_consent'
        RETURNING id;
        INSERT INTO login_requests {AuthRequestStore.InsertValues}
        SELECT @successor, auth_request_id, @connection, resource_id, client_id, @key, @verification, @request, @now, @login_by, 'awaiting_login'
          FROM login_requests WHERE id = @id AND successor_id = @successor
        """,
        new()
        {
            { "id", ended.Id.Value }, { "successor", successor.Id.Value }, { "connection", successor.ConnectionId.Value }, { "key", successor.DeriveKey },
            { "verification", AuthRequestRow.Write(successor.Verification) }, { "request", AuthRequestRow.Write(successor.Request) },
            { "now", successor.CreatedAt }, { "login_by", successor.LoginBy },
        },
        Rows.Any,
        cancellationToken);

    private static SqlValues Key(LoginVisit visit, string subject) => new()
    {
        { "connection", visit.ConnectionId.Value },
        { "subject", subject },
        { "client", visit.ClientId.Value },
        { "resource", visit.ResourceId.Value },
    };
}
