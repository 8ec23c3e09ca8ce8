using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class A_corrupt_row_on_SQLite(OnSqlite store) : A_corrupt_row(store), IClassFixture<OnSqlite>;

public sealed class A_corrupt_row_on_PostgreSQL(OnPostgres store) : A_corrupt_row(store), IClassFixture<OnPostgres>;

/// <summary>A hand in the database: what no step of ours could have written is named, with its table and its key, and never taken for something else.</summary>
public abstract class A_corrupt_row(Store store)
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
    public async Task Of_a_login_request_is_named(Stage stage, string column, string? value)
    {
        var login = await new Login(store.Main).LeadToAsync(stage);
        await SpoilAsync("login_requests", "id", login.Visit.Id.Value, column, value);

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => login.AuthRequests.FindAsync(login.Visit.Id, CancellationToken.None));
        Assert.StartsWith($"login_requests {login.Visit.Id}: ", corrupt.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptRow>(() => login.AuthRequests.FindAsync(login.Visit.AuthRequestId, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(WrongColumnsOfAGrant))]
    public async Task Of_a_grant_or_its_person_is_named(string table, string column, string value)
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        var (keyColumn, key) = table == "grants" ? ("id", login.GrantId.Value) : ("connection_id", login.Visit.ConnectionId.Value);
        await SpoilAsync(table, keyColumn, key, column, value);

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => login.Grants.FindAsync(login.GrantId, CancellationToken.None));
        Assert.StartsWith($"{table} {(table == "grants" ? login.GrantId.Value : login.Subject)}: ", corrupt.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WrongDocuments))]
    public async Task Of_the_configuration_is_named(string table, string document)
    {
        var id = table + "_corrupt";
        var columns = table == "resources" ? "id, canonical_uri, created_at, revision, document" : "id, created_at, revision, document";
        var values = table == "resources" ? "@id, @id, 1, 1, @document" : "@id, 1, 1, @document";
        await store.Main.WriteAsync(
            $"INSERT INTO {table} ({columns}) VALUES ({values})", new() { { "id", id }, { "document", document } }, static _ => true, CancellationToken.None);

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => Records.Configuration(store.Main).LoadAsync(CancellationToken.None));
        Assert.StartsWith($"{table} {id}: ", corrupt.Message, StringComparison.Ordinal);
        await store.Main.WriteAsync($"DELETE FROM {table} WHERE id = @id", new() { { "id", id } }, static _ => true, CancellationToken.None);
    }

    [Fact]
    public async Task Of_a_client_is_named()
    {
        var clients = new ClientStore(store.Main);
        var client = await Records.Directory(store.Main).InsertAsync(Client_rows.NewClient(ResourceId.New()), Records.Tester, CancellationToken.None);
        await SpoilAsync("clients", "id", client.Id.Value, "document", "{\"class\":\"Royal\"}");

        var corrupt = await Assert.ThrowsAsync<CorruptRow>(() => clients.FindAsync(client.Id, CancellationToken.None));
        Assert.StartsWith($"clients {client.Id}: ", corrupt.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptRow>(() => clients.OfResourceAsync(client.ResourceId!.Value, 10, CancellationToken.None));
    }

    private Task SpoilAsync(string table, string keyColumn, string key, string column, string? value) => store.Main.WriteAsync(
        value is null ? $"UPDATE {table} SET {column} = NULL WHERE {keyColumn} = @key" : $"UPDATE {table} SET {column} = @value WHERE {keyColumn} = @key",
        new() { { "key", key }, { "value", value } },
        static _ => true,
        CancellationToken.None);
}
