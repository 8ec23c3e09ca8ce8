using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Authorize;

/// <summary>Which visits a list is about; null: all.</summary>
internal sealed record AuthRequestFilter(ResourceId? Resource, ClientId? Client, ConnectionId? Connection, string? Subject, string? Stage, DateTimeOffset? From, DateTimeOffset? Before);

/// <summary>Visits to login pages as operators list them: what is left of the last day.</summary>
internal sealed class AuthRequestList(IDatabase database)
{
    /// <summary>Newest first.</summary>
    public Task<(int Total, List<AuthRequest> Page)> FindAsync(AuthRequestFilter filter, RowPlace? after, int limit, CancellationToken cancellationToken)
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
            rows.CountAndPage(AuthRequestRow.Columns, "login_requests", "created_at", "id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, AuthRequestRow.ReadOne),
            cancellationToken);
    }
}
