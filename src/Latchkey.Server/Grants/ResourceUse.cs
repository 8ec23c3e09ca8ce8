using System.Data.Common;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>The clients and people with a live grant at a resource, up to a number of grants.</summary>
internal sealed record LiveGrants(long Grants, long Clients, long People);

/// <summary>A client that got grants at a resource.</summary>
/// <param name="People">In the grants that were read.</param>
internal sealed record ClientAtResource(ClientId Client, DateTimeOffset LastUsedAt, long People);

/// <summary>
/// Who uses a resource, for the dashboard. No query visits more than a number of rows: beyond it, the newest grants are shown, and numbers
/// are lower bounds.
/// </summary>
internal sealed class ResourceUse(IDatabase database)
{
    /// <summary>The grants that a number counts.</summary>
    public const int MaxCounted = 10_000;

    /// <summary>The newest grants whose clients are listed.</summary>
    public const int MaxRead = 2_000;

    public const int MaxClients = 50;

    public const string CountText =
        """
        SELECT COUNT(*), COUNT(DISTINCT l.client_id), COUNT(DISTINCT l.person) FROM (
            SELECT client_id, connection_id || ' ' || subject AS person FROM grants
             WHERE resource_id = @resource AND ended_at IS NULL AND absolute_by > @now
             ORDER BY created_at DESC LIMIT @max) l LIMIT 1
        """;

    public const string ClientsText =
        """
        SELECT l.client_id, MAX(l.used_at), COUNT(DISTINCT l.person) FROM (
            SELECT client_id, used_at, connection_id || ' ' || subject AS person FROM grants
             WHERE resource_id = @resource ORDER BY created_at DESC LIMIT @max) l
         GROUP BY l.client_id ORDER BY 2 DESC, 1 LIMIT @limit
        """;

    public const string UsedText =
        "SELECT k.key FROM json_each(@ids) k WHERE EXISTS (SELECT 1 FROM grants g WHERE g.resource_id = k.key) LIMIT @limit";

    /// <summary>Returns those of the resources at which a sign-in was ever completed, as far as its grant is stored.</summary>
    public Task<HashSet<string>> UsedAsync(IReadOnlyCollection<ResourceId> resources, CancellationToken cancellationToken)
    {
        var values = new SqlValues { { "limit", (long)resources.Count } };
        values.AddJson("ids", SignInJson.Keys(resources.Select(r => r.Value)));
        return database.ReadAsync(UsedText, values, ReadIds, cancellationToken);
    }

    public Task<LiveGrants> CountAsync(ResourceId resource, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        CountText,
        new() { { "resource", resource.Value }, { "now", now }, { "max", MaxCounted + 1L } },
        static reader => reader.Read() ? new LiveGrants(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)) : new(0, 0, 0),
        cancellationToken);

    /// <summary>The clients of the newest grants, the last used first.</summary>
    public Task<List<ClientAtResource>> ClientsAsync(ResourceId resource, CancellationToken cancellationToken) => database.ReadAsync(
        ClientsText,
        new() { { "resource", resource.Value }, { "max", (long)MaxRead }, { "limit", (long)MaxClients } },
        ReadClients,
        cancellationToken);

    private static HashSet<string> ReadIds(DbDataReader reader)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    private static List<ClientAtResource> ReadClients(DbDataReader reader)
    {
        var clients = new List<ClientAtResource>();
        while (reader.Read())
        {
            clients.Add(new(
                new ClientId(reader.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)), reader.GetInt64(2)));
        }

        return clients;
    }
}
