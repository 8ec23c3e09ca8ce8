using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Audit;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Configuration;

/// <summary>The result of a change to a configuration row.</summary>
internal abstract record ConfigurationChange
{
    private ConfigurationChange() { }

    public sealed record Done : ConfigurationChange;

    /// <summary>The row was changed or deleted since it was read.</summary>
    public sealed record Overtaken : ConfigurationChange;

    /// <summary>Another row has the resource URI or the id.</summary>
    public sealed record Taken : ConfigurationChange;
}

/// <summary>
/// Rows of resources, connections, API clients and webhook endpoints. Each write raises <c>config_version</c> in its transaction, which
/// notifies all nodes, and adds an audit entry. Of any number of concurrent updates of one revision, exactly one succeeds.
/// </summary>
internal sealed class ConfigurationStore(IDatabase database, AuditLog audit)
{
    private const string IsExactly = "id = @id AND (@revision IS NULL OR revision = @revision)";
    private const string RaiseVersion = "UPDATE config_version SET version = version + 1 WHERE id = 1";

    public Task<ConfigurationSnapshot> LoadAsync(CancellationToken cancellationToken) => LoadAsync(database, cancellationToken);

    /// <summary>For commands that run without the key-encryption key.</summary>
    public static Task<ConfigurationSnapshot> LoadAsync(IDatabase database, CancellationToken cancellationToken) => database.ReadAsync(
        """
        SELECT version FROM config_version WHERE id = 1;
        SELECT id, revision, document FROM resources ORDER BY created_at, id;
        SELECT id, revision, document FROM connections ORDER BY created_at, id;
        SELECT id, revision, document FROM api_clients ORDER BY created_at, id;
        SELECT id, revision, document FROM webhook_endpoints ORDER BY created_at, id;
        """,
        SqlValues.None,
        static reader =>
        {
            var version = reader.Read() ? reader.GetInt64(0) : throw new CorruptRow("config_version", "1", "missing");
            return new ConfigurationSnapshot(
                version,
                All(reader, "resources", DocumentJson.Of<Resource>(), static (row, revision) => row with { Revision = revision }),
                All(reader, "connections", DocumentJson.Of<Connection>(), static (row, revision) => row with { Revision = revision }),
                All(reader, "api_clients", DocumentJson.Of<ApiClient>(), static (row, revision) => row with { Revision = revision }),
                All(
                    reader, "webhook_endpoints", DocumentJson.Of<WebhookEndpoint>(),
                    static (row, revision) => row with { Revision = revision }));
        },
        cancellationToken);

    public Task<ConfigurationChange> InsertAsync(Resource resource, Actor by, CancellationToken cancellationToken) => InsertAsync(
        AuditedChange.Created(by, "resource", resource.Id.Value, resource, DocumentJson.Of<Resource>()),
        $"""
        INSERT INTO resources (id, canonical_uri, created_at, revision, document) VALUES (@id, @uri, @now, 1, @document)
        ON CONFLICT DO NOTHING RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM resources WHERE id = @id AND revision = 1 AND document = @document);
        {RaiseVersion}
        """,
        new() { { "id", resource.Id.Value }, { "uri", resource.CanonicalUri }, { "now", resource.CreatedAt },
            { "document", Write(resource, DocumentJson.Of<Resource>()) } },
        cancellationToken);

    public Task<ConfigurationChange> InsertAsync(Connection connection, Actor by, CancellationToken cancellationToken) => InsertAsync(
        AuditedChange.Created(by, "connection", connection.Id.Value, connection, DocumentJson.Of<Connection>()),
        $"""
        INSERT INTO connections (id, created_at, revision, document) VALUES (@id, @now, 1, @document) ON CONFLICT DO NOTHING RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM connections WHERE id = @id AND revision = 1 AND document = @document);
        {RaiseVersion}
        """,
        new() { { "id", connection.Id.Value }, { "now", connection.CreatedAt },
            { "document", Write(connection, DocumentJson.Of<Connection>()) } },
        cancellationToken);

