using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

public sealed class Dynamic_client_registration_management_on_SQLite(OnSqlite host)
    : Dynamic_client_registration_management(host), IClassFixture<OnSqlite>;

public sealed class Dynamic_client_registration_management_on_PostgreSQL(OnPostgres host)
    : Dynamic_client_registration_management(host), IClassFixture<OnPostgres>;

/// <summary>A client reads, replaces and deletes its own registration (RFC 7592); no other client can.</summary>
public abstract class Dynamic_client_registration_management(LatchkeyHost host)
{
    public static TheoryData<string, string> WrongUpdates => new()
    {
        { "registration_access_token", "\"{token}\"" },
        { "registration_client_uri", "\"https://latchkey.example/oauth/register/x\"" },
        { "client_secret_expires_at", "0" },
        { "client_id_issued_at", "1" },
        { "client_id", "\"m2m_0000000000000000000000\"" },
        { "client_id", "7" },
        { "client_id", "null" },
        { "client_secret", "\"chosen-by-the-client-itself\"" },
        { "client_secret", "7" },
        { "token_endpoint_auth_method", "\"none\"" },
        { "token_endpoint_auth_method", "\"Client_secret_post\"" },
        { "client_name", "\"a\\u202eb\"" },
        { "grant_types", "[\"implicit\"]" },
        { "jwks", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}" },
        { "unknown_member", "1,\"unknown_member\":2" },
    };

    [Fact]
    [Spec("RFC 7592 §2.1", "read")]
    [Spec("RFC 7592 §3", "answer-members")]
    public async Task A_registration_is_read_back_without_its_secret()
    {
        var company = await host.CompanyAsync();
        var metadata = new
        {
            client_name = "Reading é",
            redirect_uris = new[] { Registrant.Redirect, "cursor://callback" },
            token_endpoint_auth_method = "client_secret_post",
            grant_types = new[] { "authorization_code", "refresh_token" },
            application_type = "native",
            scope = "notes:read",
            client_uri = "https://client.example/",
            logo_uri = "https://client.example/logo.png",
            require_pushed_authorization_requests = true,
        };
        var registered = await new Registrant(company).RegisterAsync(metadata);
        using var answer = await registered.SendAsync(HttpMethod.Get);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore, "the response may be cached");
        var read = (await answer.Content.ReadFromJsonAsync<JsonElement>()).EnumerateObject()
            .ToDictionary(m => m.Name, m => m.Value.GetRawText(), StringComparer.Ordinal);

