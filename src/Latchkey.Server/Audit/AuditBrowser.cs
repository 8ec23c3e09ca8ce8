using Latchkey.Server.Storage;

namespace Latchkey.Server.Audit;

/// <summary>Which entries of the audit log the dashboard lists. A null member does not filter.</summary>
/// <param name="Action">An action such as <c>client.deleted</c>.</param>
internal sealed record AuditSelection(string? Actor = null, string? Action = null, string? Target = null)
{
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Before { get; init; }
}

/// <summary>
/// Reads the audit log for the dashboard, newest first. The filter of the target leads, then those of the actor and the action, each with
/// an index in the order of the list.
/// </summary>
internal sealed class AuditBrowser(IDatabase database)
{
    /// <returns>One entry more than the limit if there are further ones.</returns>
    public Task<List<AuditEntry>> ListAsync(AuditSelection selection, long? before, int limit, CancellationToken cancellationToken)
    {
        var (text, values) = QueryOf(selection, before, limit);
        return database.ReadAsync(text, values, AuditLog.All, cancellationToken);
    }

    public static (string Text, SqlValues Values) QueryOf(AuditSelection selection, long? before, int limit)
    {
        var values = new SqlValues { { "before", before ?? long.MaxValue }, { "limit", limit + 1L } };
        List<string> conditions = ["position < @before"];
        var isLed = false;
        foreach (var (column, value) in ((string, string?)[])
            [("target", selection.Target), ("actor", selection.Actor), ("action", selection.Action)])
        {
            if (value is not null)
            {
                conditions.Add(isLed ? $"COALESCE({column}, '') = @{column}" : $"{column} = @{column}");
                values.Add(column, value);
                isLed = true;
            }
        }

        if (selection.From is { } from)
        {
            conditions.Add("at >= @from");
            values.Add("from", from);
        }

        if (selection.Before is { } until)
        {
            conditions.Add("at < @until");
            values.Add("until", until);
        }

        return (
            $"SELECT {AuditLog.Columns} FROM audit_entries WHERE {string.Join(" AND ", conditions)} ORDER BY position DESC LIMIT @limit",
            values);
    }
}
