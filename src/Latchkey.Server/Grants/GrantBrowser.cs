using System.Data.Common;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>Which grants the dashboard lists. A null member does not filter.</summary>
/// <param name="AreEnded">Ended grants, last ended first. Otherwise live ones, last used first.</param>
internal sealed record GrantSelection(ResourceId? Resource = null, ClientId? Client = null, bool AreEnded = false);

/// <summary>A grant in a list.</summary>
/// <param name="Client">Null when the client no longer exists.</param>
internal sealed record ListedGrant(GrantAndUser Found, DateTimeOffset UsedAt, Client? Client)
{
    public Grant Grant => Found.Grant;

    public RowPlace Place(bool isEnded) =>
        new(isEnded ? Found.Grant.EndedAt ?? default : UsedAt, Found.Grant.Id.Value);
}

/// <summary>
/// Reads grants for the dashboard: live ones by their last use, ended ones by their end. The filter of the client leads, then that of the
/// resource, each with an index in the order of the list.
/// </summary>
internal sealed class GrantBrowser(IDatabase database)
{
    /// <summary>More grants of one person are not listed.</summary>
    public const int MaxOfPerson = 200;

    private const string Columns = GrantStore.GrantColumns + ", g.used_at, c.document";
    private const string Tables = GrantStore.GrantsAndUsers + " LEFT JOIN clients c ON c.id = g.client_id";

    public async Task<RowsOfSlice<ListedGrant>> ListAsync(
        GrantSelection selection, RowSlice slice, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (text, values) = QueryOf(selection, slice, now);
        return slice.Of(await database.ReadAsync(text, values, ReadAll, cancellationToken));
    }

    public static (string Text, SqlValues Values) QueryOf(GrantSelection selection, RowSlice slice, DateTimeOffset now)
    {
        var values = new SqlValues();
        List<string> conditions = [selection.AreEnded ? "g.ended_at IS NOT NULL" : "g.ended_at IS NULL AND g.absolute_by > @now"];
        if (!selection.AreEnded)
        {
            values.Add("now", now);
        }

        if (selection.Client is { } client)
        {
            conditions.Add("g.client_id = @client");
            values.Add("client", client.Value);
        }

        if (selection.Resource is { } resource)
        {
            conditions.Add(selection.Client is null ? "g.resource_id = @resource" : "COALESCE(g.resource_id, '') = @resource");
            values.Add("resource", resource.Value);
        }

        return (
            $"SELECT {Columns} FROM {Tables} WHERE {string.Join(" AND ", conditions)} "
            + slice.End(selection.AreEnded ? "g.ended_at" : "g.used_at", "g.id", values),
            values);
    }

    /// <summary>The grants of a person: live ones first, each group by its last use.</summary>
    public async Task<IReadOnlyList<ListedGrant>> OfPersonAsync(
        ConnectionId connection, string subject, CancellationToken cancellationToken)
    {
        var (text, values) = OfPersonQuery(connection, subject);
        return await database.ReadAsync(text, values, ReadAll, cancellationToken);
    }

    public static (string Text, SqlValues Values) OfPersonQuery(ConnectionId connection, string subject) => (
        $"SELECT {Columns} FROM {Tables} WHERE g.connection_id = @connection AND g.subject = @subject "
        + $"ORDER BY CASE WHEN g.ended_at IS NULL THEN 0 ELSE 1 END, g.used_at DESC, g.id DESC LIMIT {MaxOfPerson}",
        new() { { "connection", connection.Value }, { "subject", subject } });

    public Task<ListedGrant?> FindAsync(GrantId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM {Tables} WHERE g.id = @id LIMIT 1",
        new() { { "id", id.Value } },
        ReadOne,
        cancellationToken);

    private static ListedGrant? ReadOne(DbDataReader reader)
    {
        if (GrantStore.ReadOne(reader) is not { } found)
        {
            return null;
        }

        var (used, document) = (reader.GetOrdinal("used_at"), reader.GetOrdinal("document"));
        return new(
            found,
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(used)),
            reader.IsDBNull(document)
                ? null
                : ConfigurationStore.Parse("clients", found.Grant.ClientId.Value, reader.GetString(document), DocumentJson.Of<Client>()));
    }

    private static List<ListedGrant> ReadAll(DbDataReader reader)
    {
        var rows = new List<ListedGrant>();
        while (ReadOne(reader) is { } row)
        {
            rows.Add(row);
        }

        return rows;
    }
}
