using Latchkey.Server.LoginRequests;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Consent;

/// <summary>The scopes that a person allowed a client at a resource, as last stored.</summary>
internal sealed record FormerConsent(Scope Scope, DateTimeOffset GrantedAt);

/// <summary>Stores decisions. Each step is one conditional update: of several concurrent decisions exactly one is stored.</summary>
internal sealed class ConsentStore(IDatabase database)
{
    /// <summary>The stored consent of this person for this client at this resource. Null when there is none.</summary>
    public Task<FormerConsent?> FormerAsync(LoginRequest.AwaitingConsent asked, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT scope, granted_at FROM consents WHERE connection_id = @connection AND subject = @subject "
        + "AND client_id = @client AND resource_id = @resource",
        Key(asked.Details, asked.Report.User.Subject),
        static reader => reader.Read()
            ? new FormerConsent(Scope.Parse(reader.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)))
            : null,
        cancellationToken);

    /// <summary>Allow: from AwaitingConsent to AwaitingExchange. Adds the scopes to the stored consent.</summary>
    /// <param name="former">The consent when the person decided. Scopes that another login has added since are kept too.</param>
    public Task<bool> AllowAsync(
        LoginRequest.AwaitingExchange allowed, FormerConsent? former, ConsentId newId, CancellationToken cancellationToken)
    {
        var values = Key(allowed.Details, allowed.Report.User.Subject);
        values.Add("id", allowed.Details.Id.Value);
        values.Add("scope", allowed.Scope.ToString());
        values.Add("claims", TokenClaims.Write(allowed.Claims));
        values.Add(
            "request",
            LoginRequestRow.Write(
                allowed.Details.Request with { KeepsAccess = allowed.KeepsAccess, LastsAtMost = allowed.LastsAtMost }));
        values.Add("remembered", (former?.Scope.Plus(allowed.Scope) ?? allowed.Scope).ToString());
        values.Add("former_at", former?.GrantedAt);
        values.Add("now", allowed.DecidedAt);
        values.Add("code_by", allowed.CodeBy);
        values.Add("consent", newId.Value);
        return database.WriteAsync(
            """
            UPDATE login_requests SET stage = 'awaiting_exchange', scope = @scope, claims = @claims, request = @request,
                   decided_at = @now, code_by = @code_by
             WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_consent' AND consent_by > @now
            RETURNING id;
            INSERT INTO consents (id, connection_id, subject, client_id, resource_id, scope, granted_at)
            SELECT @consent, @connection, @subject, @client, @resource, @remembered, @now FROM login_requests
             WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_exchange' AND scope = @scope AND decided_at = @now
            ON CONFLICT (connection_id, subject, client_id, resource_id) DO UPDATE SET granted_at = excluded.granted_at, scope =
              CASE WHEN consents.granted_at = @former_at OR consents.scope = excluded.scope THEN excluded.scope
                   ELSE consents.scope || ' ' || excluded.scope END
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Deny: from AwaitingConsent to Ended, with the error for the client.</summary>
    public Task<bool> DenyAsync(LoginRequest.Ended denied, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE login_requests SET stage = 'ended', reason = @reason, error = @error, ended_at = @now
         WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_consent' AND consent_by > @now
        RETURNING id
        """,
        new()
        {
            { "id", denied.Details.Id.Value }, { "connection", denied.Details.ConnectionId.Value }, { "reason", denied.Reason.ToString() },
            { "error", denied.Answer is { } answer ? LoginRequestRow.Write(answer) : null }, { "now", denied.EndedAt },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>"Not you": ends this login request and starts <paramref name="successor"/> under the same authorization.</summary>
    public Task<bool> StartOverAsync(LoginRequestDetails ended, LoginRequestDetails successor, CancellationToken cancellationToken) =>
        database.WriteAsync(
            $"""
            UPDATE login_requests SET stage = 'ended', reason = 'NotYou', ended_at = @now, successor_id = @successor
             WHERE id = @id AND connection_id = @former_connection AND stage = 'awaiting_consent' AND consent_by > @now
            RETURNING id;
            INSERT INTO login_requests {LoginRequestStore.InsertValues}
            SELECT @successor, auth_request_id, @connection, resource_id, client_id, @key, @verification, @request, @now,
                   @login_by, 'awaiting_login'
              FROM login_requests WHERE id = @id AND successor_id = @successor
            """,
            new()
            {
                { "id", ended.Id.Value }, { "former_connection", ended.ConnectionId.Value }, { "successor", successor.Id.Value },
                { "connection", successor.ConnectionId.Value }, { "key", successor.DeriveKey },
                { "verification", LoginRequestRow.Write(successor.Verification) }, { "request", LoginRequestRow.Write(successor.Request) },
                { "now", successor.CreatedAt }, { "login_by", successor.LoginBy },
            },
            Rows.Any,
            cancellationToken);

    private static SqlValues Key(LoginRequestDetails details, string subject) => new()
    {
        { "connection", details.ConnectionId.Value },
        { "subject", subject },
        { "client", details.ClientId.Value },
        { "resource", details.ResourceId.Value },
    };
}
