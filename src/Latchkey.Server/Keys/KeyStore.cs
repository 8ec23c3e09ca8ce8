using Latchkey.Server.Storage;

namespace Latchkey.Server.Keys;

/// <summary>A key as stored.</summary>
/// <param name="State"><c>current</c>, <c>next</c> or <c>former</c>.</param>
internal sealed record KeyRow(string Id, string Purpose, string State, byte[] Sealed, DateTimeOffset CreatedAt);

internal sealed class KeyStore(IDatabase database)
{
    public Task<List<KeyRow>> AllAsync(CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT id, purpose, state, sealed, created_at FROM keys ORDER BY created_at, id",
        SqlValues.None,
        static reader =>
        {
            var rows = new List<KeyRow>();
            while (reader.Read())
            {
                rows.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), (byte[])reader.GetValue(3), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4))));
            }

            return rows;
        },
        cancellationToken);

    /// <summary>Adds a key unless its purpose already has one in that state: of several nodes starting at once exactly one is first.</summary>
    public Task<bool> AddAsync(KeyRow key, CancellationToken cancellationToken) => database.WriteAsync(
        """
        INSERT INTO keys (id, purpose, state, sealed, created_at) VALUES (@id, @purpose, @state, @sealed, @now) ON CONFLICT DO NOTHING RETURNING id;
        UPDATE config_version SET version = version + 1 WHERE id = 1
        """,
        new() { { "id", key.Id }, { "purpose", key.Purpose }, { "state", key.State }, { "sealed", key.Sealed }, { "now", key.CreatedAt } },
        Rows.Any,
        cancellationToken);
}
