using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Register;

public sealed class Registering_on_SQLite(OnSqlite host) : Registering(host), IClassFixture<OnSqlite>;

public sealed class Registering_on_PostgreSQL(OnPostgres host) : Registering(host), IClassFixture<OnPostgres>;

public abstract class Registering(LatchkeyHost host)
{
    private const string Redirect = "https://client.example/callback";

    [Fact]
    [Spec("RFC 7591 §2", "defaults")]
    [Spec("RFC 7591 §3", "open-registration")]
    [Spec("RFC 7591 §3.2.1", "created", "all-metadata-returned", "secret-expiry")]
    [Spec("MCP 2026-07-28 §Registration", "application-type")]
    public async Task Fills_in_the_defaults_and_echoes_them_without_null_or_empty_members()
    {
        var json = await RegisterAsync(await host.CompanyAsync(), new { redirect_uris = new[] { Redirect } });

        Assert.Equal("client_secret_basic", json.GetProperty("token_endpoint_auth_method").GetString());
        Assert.Equal("authorization_code", Assert.Single(json.GetProperty("grant_types").EnumerateArray()).GetString());
        Assert.Equal("code", Assert.Single(json.GetProperty("response_types").EnumerateArray()).GetString());
        Assert.Equal("web", json.GetProperty("application_type").GetString());
        Assert.Equal(0, json.GetProperty("client_secret_expires_at").GetInt64());
        Assert.StartsWith("lks_", json.GetProperty("client_secret").GetString(), StringComparison.Ordinal);
        Assert.All(json.EnumerateObject(), m => Assert.False(m.Value.ValueKind == JsonValueKind.Null || m.Value.ToString().Length == 0, m.Name));
    }

    /// <summary>What nobody knows, and what no stranger may choose, is as if it had not been sent (§2).</summary>
    [Fact]
    [Spec("RFC 7591 §2", "unknown-metadata-ignored")]
    [Spec("RFC 7591 §3.1", "id-from-server")]
    [Spec("RFC 7591 §3.2.1", "secret-expiry")]
    [Spec("RFC 7592 §3", "not-offered")]
    public async Task Ignores_a_client_id_of_the_clients_choice_and_members_nobody_knows()
    {
        var wanted = new
        {
            redirect_uris = new[] { Redirect },
            client_name = "Chooser",
            client_id = "m2m_0000000000000000000000",
            client_secret = "mine",
            client_id_issued_at = 1,
            is_admin = true,
            software_statement = "eyJ",
            client_uri = "javascript:alert(1)",
            logo_uri = "data:image/svg+xml,x",
            token_endpoint_auth_method = "none",
        };
        var json = await RegisterAsync(await host.CompanyAsync(), wanted);

        Assert.NotEqual(wanted.client_id, json.GetProperty("client_id").GetString());
        Assert.NotEqual(1, json.GetProperty("client_id_issued_at").GetInt64());
        foreach (var absent in new[] { "client_secret", "client_secret_expires_at", "is_admin", "software_statement", "client_uri", "logo_uri", "registration_access_token", "registration_client_uri" })
        {
            Assert.False(json.TryGetProperty(absent, out _), absent);
        }
    }

