using System.Data.Common;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>Which clients the dashboard lists. A null member does not filter.</summary>
internal sealed record ClientSelection
{
    public ClientOrigin? Kind { get; init; }
    public bool? IsBlocked { get; init; }

    /// <summary>The resource that a client was registered for or created at. Clients with a document belong to none.</summary>
    public ResourceId? Resource { get; init; }

    /// <summary>The beginning of the name, or the whole id. The list is ordered by name then.</summary>
    public string? Text { get; init; }

    /// <summary>Newest first instead of last used first.</summary>
    public bool IsNewest { get; init; }
}

/// <summary>A client in the list.</summary>
/// <param name="UsedAt">Exact to one hour. Null when it was never used.</param>
/// <param name="People">The number of people with access by it, up to <see cref="ClientBrowser.MaxCounted"/> + 1 grants.</param>
internal sealed record ListedClient(Client Client, DateTimeOffset? UsedAt, int People)
{
    public RowPlace Place(bool isNewest) =>
        new(isNewest ? Client.CreatedAt : UsedAt ?? DateTimeOffset.UnixEpoch, Client.Id.Value);
}

/// <summary>What stands on a client. Numbers are exact up to <see cref="ClientBrowser.MaxCounted"/>.</summary>
internal sealed record ClientNumbers(int Grants, int People, DateTimeOffset? LastGrantUse);

/// <summary>
/// Reads clients for the dashboard: by the last use, by creation or by name. Each order and each filter has an index. Nothing is counted
/// beyond a cap, so that no table of counters has to be written by logins (docs/decisions/0016).
/// </summary>
internal sealed class ClientBrowser(IDatabase database, ClientUses uses)
{
    /// <summary>The number of grants per client that are counted.</summary>
    public const int MaxCounted = 1_000;

    private const string Live = "FROM grants g WHERE g.client_id = c.id AND g.ended_at IS NULL LIMIT @most";

    public async Task<RowsOfSlice<ListedClient>> ListAsync(ClientSelection selection, RowSlice slice, CancellationToken cancellationToken)
    {
        await uses.FlushAsync(cancellationToken);
        var (text, values) = QueryOf(selection, slice);
        return slice.Of(await database.ReadAsync(text, values, ReadAll, cancellationToken));
    }

    public static (string Text, SqlValues Values) QueryOf(ClientSelection selection, RowSlice slice)
    {
        var values = new SqlValues { { "most", MaxCounted + 1L } };
        List<string> conditions = ["c.expired_at IS NULL"];
        if (selection.IsBlocked is { } isBlocked)
        {
            conditions.Add(isBlocked ? "c.is_blocked = 1" : "c.is_blocked = 0");
        }

        if (selection.Kind is { } kind)
        {
            conditions.Add(selection is { Resource: null, IsBlocked: not true, Text: null }
                ? "c.kind = @kind" : "COALESCE(c.kind, '') = @kind");
            values.Add("kind", NameOf(kind));
        }

        if (selection.Resource is { } resource)
        {
            conditions.Add(selection is { IsBlocked: not true, Text: null }
                ? "c.resource_id = @resource" : "COALESCE(c.resource_id, '') = @resource");
            values.Add("resource", resource.Value);
        }

        var at = selection.IsNewest ? "c.created_at" : "c.used_at";
        string end;
        if (selection.Text is { } sought)
        {
            end = ByText(sought, values, slice.Limit);
        }
        else
        {
            end = slice.End(at, "c.id", values);
        }

        return (
            $"SELECT c.id, c.revision, c.document, c.last_seen_at, c.used_at, (SELECT COUNT(DISTINCT counted.person) FROM "
            + $"(SELECT g.connection_id || ' ' || g.subject AS person {Live}) counted) AS people "
            + $"FROM clients c WHERE {string.Join(" AND ", conditions)} {end}",
            values);
    }

    /// <summary>Reads the numbers of one client.</summary>
    public Task<ClientNumbers> NumbersAsync(ClientId id, CancellationToken cancellationToken)
    {
        var (text, values) = NumbersQueryOf(id);
        return database.ReadAsync(
            text,
            values,
            static row => row.Read()
                ? new ClientNumbers(
                    (int)row.GetInt64(0), (int)row.GetInt64(1),
                    row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)))
                : new(0, 0, null),
            cancellationToken);
    }

    public static (string Text, SqlValues Values) NumbersQueryOf(ClientId id) => (
        """
        SELECT COUNT(*), COUNT(DISTINCT counted.person), MAX(counted.used_at) FROM
          (SELECT g.connection_id || ' ' || g.subject AS person, g.used_at FROM grants g
            WHERE g.client_id = @id AND g.ended_at IS NULL ORDER BY g.used_at DESC, g.id DESC LIMIT @most) counted
        """,
        new() { { "id", id.Value }, { "most", MaxCounted + 1L } });

    /// <summary>The stored word of a kind.</summary>
    private static string NameOf(ClientOrigin kind) => kind switch
    {
        ClientOrigin.Operator => "operator",
        ClientOrigin.Registered => "registered",
        _ => "document",
    };

    private static string ByText(string sought, SqlValues values, int limit)
    {
        values.Add("limit", limit + 1L);
        if (ClientId.Parse(sought) is { } id)
        {
            values.Add("id", id.Value);
            return "AND c.id = @id LIMIT @limit";
        }

        var begin = KeyOf(sought);
        values.Add("begin", begin);
        values.Add("end", begin + char.MaxValue);
        return "AND c.name_key >= @begin AND c.name_key < @end ORDER BY c.name_key, c.id LIMIT @limit";
    }

    /// <summary>The text as the column has it: as JSON writes it, with lower-case ASCII letters.</summary>
    private static string KeyOf(string text)
    {
        var key = new StringBuilder();
        foreach (var c in JsonEncodedText.Encode(text).ToString())
        {
            key.Append(char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c);
        }

        return key.ToString();
    }

    private static List<ListedClient> ReadAll(DbDataReader reader)
    {
        var rows = new List<ListedClient>();
        while (ClientStore.ReadOne(reader) is { } client)
        {
            var used = reader.GetInt64(4);
            rows.Add(new(
                client, used == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(used), (int)reader.GetInt64(5)));
        }

        return rows;
    }
}
