using System.Text.Json;
using Clients.Programs;

namespace Clients.Scalekit;

public sealed class Organization_clients_with_the_Scalekit_SDK_over_HTTP(ServerOverHttp server)
    : Organization_clients_with_the_Scalekit_SDK(server), IClassFixture<ServerOverHttp>;

public sealed class Organization_clients_with_the_Scalekit_SDK_over_TLS(ServerOverTls server)
    : Organization_clients_with_the_Scalekit_SDK(server), IClassFixture<ServerOverTls>;

/// <summary>The <c>m2m</c> part of Scalekit's SDK: an application manages clients of its customers' organisations.</summary>
public abstract class Organization_clients_with_the_Scalekit_SDK(LatchkeyServer server)
{
    private const string Service = "HTTP/2 POST /scalekit.v1.clients.ClientService";
    private const string UnknownClient = "m2m_0000000000000000000000";
    private const int InvalidArgument = 3;
    private const int NotFound = 5;
    private const int AlreadyExists = 6;
    private const int PermissionDenied = 7;

    [Fact]
    public async Task A_created_client_gets_tokens_that_name_its_organization()
    {
        await using var app = await OperatorsAppAsync();
        var made = await app.SucceedAsync(
            "m2m", new { call = "createOrganizationClient", values = new object[] { "globex", Nightly(app) } });
        Assert.Equal(
            [$"{Service}/CreateOrganizationClient", "HTTP/1.1 POST /oauth/token", $"{Service}/CreateOrganizationClient"],
            made.Texts("sent"));
        var (client, secret) = (made["client"], Text(made.Json, "plainSecret"));
        Assert.Equal(("Nightly", "Exports", "globex"), (Text(client, "name"), Text(client, "description"), Text(client, "organizationId")));
        Assert.Equal(
            (app.ResourceId, "notes:read"), (client.GetProperty("audience")[0].GetString(), client.GetProperty("scopes")[0].GetString()));
        Assert.Equal(
            ("tier", "gold"), (Text(client.GetProperty("customClaims")[0], "key"), Text(client.GetProperty("customClaims")[0], "value")));
        Assert.Equal(secret[^4..], Text(client.GetProperty("secrets")[0], "secretSuffix"));

        var claims = await ValidatedAsync(app, Text(client, "clientId"), secret);
        Assert.Equal(
            (Text(client, "clientId"), "globex", "gold"),
            (Text(claims, "client_id"), Text(claims, "org_id"), Text(claims.GetProperty("custom_claims"), "tier")));
    }

    [Fact]
    public async Task Clients_are_read_changed_and_deleted()
    {
        await using var app = await OperatorsAppAsync();
        var made = await NewAsync(app, "initech");
        var read = await app.SucceedAsync("m2m", new { call = "getOrganizationClient", values = new[] { "initech", made.Id } });
        Assert.Equal((made.Id, "Nightly"), (Text(read["client"], "clientId"), Text(read["client"], "name")));
        Assert.True(read["client"].GetProperty("createTime").GetProperty("seconds").GetInt64() > 1_700_000_000, read.ToString());

        var changed = await app.SucceedAsync("m2m", new
        {
            call = "updateOrganizationClient",
            values = new object[] { "initech", made.Id,
                new { name = "Hourly", scopes = new[] { "notes:write" }, customClaims = new { tier = "silver" } } },
        });
        Assert.Equal(
            ("Hourly", "Exports", "notes:write"),
            (Text(changed["client"], "name"), Text(changed["client"], "description"),
                changed["client"].GetProperty("scopes")[0].GetString()));
        Assert.Equal("silver", Text((await ValidatedAsync(app, made.Id, made.Secret, "notes:write")).GetProperty("custom_claims"), "tier"));

        await app.SucceedAsync("m2m", new { call = "deleteOrganizationClient", values = new[] { "initech", made.Id } });
        await HasNoTokenAsync(app, made.Id, made.Secret);
        ScalekitApp.ExpectError(
            await app.RunAsync("m2m", new { call = "getOrganizationClient", values = new[] { "initech", made.Id } }),
            "ScalekitNotFoundException", NotFound, 404, "CLIENT_NOT_FOUND");
    }

    [Fact]
    public async Task Clients_are_listed_page_by_page()
    {
        await using var app = await OperatorsAppAsync();
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Add((await NewAsync(app, "umbrella")).Id);
        }

        var first = await app.SucceedAsync(
            "m2m", new { call = "listOrganizationClients", values = new object[] { "umbrella", new { pageSize = 2 } } });
        var second = await app.SucceedAsync(
            "m2m",
            new
            {
                call = "listOrganizationClients",
                values = new object[] { "umbrella", new { pageSize = 2, pageToken = Text(first.Json, "nextPageToken") } }
            });
        Assert.Equal(
            (3, 2, 1, ""),
            (first["totalSize"].GetInt32(), first["clients"].GetArrayLength(), second["clients"].GetArrayLength(),
                Text(second.Json, "nextPageToken")));
        Assert.Equal(
            made.Order(StringComparer.Ordinal),
            first["clients"].EnumerateArray().Concat(second["clients"].EnumerateArray()).Select(c => Text(c, "clientId"))
                .Order(StringComparer.Ordinal));

