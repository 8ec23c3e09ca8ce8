using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Corrupt_rows_on_SQLite(SqliteStore store) : Corrupt_rows(store), IClassFixture<SqliteStore>;

public sealed class Corrupt_rows_on_PostgreSQL(PostgresStore store) : Corrupt_rows(store), IClassFixture<PostgresStore>;

/// <summary>A row that the server cannot have written is reported with its table and key and is never
/// interpreted as something else.</summary>
public abstract class Corrupt_rows(Store store)
{
    public static TheoryData<Stage, string, string?> WrongColumnsOfALogin => new()
    {
        { Stage.AwaitingLogin, "stage", "awaiting_godot" },
        { Stage.AwaitingLogin, "verification", "perhaps" },
        { Stage.AwaitingLogin, "request", "not json" },
        { Stage.AwaitingLogin, "request", "null" },
        { Stage.AwaitingLogin, "request", "{}" },
        { Stage.AwaitingReturn, "report", null },
        { Stage.AwaitingReturn, "report", "{" },
        { Stage.AwaitingReturn, "report", "{}" },
        { Stage.AwaitingReturn, "reported_at", null },
        { Stage.AwaitingReturn, "return_by", null },
        { Stage.Refused, "error", null },
        { Stage.Refused, "error", "{}" },
        { Stage.Refused, "ended_at", null },
        { Stage.AwaitingConsent, "consent_from", null },
        { Stage.AwaitingConsent, "consent_by", null },
        { Stage.AwaitingExchange, "scope", null },
        { Stage.AwaitingExchange, "decided_at", null },
        { Stage.AwaitingExchange, "code_by", null },
        { Stage.Exchanged, "grant_id", null },
        { Stage.Exchanged, "exchanged_at", null },
        { Stage.Ended, "reason", null },
        { Stage.Ended, "reason", "Boredom" },
        { Stage.Ended, "reason", "77" },
        { Stage.Ended, "error", "[]" },
        { Stage.Ended, "ended_at", null },
    };

    public static TheoryData<string, string, string> WrongColumnsOfAGrant => new()
    {
        { "grants", "client_class", "Royal" },
        { "grants", "client_class", "9" },
        { "grants", "login", "{" },
        { "grants", "rotations", "1,two,3" },
        { "users", "snapshot", "not json" },
        { "users", "snapshot", "{}" },
    };

    public static TheoryData<string, string> WrongDocuments => new()
    {
        { "resources", "{" },
        { "resources", "null" },
        { "resources", "{\"uri\":\"https://notes.example/mcp\",\"token_issuer\":\"moon\"}" },
        { "connections", "not json" },
        { "api_clients", "[]" },
    };

    [Theory]
    [MemberData(nameof(WrongColumnsOfALogin))]
    public async Task A_corrupt_login_request_is_reported_by_table_and_key(Stage stage, string column, string? value)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(stage);
        await CorruptAsync("login_requests", "id", login.Details.Id.Value, column, value);

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => login.AuthRequests.FindAsync(login.Details.Id, CancellationToken.None));
        Assert.StartsWith($"login_requests {login.Details.Id}: ", corrupt.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptRow>(() => login.AuthRequests.FindAsync(login.Details.AuthorizationId, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(WrongColumnsOfAGrant))]
    public async Task A_corrupt_grant_or_user_is_reported_by_table_and_key(string table, string column, string value)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        var (keyColumn, key) = table == "grants" ? ("id", login.GrantId.Value) : ("connection_id", login.Details.ConnectionId.Value);
        await CorruptAsync(table, keyColumn, key, column, value);

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => login.Grants.FindAsync(login.GrantId, CancellationToken.None));
        Assert.StartsWith(
            $"{table} {(table == "grants" ? login.GrantId.Value : login.Subject)}: ", corrupt.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WrongDocuments))]
    public async Task A_corrupt_configuration_row_is_reported_by_table_and_key(string table, string document)
    {
        var id = table + "_corrupt";
        var columns = table == "resources" ? "id, canonical_uri, created_at, revision, document" : "id, created_at, revision, document";
        var values = table == "resources" ? "@id, @id, 1, 1, @document" : "@id, 1, 1, @document";
        await store.Main.WriteAsync(
            $"INSERT INTO {table} ({columns}) VALUES ({values})", new() { { "id", id }, { "document", document } }, static _ => true,
            CancellationToken.None);

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => AuditedStores.Configuration(store.Main).LoadAsync(CancellationToken.None));
        Assert.StartsWith($"{table} {id}: ", corrupt.Message, StringComparison.Ordinal);
        await store.Main.WriteAsync(
            $"DELETE FROM {table} WHERE id = @id", new() { { "id", id } }, static _ => true, CancellationToken.None);
    }

    [Fact]
    public async Task A_corrupt_client_is_reported_by_table_and_key()
    {
        var clients = new ClientStore(store.Main);
        var client = await AuditedStores.Directory(store.Main)
            .InsertAsync(Client_rows.NewClient(ResourceId.New()), AuditedStores.Tester, CancellationToken.None);
        await CorruptAsync("clients", "id", client.Id.Value, "document", "{\"class\":\"Royal\"}");

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => clients.FindAsync(client.Id, CancellationToken.None));
        Assert.StartsWith($"clients {client.Id}: ", corrupt.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptRow>(() => clients.OfResourceAsync(client.ResourceId!.Value, 10, CancellationToken.None));
    }

    private Task CorruptAsync(string table, string keyColumn, string key, string column, string? value) => store.Main.WriteAsync(
        value is null
            ? $"UPDATE {table} SET {column} = NULL WHERE {keyColumn} = @key"
            : $"UPDATE {table} SET {column} = @value WHERE {keyColumn} = @key",
        new() { { "key", key }, { "value", value } },
        static _ => true,
        CancellationToken.None);
}