    [Fact]
    [Spec("MCP 2026-07-28 §Registration", "application-type")]
    public async Task Takes_null_for_absent()
    {
        var json = await RegisterAsync(
            await host.CompanyAsync(),
            new { redirect_uris = new[] { McpClient.Loopback }, client_name = (string?)null, grant_types = (string[]?)null, response_types = (string[]?)null, scope = (string?)null, logo_uri = (string?)null });

        Assert.Equal("native", json.GetProperty("application_type").GetString());
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "same-client-again")]
    public async Task Knows_a_public_client_again_by_everything_but_its_loopback_ports_and_at_its_own_entry_only()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var first = await IdAsync(company, "Same", "http://127.0.0.1:1000/a", "cursor://x/");
        Assert.Equal(first, await IdAsync(company, "Same", "cursor://x/", "http://127.0.0.1:2000/a"));
        foreach (var different in new[]
        {
            await IdAsync(company, "same", "http://127.0.0.1:1000/a", "cursor://x/"),
            await IdAsync(company, "Same", "http://127.0.0.1:1000/a"),
            await IdAsync(company, "Same", "http://127.0.0.1:1000/b", "cursor://x/"),
            await IdAsync(company, "Same", "http://localhost:1000/a", "cursor://x/"),
            await IdAsync(other, "Same", "http://127.0.0.1:1000/a", "cursor://x/"),
            await IdAsync(null, "Same", "http://127.0.0.1:1000/a", "cursor://x/"),
        })
        {
            Assert.NotEqual(first, different);
        }
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "same-client-again")]
    public async Task Has_one_client_for_64_identical_registrations_at_once()
    {
        var company = await host.NewCompanyAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => IdAsync(company, "Same", $"http://127.0.0.1:{10_000 + i}/a")));

        Assert.Single(ids.Distinct(StringComparer.Ordinal));
    }

    /// <summary>Clients register at every connect: without this an operator could never be rid of one.</summary>
    [Fact]
    [Spec("RFC 7591 §5", "operator-rules")]
    public async Task Again_what_the_operator_deleted_is_refused_for_good()
    {
        var company = await host.NewCompanyAsync();
        var id = await IdAsync(company, "Unwanted", McpClient.Loopback);
        var address = $"/api/v1/resources/{company.ResourceId}/clients/{id}";
        await host.SendAsync(HttpMethod.Delete, address);

        for (var i = 0; i < 2; i++)
        {
            var again = new { client_name = "Unwanted", redirect_uris = new[] { "http://127.0.0.1:7/callback" }, token_endpoint_auth_method = "none" };
            await Expect.ErrorAsync(await host.Anonymous.PostAsJsonAsync($"/api/v1/resources/{company.ResourceId}/clients:register", again), 400, "invalid_client_metadata");
            await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Get, address), 404, "client_not_found");
            await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Delete, address), 404, "client_not_found");
            await Expect.PageAsync(await host.Anonymous.GetAsync(new McpClient(company, id, null, McpClient.Loopback).Authorize()), 400, "unknown_client");
        }

        Assert.Equal(0, (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients")).GetProperty("total_dcr_clients").GetInt32());
        Assert.NotEqual(id, await IdAsync(company, "Wanted", McpClient.Loopback));
        await IdAsync(await host.CompanyAsync(), "Unwanted", McpClient.Loopback);
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "secret-unique")]
    public async Task Makes_a_confidential_client_new_each_time()
    {
        var company = await host.CompanyAsync();
        var metadata = new { redirect_uris = new[] { Redirect }, token_endpoint_auth_method = "client_secret_post" };
        var (one, two) = (await RegisterAsync(company, metadata), await RegisterAsync(company, metadata));

        Assert.NotEqual(one.GetProperty("client_id").GetString(), two.GetProperty("client_id").GetString());
        Assert.NotEqual(one.GetProperty("client_secret").GetString(), two.GetProperty("client_secret").GetString());
    }

    /// <summary>A client of the environment asks at each resource anew whether it is welcome.</summary>
    [Fact]
    [Spec("RFC 7591 §5", "operator-rules")]
    public async Task At_the_environment_opens_every_resource_that_takes_registrations_and_no_other()
    {
        var open = await host.NewCompanyAsync();
        var closed = await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true });
        var id = await IdAsync(null, "Wanderer", McpClient.Loopback);

        using var answer = await host.Anonymous.GetAsync(new McpClient(open, id, null, McpClient.Loopback).Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        await Expect.PageAsync(await host.Anonymous.GetAsync(new McpClient(closed, id, null, McpClient.Loopback).Authorize()), 400, "registration_closed");
    }

    private async Task<string> IdAsync(Company? company, string name, params string[] redirectUris) =>
        (await RegisterAsync(company, new { client_name = name, redirect_uris = redirectUris, token_endpoint_auth_method = "none" })).GetProperty("client_id").GetString()!;

    private async Task<JsonElement> RegisterAsync(Company? company, object metadata)
    {
        using var answer = await host.Anonymous.PostAsJsonAsync(company is null ? "/oauth/register" : $"/api/v1/resources/{company.ResourceId}/clients:register", metadata);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.True(answer.Headers.CacheControl?.NoStore, "the answer may be cached");
        return json;
    }
}