    public Task<ConfigurationChange> InsertAsync(ApiClient client, Actor by, CancellationToken cancellationToken) => InsertAsync(
        AuditedChange.Created(by, "api_client", client.Id.Value, client, DocumentJson.Of<ApiClient>()),
        $"""
        INSERT INTO api_clients (id, created_at, revision, document) VALUES (@id, @now, 1, @document) ON CONFLICT DO NOTHING RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM api_clients WHERE id = @id AND revision = 1 AND document = @document);
        {RaiseVersion}
        """,
        new() { { "id", client.Id.Value }, { "now", client.CreatedAt }, { "document", Write(client, DocumentJson.Of<ApiClient>()) } },
        cancellationToken);

    /// <param name="before">The entity as read. The row must still have its revision.</param>
    public async Task<ConfigurationChange> UpdateAsync(Resource before, Resource after, Actor by, CancellationToken cancellationToken)
    {
        try
        {
            return await UpdateAsync(
                AuditedChange.Changed(by, "resource", after.Id.Value, before, after, DocumentJson.Of<Resource>()),
                $"""
                UPDATE resources SET canonical_uri = @uri, revision = revision + 1, document = @document
                 WHERE id = @id AND revision = @revision RETURNING id;
                {AuditLog.Entry}
                 WHERE EXISTS (SELECT 1 FROM resources WHERE id = @id AND revision = @revision + 1 AND document = @document);
                {RaiseVersion}
                """,
                new()
                {
                    { "id", after.Id.Value }, { "uri", after.CanonicalUri }, { "revision", before.Revision },
                    { "document", Write(after, DocumentJson.Of<Resource>()) },
                },
                cancellationToken);
        }
        catch (UniqueViolation)
        {
            return new ConfigurationChange.Taken();
        }
    }

    /// <summary>
    /// Changes a resource and its connection in one transaction. A concurrent change of either row takes the position of an audit entry, so
    /// the unique index on positions rolls this transaction back, also where its statements see different states.
    /// </summary>
    /// <param name="before">The resource as read. The row must still have its revision.</param>
    /// <param name="connectionBefore">The connection as read, or null when it is new.</param>
    public async Task<ConfigurationChange> UpdateAsync(
        Resource before, Resource after, Connection? connectionBefore, Connection connection, Actor by, CancellationToken cancellationToken)
    {
        const string IsUpdated = "EXISTS (SELECT 1 FROM resources WHERE id = @id AND revision = @revision + 1 AND document = @document)";
        const string IsAsRead = "EXISTS (SELECT 1 FROM connections WHERE id = @connection AND revision = @connection_revision)";
        const string Insert =
            "INSERT INTO connections (id, created_at, revision, document) SELECT @connection, @now, 1, @connection_document WHERE";
        const string Update = "UPDATE connections SET revision = revision + 1, document = @connection_document WHERE id = @connection "
            + "AND revision = @connection_revision AND";
        try
        {
            return await audit.WriteAsync<ConfigurationChange>(
                connectionBefore is null
                    ? AuditedChange.Created(by, "connection", connection.Id.Value, connection, DocumentJson.Of<Connection>())
                    : AuditedChange.Changed(
                        by, "connection", connection.Id.Value, connectionBefore, connection, DocumentJson.Of<Connection>()),
                AuditedChange.Changed(by, "resource", after.Id.Value, before, after, DocumentJson.Of<Resource>()),
                $"""
                UPDATE resources SET canonical_uri = @uri, revision = revision + 1, document = @document
                WHERE id = @id AND revision = @revision AND (@connection_revision IS NULL OR {IsAsRead}) RETURNING id;
                {(connectionBefore is null ? Insert : Update)} {IsUpdated};
                {AuditLog.Entry} WHERE {IsUpdated};
                {AuditLog.SecondEntry} WHERE {IsUpdated};
                {RaiseVersion}
                """,
                new()
                {
                    { "id", after.Id.Value }, { "uri", after.CanonicalUri }, { "revision", before.Revision },
                    { "document", Write(after, DocumentJson.Of<Resource>()) }, { "connection", connection.Id.Value },
                    { "connection_revision", connectionBefore?.Revision }, { "now", connection.CreatedAt },
                    { "connection_document", Write(connection, DocumentJson.Of<Connection>()) },
                },
                static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
                cancellationToken);
        }
        catch (UniqueViolation)
        {
            return new ConfigurationChange.Taken();
        }
    }