        var expected = registered.Response.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetRawText(), StringComparer.Ordinal);
        foreach (var (member, value) in JsonSerializer.SerializeToElement(metadata).EnumerateObject()
            .Select(m => (m.Name, m.Value.GetRawText())))
        {
            Assert.Equal(value, expected[member]);
        }

        Assert.True(expected.Remove("client_secret") && expected.Remove("client_secret_expires_at"));
        Assert.Equal(expected, read);
    }

    [Fact]
    public async Task Each_of_32_concurrent_updates_of_a_registration_succeeds()
    {
        const int Updates = 32;
        var company = await host.CompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Changing"));

        var statuses = await Task.WhenAll(Enumerable.Range(0, Updates).Select(async number =>
        {
            using var answer = await registered.SendAsync(HttpMethod.Put, new
            {
                client_id = registered.Id,
                client_name = $"Changed {number}",
                redirect_uris = new[] { Registrant.Redirect },
                token_endpoint_auth_method = "client_secret_post",
            });
            return answer.StatusCode;
        }));

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [Spec("RFC 7592 §2", "registration-token")]
    [Spec("RFC 7592 §2.1", "bearer-errors", "unknown-client")]
    [Spec("RFC 7592 §5", "token-entropy")]
    public async Task A_missing_wrong_or_foreign_registration_access_token_is_401(string method)
    {
        var company = await host.CompanyAsync();
        var own = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Own"));
        var others = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Others"));
        Assert.Equal(("lkg_".Length + 43, true), (own.Token!.Length, own.Token != others.Token));
        var shared = await new Registrant(company).RegisterAsync(Registrant.Public("Shared"));
        var initial = (await Registrant.InitialTokenAsync(company)).Token;
        foreach (var token in new[] { null, "", "x", "lkg_" + new string('A', 43), others.Token, own.Token!.ToUpperInvariant(),
            $"{own.Token}, Bearer {own.Token}", initial, own.Text("client_secret"), await host.OperatorTokenAsync() })
        {
            await Expect.BearerRefusedAsync(await own.SendAsync(new(method), token, Update(own)));
        }

        // A shared registration, an unknown client and a client created by an operator have no such token.
        await Expect.BearerRefusedAsync(await shared.SendAsync(new(method), own.Token, Update(shared)));
        foreach (var id in new[] { "m2m_0000000000000000000000", "x", "https:%2F%2Fclient.example%2Fdocument",
            (await McpClient.CreateAsync(company)).Id })
        {
            using var request = new HttpRequestMessage(new(method), $"/oauth/register/{id}")
            {
                Content = method == "PUT" ? JsonContent.Create(Update(own)) : null
            };
            request.Headers.Authorization = new("Bearer", own.Token);
            await Expect.BearerRefusedAsync(await host.Anonymous.SendAsync(request));
        }

        using var still = await own.SendAsync(HttpMethod.Get);
        Assert.Equal("Own", (await still.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("client_name").GetString());
    }

    [Fact]
    [Spec("RFC 7592 §2.2", "update", "id-kept")]
    public async Task An_update_replaces_all_metadata_and_keeps_id_secret_and_grants()
    {
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Growing"));
        var tokens = await registered.Client.TokensAsync();
        var update = Update(registered);
        update["logo_uri"] = "https://client.example/logo.png";
        update["token_endpoint_auth_method"] = "client_secret_basic";
        update["client_secret"] = registered.Text("client_secret");
        using var answer = await registered.SendAsync(HttpMethod.Put, update);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, json.ToString());
        Assert.Equal("https://client.example/logo.png", json.GetProperty("logo_uri").GetString());
        Assert.Equal(
            (registered.Id, registered.Token),
            (json.GetProperty("client_id").GetString(), json.GetProperty("registration_access_token").GetString()));
        await Tokens.OfAsync(await registered.Client.RefreshAsync(tokens.Refresh!));

        using var without = await registered.SendAsync(HttpMethod.Put, Update(registered));
        Assert.False((await without.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("logo_uri", out _));
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "client_name", "\"Another name\"" },
        { "redirect_uris", "[\"https://client.example/callback\",\"https://other.example/callback\"]" },
        { "redirect_uris", "[\"https://client.example/callback\",\"cursor://callback\"]" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_of_name_or_redirect_URIs_ends_the_grants_of_the_client(string member, string value)
    {
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Changing"));
        var tokens = await registered.Client.TokensAsync();
        var update = Update(registered);
        update[member] = JsonNode.Parse(value);
        using var answer = await registered.SendAsync(HttpMethod.Put, update);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        await Expect.ErrorAsync(await registered.Client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        Assert.Equal("""{"active":false}""", await IntrospectAsync(company, tokens.Access));
        await Tokens.OfAsync(await registered.Client.RefreshAsync((await registered.Client.TokensAsync()).Refresh!));
    }

    [Theory]
    [MemberData(nameof(WrongUpdates))]
    [Spec("RFC 7592 §2.2", "update-forbidden-members", "update-own-id")]
    public async Task An_update_with_a_forbidden_or_wrong_member_is_400_and_changes_nothing(string member, string value)
    {
        var registered = await new Registrant(await host.CompanyAsync()).RegisterAsync(Registrant.WithSecret("Steadfast"));
        var before = await ReadAsync(registered);
        var update = Update(registered);
        update.Remove(member);
        var body = $"{update.ToJsonString()[..^1]},\"{member}\":{value.Replace("{token}", registered.Token, StringComparison.Ordinal)}}}";
        await Expect.ErrorAsync(
            await registered.SendAsync(HttpMethod.Put, JsonSerializer.Deserialize<JsonElement>(body)), 400, "invalid_client_metadata");

        Assert.Equal(before, await ReadAsync(registered));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    public async Task An_update_that_is_not_a_JSON_object_is_400(string body)
    {
        var registered = await new Registrant(await host.CompanyAsync()).RegisterAsync(Registrant.WithSecret("Steadfast"));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/oauth/register/{registered.Id}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json")
        };
        request.Headers.Authorization = new("Bearer", registered.Token);

        await Expect.ErrorAsync(await host.Anonymous.SendAsync(request), 400, "invalid_client_metadata");
    }

    [Fact]
    public async Task An_update_with_invalid_redirect_URIs_is_invalid_redirect_uri()
    {
        var registered = await new Registrant(await host.CompanyAsync()).RegisterAsync(Registrant.WithSecret("Steadfast"));
        foreach (var redirects in new JsonArray?[] { null, [], ["http://client.example/callback"] })
        {
            var update = Update(registered);
            update["redirect_uris"] = redirects;
            await Expect.ErrorAsync(await registered.SendAsync(HttpMethod.Put, update), 400, "invalid_redirect_uri");
        }
    }

    [Fact]
    [Spec("RFC 7592 §2.3", "delete", "delete-ends-tokens")]
    [Spec("RFC 7592 §5", "deleted-token")]
    public async Task A_delete_removes_the_client_and_ends_every_token()
    {
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Leaving"));
        var tokens = await registered.Client.TokensAsync();
        using var browser = new Browser(host);
        var code = await registered.Client.CodeAsync(browser);
        Assert.Contains("\"active\":true", await IntrospectAsync(company, tokens.Refresh!), StringComparison.Ordinal);
        using (var deleted = await registered.SendAsync(HttpMethod.Delete))
        {
            Assert.Equal((HttpStatusCode.NoContent, ""), (deleted.StatusCode, await deleted.Content.ReadAsStringAsync()));
            Assert.True(deleted.Headers.CacheControl?.NoStore, "the response may be cached");
        }

        await Expect.ErrorAsync(await registered.Client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        await Expect.ErrorAsync(await registered.Client.RedeemAsync(code), 401, "invalid_client");
        Assert.Equal("""{"active":false}""", await IntrospectAsync(company, tokens.Access));
        Assert.Equal("""{"active":false}""", await IntrospectAsync(company, tokens.Refresh!));
        await Expect.PageAsync(await host.Anonymous.GetAsync(registered.Client.Authorize()), 400, "unknown_client");
        await Expect.BearerRefusedAsync(await registered.SendAsync(HttpMethod.Delete));
        await new Registrant(company).RegisterAsync(Registrant.WithSecret("Leaving"));
    }

    [Fact]
    public async Task A_public_client_registered_with_an_initial_access_token_manages_its_registration()
    {
        var company = await host.NewCompanyAsync(resource: new { require_initial_access_token = true });
        var registered = await new Registrant(company, (await Registrant.InitialTokenAsync(company)).Token)
            .RegisterAsync(Registrant.Public("Invited"));
        await registered.Client.TokensAsync();
        var update = Update(registered);
        update["redirect_uris"] = new JsonArray("http://localhost:7/other");
        using var answer = await registered.SendAsync(HttpMethod.Put, update);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // Cached copies of the client are updated at once.
        await Expect.PageAsync(await host.Anonymous.GetAsync(registered.Client.Authorize()), 400, "unregistered_redirect_uri");
        using var authorized = await host.Anonymous.GetAsync(registered.Client.Authorize(("redirect_uri", "http://localhost:8/other")));
        Assert.Equal(HttpStatusCode.Redirect, authorized.StatusCode);
    }

    [Theory]
    [InlineData("disable_dynamic_client_registration")]
    [InlineData("require_initial_access_token")]
    [Spec("RFC 7592 §2.2", "update-not-allowed")]
    public async Task A_registration_the_resource_no_longer_accepts_is_read_and_deleted_but_not_changed(string policy)
    {
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Late"));
        await host.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/resources/{company.ResourceId}",
            new Dictionary<string, bool>(StringComparer.Ordinal) { [policy] = true });
        var before = await ReadAsync(registered);
        await Expect.ErrorAsync(await registered.SendAsync(HttpMethod.Put, Update(registered)), 403, "access_denied");

        Assert.Equal(before, await ReadAsync(registered));
        using var deleted = await registered.SendAsync(HttpMethod.Delete);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Fact]
    public async Task An_update_to_metadata_that_the_operator_blocked_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var unwanted = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Unwanted"));
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Wanted"));
        await Blocking.SetEnabledAsync(host, unwanted.Id, isEnabled: false);
        var update = Update(registered);
        update["client_name"] = "Unwanted";

        await Expect.ErrorAsync(await registered.SendAsync(HttpMethod.Put, update), 400, "invalid_client_metadata");
        Assert.Contains("\"Wanted\"", await ReadAsync(registered), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CORS_allows_scripts_of_any_origin()
    {
        var answer = await RawHttp.SendAsync(
            host, "OPTIONS", "/oauth/register/m2m_0000000000000000000000",
            ["Origin: https://inspector.example", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization"]);

        Assert.Equal(("*", "GET,PUT,DELETE"), (answer["Access-Control-Allow-Origin"], answer["Access-Control-Allow-Methods"]));
        Assert.Null(answer["Access-Control-Allow-Credentials"]);
    }

    /// <summary>The metadata as it was registered, with the client's id (RFC 7592 §2.2).</summary>
    private static JsonObject Update(RegisteredClient registered)
    {
        var update = new JsonObject();
        foreach (var member in registered.Response.EnumerateObject().Where(m => m.Name is not ("client_secret" or "client_secret_expires_at"
            or "client_id_issued_at" or "registration_access_token" or "registration_client_uri")))
        {
            update[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        }

        return update;
    }

    private static async Task<string> ReadAsync(RegisteredClient registered)
    {
        using var answer = await registered.SendAsync(HttpMethod.Get);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<string> IntrospectAsync(Company company, string token) =>
        (await (await ResourceServer.CreateAsync(company)).IntrospectAsync(token)).GetRawText();
}
