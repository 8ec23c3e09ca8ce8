using System.Text.Json;
using Clients.Programs;

namespace Clients.Scalekit;

public sealed class Customers_machines_with_Scalekits_SDK_in_clear_text(InClearText server) : Customers_machines_with_Scalekits_SDK(server), IClassFixture<InClearText>;

public sealed class Customers_machines_with_Scalekits_SDK_over_TLS(OverTls server) : Customers_machines_with_Scalekits_SDK(server), IClassFixture<OverTls>;

/// <summary>All of the SDK's <c>m2m</c>: an application makes clients for its customers' programs.</summary>
public abstract class Customers_machines_with_Scalekits_SDK(LatchkeyServer server)
{
    private const string Service = "HTTP/2 POST /scalekit.v1.clients.ClientService";
    private const string UnknownClient = "m2m_0000000000000000000000";
    private const int InvalidArgument = 3;
    private const int NotFound = 5;
    private const int AlreadyExists = 6;
    private const int PermissionDenied = 7;

    [Fact]
    public async Task Get_clients_whose_tokens_the_SDK_validates_and_that_say_which_customer_they_act_for()
    {
        await using var app = await OperatorsAppAsync();
        var made = await app.MustAsync("m2m", new { call = "createOrganizationClient", values = new object[] { "globex", Nightly(app) } });
        Assert.Equal([$"{Service}/CreateOrganizationClient", "HTTP/1.1 POST /oauth/token", $"{Service}/CreateOrganizationClient"], made.Texts("sent"));
        var (client, secret) = (made["client"], Text(made.Json, "plainSecret"));
        Assert.Equal(("Nightly", "Exports", "globex"), (Text(client, "name"), Text(client, "description"), Text(client, "organizationId")));
        Assert.Equal((app.ResourceId, "notes:read"), (client.GetProperty("audience")[0].GetString(), client.GetProperty("scopes")[0].GetString()));
        Assert.Equal(("tier", "gold"), (Text(client.GetProperty("customClaims")[0], "key"), Text(client.GetProperty("customClaims")[0], "value")));
        Assert.Equal(secret[^4..], Text(client.GetProperty("secrets")[0], "secretSuffix"));

        var claims = await ValidatedAsync(app, Text(client, "clientId"), secret);
        Assert.Equal((Text(client, "clientId"), "globex", "gold"), (Text(claims, "client_id"), Text(claims, "org_id"), Text(claims.GetProperty("custom_claims"), "tier")));
    }

    [Fact]
    public async Task Are_read_changed_and_deleted()
    {
        await using var app = await OperatorsAppAsync();
        var made = await NewAsync(app, "initech");
        var read = await app.MustAsync("m2m", new { call = "getOrganizationClient", values = new[] { "initech", made.Id } });
        Assert.Equal((made.Id, "Nightly"), (Text(read["client"], "clientId"), Text(read["client"], "name")));
        Assert.True(read["client"].GetProperty("createTime").GetProperty("seconds").GetInt64() > 1_700_000_000, read.ToString());

        var changed = await app.MustAsync("m2m", new
        {
            call = "updateOrganizationClient",
            values = new object[] { "initech", made.Id, new { name = "Hourly", scopes = new[] { "notes:write" }, customClaims = new { tier = "silver" } } },
        });
        Assert.Equal(("Hourly", "Exports", "notes:write"), (Text(changed["client"], "name"), Text(changed["client"], "description"), changed["client"].GetProperty("scopes")[0].GetString()));
        Assert.Equal("silver", Text((await ValidatedAsync(app, made.Id, made.Secret, "notes:write")).GetProperty("custom_claims"), "tier"));

        await app.MustAsync("m2m", new { call = "deleteOrganizationClient", values = new[] { "initech", made.Id } });
        await HasNoTokenAsync(app, made.Id, made.Secret);
        ScalekitApp.Refused(await app.AskAsync("m2m", new { call = "getOrganizationClient", values = new[] { "initech", made.Id } }), "ScalekitNotFoundException", NotFound, 404, "CLIENT_NOT_FOUND");
    }

    [Fact]
    public async Task Are_listed_page_by_page()
    {
        await using var app = await OperatorsAppAsync();
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Add((await NewAsync(app, "umbrella")).Id);
        }

        var first = await app.MustAsync("m2m", new { call = "listOrganizationClients", values = new object[] { "umbrella", new { pageSize = 2 } } });
        var second = await app.MustAsync("m2m", new { call = "listOrganizationClients", values = new object[] { "umbrella", new { pageSize = 2, pageToken = Text(first.Json, "nextPageToken") } } });
        Assert.Equal((3, 2, 1, ""), (first["totalSize"].GetInt32(), first["clients"].GetArrayLength(), second["clients"].GetArrayLength(), Text(second.Json, "nextPageToken")));
        Assert.Equal(made.Order(StringComparer.Ordinal), first["clients"].EnumerateArray().Concat(second["clients"].EnumerateArray()).Select(c => Text(c, "clientId")).Order(StringComparer.Ordinal));