    /// <param name="before">As it was read: its revision must still be the row's.</param>
    public Task<ConfigurationChange> UpdateAsync(Connection before, Connection after, Actor by, CancellationToken cancellationToken) =>
        UpdateAsync(
            AuditedChange.Changed(by, "connection", after.Id.Value, before, after, DocumentJson.Of<Connection>()),
            $"""
            UPDATE connections SET revision = revision + 1, document = @document WHERE id = @id AND revision = @revision RETURNING id;
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM connections WHERE id = @id AND revision = @revision + 1 AND document = @document);
            {RaiseVersion}
            """,
            new() { { "id", after.Id.Value }, { "revision", before.Revision },
                { "document", Write(after, DocumentJson.Of<Connection>()) } },
            cancellationToken);

    /// <param name="before">The entity as read. The row must still have its revision.</param>
    public Task<ConfigurationChange> UpdateAsync(ApiClient before, ApiClient after, Actor by, CancellationToken cancellationToken) =>
        UpdateAsync(
            AuditedChange.Changed(by, "api_client", after.Id.Value, before, after, DocumentJson.Of<ApiClient>()),
            $"""
            UPDATE api_clients SET revision = revision + 1, document = @document WHERE id = @id AND revision = @revision RETURNING id;
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM api_clients WHERE id = @id AND revision = @revision + 1 AND document = @document);
            {RaiseVersion}
            """,
            new() { { "id", after.Id.Value }, { "revision", before.Revision }, { "document", Write(after, DocumentJson.Of<ApiClient>()) } },
            cancellationToken);

    /// <summary>Deletes a resource permanently. Its grants become unusable, because token requests no longer find the resource.</summary>
    /// <param name="revision">The required revision of the row, or null for any.</param>
    public Task<ConfigurationChange> DeleteAsync(Resource resource, long? revision, Actor by, CancellationToken cancellationToken) =>
        UpdateAsync(
            AuditedChange.Deleted(by, "resource", resource.Id.Value, resource, DocumentJson.Of<Resource>()),
            $"{AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM resources WHERE {IsExactly}); "
            + $"DELETE FROM resources WHERE {IsExactly} RETURNING id; {RaiseVersion}",
            new() { { "id", resource.Id.Value }, { "revision", revision } },
            cancellationToken);

    /// <inheritdoc cref="DeleteAsync(Resource, long?, Actor, CancellationToken)"/>
    public Task<ConfigurationChange> DeleteAsync(ApiClient client, long? revision, Actor by, CancellationToken cancellationToken) =>
        UpdateAsync(
            AuditedChange.Deleted(by, "api_client", client.Id.Value, client, DocumentJson.Of<ApiClient>()),
            $"{AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM api_clients WHERE {IsExactly}); "
            + $"DELETE FROM api_clients WHERE {IsExactly} RETURNING id; {RaiseVersion}",
            new() { { "id", client.Id.Value }, { "revision", revision } },
            cancellationToken);

    /// <summary>
    /// Deletes a connection that is still as it was read, unless a resource or an API client names it or a user is known at it. Every
    /// audited change runs after the other, so a resource cannot take the connection meanwhile.
    /// </summary>
    public Task<ConfigurationChange> DeleteAsync(Connection connection, Actor by, CancellationToken cancellationToken)
    {
        const string IsUnused =
            "id = @id AND revision = @revision AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.document LIKE @named) "
            + "AND NOT EXISTS (SELECT 1 FROM api_clients a WHERE a.document LIKE @named) "
            + "AND NOT EXISTS (SELECT 1 FROM users u WHERE u.connection_id = @id)";
        return UpdateAsync(
            AuditedChange.Deleted(by, "connection", connection.Id.Value, connection, DocumentJson.Of<Connection>()),
            $"{AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM connections WHERE {IsUnused}); "
            + $"DELETE FROM connections WHERE {IsUnused} RETURNING id; {RaiseVersion}",
            new()
            {
                { "id", connection.Id.Value }, { "revision", connection.Revision }, { "named", $"%\"{connection.Id.Value}\"%" },
            },
            cancellationToken);
    }

