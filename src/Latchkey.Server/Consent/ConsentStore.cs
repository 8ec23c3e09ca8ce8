using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Consent;

/// <summary>The scopes that a person allowed a client at a resource, as last stored.</summary>
/// <param name="Remembered">Null when the person wants to be asked.</param>
internal sealed record FormerConsent(ConsentId Id, Scope Scope, DateTimeOffset GrantedAt, RememberedConsent? Remembered);

/// <summary>The answer of a page that asked whether to remember the consent.</summary>
/// <param name="Consent">Null: the person wants to be asked again.</param>
internal readonly record struct RememberAnswer(RememberedConsent? Consent);

/// <summary>Stores decisions. Each step is one conditional update: of several concurrent decisions exactly one is stored.</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class ConsentStore(IDatabase database, WebhookOutbox? outbox = null)
{
    /// <summary>The stored consent of this person for this client at this resource. Null when there is none.</summary>
    public Task<FormerConsent?> FormerAsync(LoginRequest.AwaitingConsent asked, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT id, scope, granted_at, remembered FROM consents WHERE connection_id = @connection AND subject = @subject "
        + "AND client_id = @client AND resource_id = @resource",
        Key(asked.Details, asked.Report.User.Subject),
        static reader => reader.Read()
            ? new FormerConsent(
                new(reader.GetString(0)), Scope.Parse(reader.GetString(1)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)),
                reader.IsDBNull(3) ? null : RememberedConsent.Read(reader.GetString(0), reader.GetString(3)))
            : null,
        cancellationToken);

    /// <summary>Allow: from AwaitingConsent to AwaitingExchange. Adds the scopes to the stored consent.</summary>
    /// <param name="former">The consent when the person decided. Scopes that another login has added since are kept too.</param>
    /// <param name="answer">Null when the page did not ask whether to remember the consent: then a former answer stays.</param>
    public Task<bool> AllowAsync(
        LoginRequest.AwaitingExchange allowed, FormerConsent? former, ConsentId newId, RememberAnswer? answer,
        CancellationToken cancellationToken)
    {
        var values = Allowed(allowed);
        values.Add("all_scopes", (former?.Scope.Plus(allowed.Scope) ?? allowed.Scope).ToString());
        values.Add("former_at", former?.GrantedAt);
        values.Add("consent", newId.Value);
        values.Add("is_answered", answer is not null);
        values.Add("remembered", answer?.Consent is { } remembered ? RememberedConsent.Write(remembered) : null);
        return database.WriteAsync(
            """
            UPDATE login_requests SET stage = 'awaiting_exchange', scope = @scope, claims = @claims, request = @request,
                   decided_at = @now, code_by = @code_by
             WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_consent' AND consent_by > @now
            RETURNING id;
            INSERT INTO consents (id, connection_id, subject, client_id, resource_id, scope, granted_at, remembered)
            SELECT @consent, @connection, @subject, @client, @resource, @all_scopes, @now, @remembered FROM login_requests
             WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_exchange' AND scope = @scope AND decided_at = @now
            ON CONFLICT (connection_id, subject, client_id, resource_id) DO UPDATE SET granted_at = excluded.granted_at, scope =
              CASE WHEN consents.granted_at = @former_at OR consents.scope = excluded.scope THEN excluded.scope
                   ELSE consents.scope || ' ' || excluded.scope END,
              remembered = CASE WHEN @is_answered = 1 THEN excluded.remembered ELSE consents.remembered END
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>
    /// Allow without the page, by a remembered consent, which must still be the stored one. The consent is locked first: one that is
    /// revoked at the same time ends this code too.
    /// </summary>
    public Task<bool> AllowRememberedAsync(
        LoginRequest.AwaitingExchange allowed, ConsentId consent, RememberedConsent remembered, CancellationToken cancellationToken)
    {
        var values = Allowed(allowed);
        values.Add("consent", consent.Value);
        values.Add("remembered", RememberedConsent.Write(remembered));
        return database.WriteAsync(
            """
            UPDATE consents SET remembered = remembered WHERE id = @consent AND remembered = @remembered;
            UPDATE login_requests SET stage = 'awaiting_exchange', scope = @scope, claims = @claims, request = @request,
                   decided_at = @now, code_by = @code_by
             WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_consent' AND consent_by > @now
               AND EXISTS (SELECT 1 FROM consents
                            WHERE id = @consent AND remembered = @remembered AND connection_id = @connection AND subject = @subject
                              AND client_id = @client AND resource_id = @resource)
            RETURNING id
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    private static SqlValues Allowed(LoginRequest.AwaitingExchange allowed)
    {
        var values = Key(allowed.Details, allowed.Report.User.Subject);
        values.Add("id", allowed.Details.Id.Value);
        values.Add("scope", allowed.Scope.ToString());
        values.Add("claims", TokenClaims.Write(allowed.Claims));
        values.Add(
            "request",
            LoginRequestRow.Write(
                allowed.Details.Request with
                {
                    KeepsAccess = allowed.KeepsAccess,
                    LastsAtMost = allowed.LastsAtMost,
                    Organization = allowed.Organization,
                }));
        values.Add("now", allowed.DecidedAt);
        values.Add("code_by", allowed.CodeBy);
        return values;
    }

    /// <summary>
    /// Deny: from AwaitingConsent to Ended, with the error for the client. The person is asked again next time, whatever was remembered.
    /// </summary>
    public Task<bool> DenyAsync(LoginRequest.Ended denied, CancellationToken cancellationToken)
    {
        var values = new SqlValues
        {
            { "id", denied.Details.Id.Value }, { "connection", denied.Details.ConnectionId.Value }, { "reason", denied.Reason.ToString() },
            { "error", denied.Answer is { } answer ? LoginRequestRow.Write(answer) : null }, { "now", denied.EndedAt },
            { "subject", denied.Subject }, { "client", denied.Details.ClientId.Value }, { "resource", denied.Details.ResourceId.Value },
        };
        var raised = denied.Reason != EndReason.Denied ? null : outbox?.Raise(
            new(WebhookEventType.ConsentDenied)
            {
                // A login request is denied once.
                Id = WebhookEvent.IdOf(denied.Details.Id.Value),
                Connection = denied.Details.ConnectionId,
                Subject = denied.Subject,
                Client = denied.Details.ClientId,
                Resource = denied.Details.ResourceId,
                Details = [("auth_request_id", denied.Details.AuthorizationId.Value)],
            },
            values, denied.EndedAt,
            "FROM login_requests WHERE id = @id AND connection_id = @connection AND stage = 'ended' AND ended_at = @now");
        return database.WriteAsync(
            $"""
            UPDATE login_requests SET stage = 'ended', reason = @reason, error = @error, ended_at = @now
             WHERE id = @id AND connection_id = @connection AND stage = 'awaiting_consent' AND consent_by > @now
            RETURNING id;
            UPDATE consents SET remembered = NULL
             WHERE connection_id = @connection AND subject = @subject AND client_id = @client AND resource_id = @resource
               AND EXISTS (SELECT 1 FROM login_requests WHERE id = @id AND stage = 'ended' AND ended_at = @now){raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

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