        // The SDK's documentation allows as many.
        var all = await app.MustAsync("m2m", new { call = "listOrganizationClients", values = new object[] { "umbrella", new { pageSize = 100 } } });
        Assert.Equal(3, all["clients"].GetArrayLength());
        Assert.Equal(3, (await app.MustAsync("m2m", new { call = "listOrganizationClients", values = new[] { "umbrella" } }))["clients"].GetArrayLength());
    }

    [Fact]
    public async Task Rotate_their_secrets()
    {
        await using var app = await OperatorsAppAsync();
        var made = await NewAsync(app, "hooli");
        var added = await app.MustAsync("m2m", new { call = "addOrganizationClientSecret", values = new[] { "hooli", made.Id } });
        var secret = Text(added.Json, "plainSecret");
        Assert.Equal(secret[^4..], Text(added["secret"], "secretSuffix"));
        await ValidatedAsync(app, made.Id, made.Secret);
        await ValidatedAsync(app, made.Id, secret);

        await app.MustAsync("m2m", new { call = "removeOrganizationClientSecret", values = new[] { "hooli", made.Id, made.SecretId } });
        await HasNoTokenAsync(app, made.Id, made.Secret);
        await ValidatedAsync(app, made.Id, secret);
    }

    [Fact]
    public async Task Bring_the_exception_of_its_kind_for_each_refusal()
    {
        await using var app = await OperatorsAppAsync();
        var made = await NewAsync(app, "acme");

        foreach (var call in new[] { "getOrganizationClient", "updateOrganizationClient", "deleteOrganizationClient", "addOrganizationClientSecret" })
        {
            ScalekitApp.Refused(await app.AskAsync("m2m", new { call, values = new object[] { "acme", UnknownClient, new { name = "n" } } }), "ScalekitNotFoundException", NotFound, 404, "CLIENT_NOT_FOUND");
            ScalekitApp.Refused(await app.AskAsync("m2m", new { call, values = new object[] { "somebody else", made.Id, new { name = "n" } } }), "ScalekitNotFoundException", NotFound, 404, "CLIENT_NOT_FOUND");
        }

        ScalekitApp.Refused(
            await app.AskAsync("m2m", new { call = "removeOrganizationClientSecret", values = new[] { "acme", made.Id, "sks_0000000000000000000000" } }), "ScalekitNotFoundException", NotFound, 404, "SECRET_NOT_FOUND");
        ScalekitApp.Refused(await app.AskAsync("m2m", new { call = "listOrganizationClients", values = new[] { app.ResourceId } }), "ScalekitNotFoundException", NotFound, 404, "ORGANIZATION_NOT_FOUND");

        var wrong = await app.AskAsync("m2m", new { call = "createOrganizationClient", values = new object[] { "acme", new { audience = new[] { "https://nobody.example" }, scopes = new[] { "unknown" } } } });
        ScalekitApp.Refused(wrong, "ScalekitBadRequestException", InvalidArgument, 400, "INVALID_ARGUMENT");
        Assert.Equal(["audience", "name", "scopes"], wrong.Error!.Fields!.Order(StringComparer.Ordinal));

        for (var i = 0; i < 4; i++)
        {
            await app.MustAsync("m2m", new { call = "addOrganizationClientSecret", values = new[] { "acme", made.Id } });
        }

        ScalekitApp.Refused(await app.AskAsync("m2m", new { call = "addOrganizationClientSecret", values = new[] { "acme", made.Id } }), "ScalekitConflictException", AlreadyExists, 409, "TOO_MANY_SECRETS");
    }

    [Fact]
    public async Task Are_not_for_a_credential_of_the_login_page()
    {
        await using var app = await ScalekitApp.StartAsync(server);

        ScalekitApp.Refused(
            await app.AskAsync("m2m", new { call = "createOrganizationClient", values = new object[] { "acme", Nightly(app) } }), "ScalekitForbiddenException", PermissionDenied, 403, "FORBIDDEN");
    }

    private static object Nightly(ScalekitApp app) =>
        new { name = "Nightly", description = "Exports", audience = new[] { app.ResourceUri }, scopes = new[] { "notes:read" }, customClaims = new { tier = "gold" } };

    private static async Task<(string Id, string Secret, string SecretId)> NewAsync(ScalekitApp app, string organization)
    {
        var made = await app.MustAsync("m2m", new { call = "createOrganizationClient", values = new[] { organization, Nightly(app) } });
        return (Text(made["client"], "clientId"), Text(made.Json, "plainSecret"), Text(made["client"].GetProperty("secrets")[0], "id"));
    }

    /// <summary>The claims of a token that the SDK fetched and found good.</summary>
    private static async Task<JsonElement> ValidatedAsync(ScalekitApp app, string id, string secret, string scope = "notes:read")
    {
        var token = Text((await app.MustAsync("machineToken", new { id, secret })).Json, "token");
        return (await app.MustAsync("validate", new { token, options = new { issuer = app.Issuer, audience = new[] { app.ResourceUri }, requiredScopes = new[] { scope } } }))["claims"];
    }

    private static async Task HasNoTokenAsync(ScalekitApp app, string id, string secret)
    {
        var error = (await app.AskAsync("machineToken", new { id, secret })).Error;
        Assert.Equal(("ScalekitUnauthorizedException", 401), (error?.Name, error?.HttpStatus));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private Task<ScalekitApp> OperatorsAppAsync() => ScalekitApp.StartAsync(server, role: "management");
}