    /// <returns><see cref="ConfigurationChange.Taken"/> when there are as many endpoints as there may be.</returns>
    public Task<ConfigurationChange> InsertAsync(WebhookEndpoint endpoint, Actor by, CancellationToken cancellationToken) => InsertAsync(
        AuditedChange.Created(by, "webhook", endpoint.Id.Value, endpoint, DocumentJson.Of<WebhookEndpoint>()),
        $"""
        INSERT INTO webhook_endpoints (id, created_at, revision, document)
        SELECT @id, @now, 1, @document WHERE (SELECT COUNT(*) FROM webhook_endpoints) < @most ON CONFLICT DO NOTHING RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = @id AND revision = 1 AND document = @document);
        {RaiseVersion}
        """,
        new() { { "id", endpoint.Id.Value }, { "now", endpoint.CreatedAt }, { "most", WebhookEndpoint.Most },
            { "document", Write(endpoint, DocumentJson.Of<WebhookEndpoint>()) } },
        cancellationToken);

    /// <param name="before">The entity as read. The row must still have its revision.</param>
    public Task<ConfigurationChange> UpdateAsync(
        WebhookEndpoint before, WebhookEndpoint after, Actor by, CancellationToken cancellationToken) => UpdateAsync(
        AuditedChange.Changed(by, "webhook", after.Id.Value, before, after, DocumentJson.Of<WebhookEndpoint>()),
        $"""
        UPDATE webhook_endpoints SET revision = revision + 1, document = @document WHERE id = @id AND revision = @revision RETURNING id;
        {AuditLog.Entry}
         WHERE EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = @id AND revision = @revision + 1 AND document = @document);
        DELETE FROM webhook_failures WHERE endpoint_id = @id AND @enabled = 1;
        {RaiseVersion}
        """,
        new()
        {
            { "id", after.Id.Value }, { "revision", before.Revision }, { "enabled", after.IsEnabled && !before.IsEnabled },
            { "document", Write(after, DocumentJson.Of<WebhookEndpoint>()) },
        },
        cancellationToken);

    /// <summary>Deletes a webhook endpoint with its deliveries.</summary>
    /// <inheritdoc cref="DeleteAsync(Resource, long?, Actor, CancellationToken)"/>
    public Task<ConfigurationChange> DeleteAsync(
        WebhookEndpoint endpoint, long? revision, Actor by, CancellationToken cancellationToken) => UpdateAsync(
        AuditedChange.Deleted(by, "webhook", endpoint.Id.Value, endpoint, DocumentJson.Of<WebhookEndpoint>()),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM webhook_endpoints WHERE {IsExactly});
        DELETE FROM webhook_endpoints WHERE {IsExactly} RETURNING id;
        DELETE FROM webhook_deliveries WHERE endpoint_id = @id AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = @id);
        DELETE FROM webhook_failures WHERE endpoint_id = @id AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = @id);
        {RaiseVersion}
        """,
        new() { { "id", endpoint.Id.Value }, { "revision", revision } },
        cancellationToken);

    private Task<ConfigurationChange> InsertAsync(
        AuditedChange change, string sql, SqlValues values, CancellationToken cancellationToken) =>
        audit.WriteAsync<ConfigurationChange>(
            change, sql, values, static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Taken(),
            cancellationToken);

    private Task<ConfigurationChange> UpdateAsync(
        AuditedChange change, string sql, SqlValues values, CancellationToken cancellationToken) =>
        audit.WriteAsync<ConfigurationChange>(
            change, sql, values, static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
            cancellationToken);

    private static List<T> All<T>(DbDataReader reader, string table, JsonTypeInfo<T> json, Func<T, long, T> withRevision)
    {
        reader.NextResult();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(withRevision(Parse(table, reader.GetString(0), reader.GetString(2), json), reader.GetInt64(1)));
        }

        return rows;
    }

    private static string Write<T>(T row, JsonTypeInfo<T> json) => JsonSerializer.Serialize(row, json);

    /// <summary>Parses a configuration document from the database.</summary>
    /// <exception cref="CorruptRow">The document is invalid.</exception>
    public static T Parse<T>(string table, string id, string document, JsonTypeInfo<T> json)
    {
        try
        {
            return JsonSerializer.Deserialize(document, json) ?? throw new CorruptRow(table, id, "empty document");
        }
        catch (Exception broken) when (broken is JsonException or FormatException)
        {
            throw new CorruptRow(table, id, broken.Message);
        }
    }
}
