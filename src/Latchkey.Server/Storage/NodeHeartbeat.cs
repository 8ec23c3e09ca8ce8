namespace Latchkey.Server.Storage;

/// <summary>
/// The row of this node in <c>nodes</c>. Writing it shows that the database accepts writes, which a read does not: a full disk, a read-only
/// file and a deleted file still answer reads. Rows of nodes that have gone are deleted with it.
/// </summary>
internal sealed class NodeHeartbeat(IDatabase database, TimeProvider clock)
{
    public static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    private readonly string node = Ids.New("node_");

    public Task WriteAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(
            """
            INSERT INTO nodes (id, seen_at) VALUES (@node, @now) ON CONFLICT (id) DO UPDATE SET seen_at = @now RETURNING id;
            DELETE FROM nodes WHERE seen_at < @before
            """,
            new() { { "node", node }, { "now", now }, { "before", now - Retention } },
            Rows.Any,
            cancellationToken);
    }
}
