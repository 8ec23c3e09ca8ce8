using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Authorize;

/// <summary>Begins auth requests and finds them; the steps between belong to the features that take them.</summary>
internal sealed class AuthRequestStore(IDatabase database)
{
    public const string InsertValues =
        "(id, auth_request_id, connection_id, resource_id, client_id, derive_key, verification, request, created_at, login_by, stage)";

    /// <summary>Begins a visit; with <paramref name="pushed"/> it is the one visit that uses the pushed request up.</summary>
    /// <returns>False: another visit used the pushed request, or it expired meanwhile; nothing was written.</returns>
    public Task<bool> BeginAsync(AuthRequest.AwaitingLogin begun, PushedRequest? pushed, CancellationToken cancellationToken)
    {
        const string Values = "@id, @auth_request, @connection, @resource, @client, @key, @verification, @request, @now, @login_by, @stage";
        var visit = begun.Visit;
        return database.WriteAsync(
            pushed is null
                ? $"INSERT INTO login_requests {InsertValues} VALUES ({Values}) RETURNING id"
                : $"""
                   UPDATE pushed_requests SET login_request_id = @id WHERE hash = @pushed AND login_request_id IS NULL AND expires_at > @now RETURNING 1;
                   INSERT INTO login_requests {InsertValues} SELECT {Values} FROM pushed_requests WHERE hash = @pushed AND login_request_id = @id
                   """,
            new()
            {
                { "pushed", pushed?.Hash },
                { "id", visit.Id.Value }, { "auth_request", visit.AuthRequestId.Value }, { "connection", visit.ConnectionId.Value },
                { "resource", visit.ResourceId.Value }, { "client", visit.ClientId.Value }, { "key", visit.DeriveKey },
                { "verification", AuthRequestRow.Write(visit.Verification) }, { "request", AuthRequestRow.Write(visit.Request) },
                { "now", visit.CreatedAt }, { "login_by", visit.LoginBy }, { "stage", AuthRequestRow.AwaitingLogin },
            },
            Rows.Any,
            cancellationToken);
    }

    public Task<AuthRequest?> FindAsync(LoginRequestId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {AuthRequestRow.Columns} FROM login_requests WHERE id = @id",
        new() { { "id", id.Value } },
        AuthRequestRow.ReadOne,
        cancellationToken);

    /// <summary>The last visit of an auth request: the one that no other took over from. Their times do not tell, nodes' clocks differ.</summary>
    public Task<AuthRequest?> FindAsync(AuthRequestId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {AuthRequestRow.Columns} FROM login_requests WHERE auth_request_id = @id AND successor_id IS NULL",
        new() { { "id", id.Value } },
        AuthRequestRow.ReadOne,
        cancellationToken);

    /// <summary>Deletes visits begun before <paramref name="before"/>, at most 500 at a time so that no one waits behind it.</summary>
    /// <returns>How many were deleted.</returns>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM login_requests WHERE id IN (SELECT id FROM login_requests WHERE created_at < @before ORDER BY created_at LIMIT 500) RETURNING id",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);
}
