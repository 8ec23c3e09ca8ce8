using Latchkey.Server.Storage;

namespace Latchkey.Server.LoginRequests;

/// <summary>A filter for a list of login requests; a null member does not filter.</summary>
internal sealed record AuthorizationFilter(
    ResourceId? Resource, ClientId? Client, ConnectionId? Connection, string? Subject, string? Stage, DateTimeOffset? From,
    DateTimeOffset? Before);

/// <summary>Lists login requests for operators. Rows older than one day may already be deleted.</summary>
internal sealed class AuthorizationList(IDatabase database)
{
    /// <summary>Newest first.</summary>
    public Task<(int Total, List<LoginRequest> Page)> FindAsync(
        AuthorizationFilter filter, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var rows = new RowFilter()
            .Is("resource_id", "resource", filter.Resource?.Value)
            .Is("client_id", "client", filter.Client?.Value)
            .Is("connection_id", "connection", filter.Connection?.Value)
            .Is("subject", "subject", filter.Subject)
            .Is("stage", "stage", filter.Stage)
            .From("created_at", "from", filter.From)
            .Before("created_at", "before", filter.Before);
        return database.ReadAsync(
            rows.CountAndPage(LoginRequestRow.Columns, "login_requests", "created_at", "id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, LoginRequestRow.ReadOne),
            cancellationToken);
    }
}