        // The largest page size in the SDK's documentation.
        var all = await app.SucceedAsync(
            "m2m", new { call = "listOrganizationClients", values = new object[] { "umbrella", new { pageSize = 100 } } });
        Assert.Equal(3, all["clients"].GetArrayLength());
        Assert.Equal(
            3,
            (await app.SucceedAsync("m2m", new { call = "listOrganizationClients", values = new[] { "umbrella" } }))["clients"]
                .GetArrayLength());
    }

    [Fact]
    public async Task A_client_secret_is_rotated()
    {
        await using var app = await OperatorsAppAsync();
        var made = await NewAsync(app, "hooli");
        var added = await app.SucceedAsync("m2m", new { call = "addOrganizationClientSecret", values = new[] { "hooli", made.Id } });
        var secret = Text(added.Json, "plainSecret");
        Assert.Equal(secret[^4..], Text(added["secret"], "secretSuffix"));
        await ValidatedAsync(app, made.Id, made.Secret);
        await ValidatedAsync(app, made.Id, secret);

        await app.SucceedAsync("m2m", new { call = "removeOrganizationClientSecret", values = new[] { "hooli", made.Id, made.SecretId } });
        await HasNoTokenAsync(app, made.Id, made.Secret);
        await ValidatedAsync(app, made.Id, secret);
    }

    [Fact]
    public async Task Each_error_becomes_the_SDKs_exception_with_the_servers_error_code()
    {
        await using var app = await OperatorsAppAsync();
        var made = await NewAsync(app, "acme");

        foreach (var call
            in new[] { "getOrganizationClient", "updateOrganizationClient", "deleteOrganizationClient", "addOrganizationClientSecret" })
        {
            ScalekitApp.ExpectError(
                await app.RunAsync("m2m", new { call, values = new object[] { "acme", UnknownClient, new { name = "n" } } }),
                "ScalekitNotFoundException", NotFound, 404, "CLIENT_NOT_FOUND");
            ScalekitApp.ExpectError(
                await app.RunAsync("m2m", new { call, values = new object[] { "another", made.Id, new { name = "n" } } }),
                "ScalekitNotFoundException", NotFound, 404, "CLIENT_NOT_FOUND");
        }

        ScalekitApp.ExpectError(
            await app.RunAsync(
                "m2m", new { call = "removeOrganizationClientSecret", values = new[] { "acme", made.Id, "sks_0000000000000000000000" } }),
            "ScalekitNotFoundException", NotFound, 404, "SECRET_NOT_FOUND");
        ScalekitApp.ExpectError(
            await app.RunAsync("m2m", new { call = "listOrganizationClients", values = new[] { app.ResourceId } }),
            "ScalekitNotFoundException", NotFound, 404, "ORGANIZATION_NOT_FOUND");

        var wrong = await app.RunAsync(
            "m2m",
            new
            {
                call = "createOrganizationClient",
                values = new object[] { "acme", new { audience = new[] { "https://unknown.example" }, scopes = new[] { "unknown" } } }
            });
        ScalekitApp.ExpectError(wrong, "ScalekitBadRequestException", InvalidArgument, 400, "INVALID_ARGUMENT");
        Assert.Equal(["audience", "name", "scopes"], wrong.Error!.Fields!.Order(StringComparer.Ordinal));

        for (var i = 0; i < 4; i++)
        {
            await app.SucceedAsync("m2m", new { call = "addOrganizationClientSecret", values = new[] { "acme", made.Id } });
        }

        ScalekitApp.ExpectError(
            await app.RunAsync("m2m", new { call = "addOrganizationClientSecret", values = new[] { "acme", made.Id } }),
            "ScalekitConflictException", AlreadyExists, 409, "TOO_MANY_SECRETS");
    }

    [Fact]
    public async Task A_credential_with_the_role_login_is_forbidden()
    {
        await using var app = await ScalekitApp.StartAsync(server);

        ScalekitApp.ExpectError(
            await app.RunAsync("m2m", new { call = "createOrganizationClient", values = new object[] { "acme", Nightly(app) } }),
            "ScalekitForbiddenException", PermissionDenied, 403, "FORBIDDEN");
    }

    private static object Nightly(ScalekitApp app) =>
        new
        {
            name = "Nightly",
            description = "Exports",
            audience = new[] { app.ResourceUri },
            scopes = new[] { "notes:read" },
            customClaims = new { tier = "gold" }
        };

    private static async Task<(string Id, string Secret, string SecretId)> NewAsync(ScalekitApp app, string organization)
    {
        var made = await app.SucceedAsync("m2m", new { call = "createOrganizationClient", values = new[] { organization, Nightly(app) } });
        return (Text(made["client"], "clientId"), Text(made.Json, "plainSecret"), Text(made["client"].GetProperty("secrets")[0], "id"));
    }

    /// <summary>Fetches a token, validates it with the SDK, and returns its claims.</summary>
    private static async Task<JsonElement> ValidatedAsync(ScalekitApp app, string id, string secret, string scope = "notes:read")
    {
        var token = Text((await app.SucceedAsync("machineToken", new { id, secret })).Json, "token");
        return (await app.SucceedAsync(
            "validate",
            new { token, options = new { issuer = app.Issuer, audience = new[] { app.ResourceUri }, requiredScopes = new[] { scope } } }))[
                "claims"];
    }

    private static async Task HasNoTokenAsync(ScalekitApp app, string id, string secret)
    {
        var error = (await app.RunAsync("machineToken", new { id, secret })).Error;
        Assert.Equal(("ScalekitUnauthorizedException", 401), (error?.Name, error?.HttpStatus));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private Task<ScalekitApp> OperatorsAppAsync() => ScalekitApp.StartAsync(server, role: "management");
}
