using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.LoginRequests;

/// <summary>Inserts and finds login requests; the transitions are in the stores of the features that perform them.</summary>
internal sealed class LoginRequestStore(IDatabase database)
{
    /// <summary>Within this time a replayed code is recognised as already redeemed.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    public const string InsertValues =
        "(id, auth_request_id, connection_id, resource_id, client_id, derive_key, verification, request, created_at, login_by, stage)";

    /// <summary>Inserts a login request. With <paramref name="pushed"/>, it also consumes the pushed request (single use).</summary>
    /// <returns>False when another login request used the pushed request, or it expired; nothing is written then.</returns>
    public Task<bool> BeginAsync(LoginRequest.AwaitingLogin begun, PushedRequest? pushed, CancellationToken cancellationToken)
    {
        const string Values = "@id, @auth_request, @connection, @resource, @client, @key, @verification, @request, @now, @login_by, @stage";
        var details = begun.Details;
        return database.WriteAsync(
            pushed is null
                ? $"INSERT INTO login_requests {InsertValues} VALUES ({Values}) RETURNING id"
                : $"""
                   UPDATE pushed_requests SET login_request_id = @id WHERE hash = @pushed AND login_request_id IS NULL AND expires_at > @now
                   RETURNING 1;
                   INSERT INTO login_requests {InsertValues} SELECT {Values} FROM pushed_requests
                    WHERE hash = @pushed AND login_request_id = @id
                   """,
            new()
            {
                { "pushed", pushed?.Hash },
                { "id", details.Id.Value }, { "auth_request", details.AuthorizationId.Value }, { "connection", details.ConnectionId.Value },
                { "resource", details.ResourceId.Value }, { "client", details.ClientId.Value }, { "key", details.DeriveKey },
                { "verification", LoginRequestRow.Write(details.Verification) }, { "request", LoginRequestRow.Write(details.Request) },
                { "now", details.CreatedAt }, { "login_by", details.LoginBy }, { "stage", LoginRequestRow.AwaitingLogin },
            },
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Inserts a login request that ends at a page of this server.</summary>
    public Task<bool> BeginOwnAsync(LoginRequest.AwaitingLogin begun, CancellationToken cancellationToken)
    {
        var details = begun.Details;
        return database.WriteAsync(
            "INSERT INTO login_requests (id, auth_request_id, connection_id, resource_id, client_id, derive_key, verification, request, "
            + "created_at, login_by, stage, purpose) "
            + "VALUES (@id, @auth_request, @connection, '', '', @key, @verification, @request, @now, @login_by, @stage, @purpose) "
            + "RETURNING id",
            new()
            {
                { "id", details.Id.Value }, { "auth_request", details.AuthorizationId.Value }, { "connection", details.ConnectionId.Value },
                { "key", details.DeriveKey }, { "verification", LoginRequestRow.Write(details.Verification) },
                { "request", LoginRequestRow.Write(details.Purpose) }, { "now", details.CreatedAt }, { "login_by", details.LoginBy },
                { "stage", LoginRequestRow.AwaitingLogin }, { "purpose", details.Purpose.Name },
            },
            Rows.Any,
            cancellationToken);
    }

    /// <summary>The person signed out. Returns false when the session had ended.</summary>
    public Task<bool> EndAccountAsync(LoginRequestDetails details, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            $"UPDATE login_requests SET stage = 'ended', reason = '{nameof(EndReason.SignedOut)}', ended_at = @now "
            + $"WHERE id = @id AND stage = 'confirmed' AND purpose = '{LoginPurpose.Account.StoredName}' RETURNING id",
            new() { { "id", details.Id.Value }, { "now", now } },
            Rows.Any,
            cancellationToken);

    /// <summary>The backend asked what a test is for. Returns false when it has asked before.</summary>
    public Task<bool> NoteContextAsync(LoginRequestDetails details, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            $"UPDATE login_requests SET context_at = @now WHERE id = @id AND purpose = '{LoginPurpose.Test.StoredName}' "
            + "AND context_at IS NULL RETURNING id",
            new() { { "id", details.Id.Value }, { "now", now } },
            Rows.Any,
            cancellationToken);

    public Task<LoginRequest?> FindAsync(LoginRequestId id, CancellationToken cancellationToken) => SignInTrace.Attach(
        database.ReadAsync(
            $"SELECT {LoginRequestRow.Columns} FROM login_requests WHERE id = @id",
            new() { { "id", id.Value } },
            LoginRequestRow.ReadOne,
            cancellationToken),
        static found => found.Details.AuthorizationId,
        static found => (found.Details.Purpose as LoginPurpose.Authorization)?.Request.Family ?? SignInChange.OtherFamily);

    /// <summary>The last login request of an authorization: the one without a successor, because node clocks differ.</summary>
    public Task<LoginRequest?> FindAsync(AuthorizationId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {LoginRequestRow.Columns} FROM login_requests WHERE auth_request_id = @id AND successor_id IS NULL",
        new() { { "id", id.Value } },
        LoginRequestRow.ReadOne,
        cancellationToken);

    /// <summary>The last login requests of these authorizations.</summary>
    public Task<Dictionary<AuthorizationId, LoginRequest>> FindAsync(
        IReadOnlyList<AuthorizationId> ids, CancellationToken cancellationToken)
    {
        var values = new SqlValues();
        values.AddJson("ids", $"{{{string.Join(',', ids.Select(id => $"\"{id.Value}\":1"))}}}");
        return database.ReadAsync(
            $"SELECT {LoginRequestRow.Columns} FROM login_requests WHERE auth_request_id IN (SELECT key FROM json_each(@ids)) "
            + "AND successor_id IS NULL",
            values,
            static reader =>
            {
                var found = new Dictionary<AuthorizationId, LoginRequest>();
                while (LoginRequestRow.ReadOne(reader) is { } request)
                {
                    found[request.Details.AuthorizationId] = request;
                }

                return found;
            },
            cancellationToken);
    }

    /// <summary>Deletes login requests begun before <paramref name="before"/>, at most 500 per call.</summary>
    /// <returns>The number of deleted rows.</returns>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM login_requests WHERE id IN (SELECT id FROM login_requests WHERE created_at < @before "
        + "ORDER BY created_at LIMIT 500) RETURNING id",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);
}
