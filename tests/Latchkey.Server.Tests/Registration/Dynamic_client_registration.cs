using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

public sealed class Dynamic_client_registration_on_SQLite(OnSqlite host) : Dynamic_client_registration(host), IClassFixture<OnSqlite>;

public sealed class Dynamic_client_registration_on_PostgreSQL(OnPostgres host)
    : Dynamic_client_registration(host), IClassFixture<OnPostgres>;

public abstract class Dynamic_client_registration(LatchkeyHost host)
{
    private const string Redirect = "https://client.example/callback";

    [Fact]
    [Spec("RFC 7591 §2", "defaults")]
    [Spec("RFC 7591 §3", "open-registration")]
    [Spec("RFC 7591 §3.2.1", "created", "all-metadata-returned", "secret-expiry")]
    [Spec("MCP 2026-07-28 §Registration", "application-type")]
    public async Task Defaults_are_filled_in_and_returned_without_null_or_empty_members()
    {
        var json = await RegisterAsync(await host.CompanyAsync(), new { redirect_uris = new[] { Redirect } });

        Assert.Equal("client_secret_basic", json.GetProperty("token_endpoint_auth_method").GetString());
        Assert.Equal("authorization_code", Assert.Single(json.GetProperty("grant_types").EnumerateArray()).GetString());
        Assert.Equal("code", Assert.Single(json.GetProperty("response_types").EnumerateArray()).GetString());
        Assert.Equal("web", json.GetProperty("application_type").GetString());
        Assert.Equal(0, json.GetProperty("client_secret_expires_at").GetInt64());
        Assert.StartsWith("lks_", json.GetProperty("client_secret").GetString(), StringComparison.Ordinal);
        Assert.All(
            json.EnumerateObject(), m => Assert.False(m.Value.ValueKind == JsonValueKind.Null || m.Value.ToString().Length == 0, m.Name));
    }

    /// <summary>Unknown members, and members that a client may not choose, are ignored (§2).</summary>
    [Fact]
    [Spec("RFC 7591 §2", "unknown-metadata-ignored")]
    [Spec("RFC 7591 §3.1", "id-from-server")]
    [Spec("RFC 7591 §3.2.1", "secret-expiry")]
    [Spec("RFC 7592 §3", "not-offered")]
    public async Task A_client_id_chosen_by_the_client_and_unknown_members_are_ignored()
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
        foreach (var absent in new[] { "client_secret", "client_secret_expires_at", "is_admin", "software_statement", "client_uri",
            "logo_uri", "registration_access_token", "registration_client_uri" })
        {
            Assert.False(json.TryGetProperty(absent, out _), absent);
        }
    }

    [Fact]
    [Spec("MCP 2026-07-28 §Registration", "application-type")]
    public async Task A_null_member_counts_as_absent()
    {
        var json = await RegisterAsync(
            await host.CompanyAsync(),
            new
            {
                redirect_uris = new[] { McpClient.Loopback },
                client_name = (string?)null,
                grant_types = (string[]?)null,
                response_types = (string[]?)null,
                scope = (string?)null,
                logo_uri = (string?)null
            });

        Assert.Equal("native", json.GetProperty("application_type").GetString());
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "same-client-again")]
    public async Task A_public_client_that_registers_again_at_the_same_endpoint_with_other_loopback_ports_gets_the_same_id()
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
    public async Task Of_64_identical_concurrent_registrations_one_client_results()
    {
        var company = await host.NewCompanyAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => IdAsync(company, "Same", $"http://127.0.0.1:{10_000 + i}/a")));

        Assert.Single(ids.Distinct(StringComparer.Ordinal));
    }

    /// <summary>A shared registration stands for a product, so deleting it must not keep the product away from everyone.</summary>
    [Fact]
    public async Task A_client_that_the_operator_deleted_can_register_again_and_starts_without_its_grants()
    {
        var company = await host.NewCompanyAsync();
        var former = await McpClient.RegisterAsync(company);
        var id = former.Id;
        var address = $"/api/v1/resources/{company.ResourceId}/clients/{id}";
        var tokens = await former.TokensAsync();
        await host.SendAsync(HttpMethod.Delete, address);

        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Get, address), 404, "client_not_found");
        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Delete, address), 404, "client_not_found");
        await Expect.PageAsync(await host.Anonymous.GetAsync(former.Authorize()), 400, "unknown_client");
        await Expect.ErrorAsync(await former.RefreshAsync(tokens.Refresh!), 401, "invalid_client");

        var client = await McpClient.RegisterAsync(company);
        Assert.NotEqual(id, client.Id);
        Assert.Equal(
            1,
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients"))
                .GetProperty("total_dcr_clients").GetInt32());
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        Assert.NotNull((await client.TokensAsync()).Refresh);
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "secret-unique")]
    public async Task Each_registration_of_a_confidential_client_is_a_new_client()
    {
        var company = await host.CompanyAsync();
        var metadata = new { redirect_uris = new[] { Redirect }, token_endpoint_auth_method = "client_secret_post" };
        var (one, two) = (await RegisterAsync(company, metadata), await RegisterAsync(company, metadata));

        Assert.NotEqual(one.GetProperty("client_id").GetString(), two.GetProperty("client_id").GetString());
        Assert.NotEqual(one.GetProperty("client_secret").GetString(), two.GetProperty("client_secret").GetString());
    }

    /// <summary>The policy of each resource decides whether a client of the environment may use it.</summary>
    [Fact]
    [Spec("RFC 7591 §5", "operator-rules")]
    public async Task A_client_registered_at_the_environment_may_use_the_resources_with_open_registration_only()
    {
        var open = await host.NewCompanyAsync();
        var closed = await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true });
        var id = await IdAsync(null, "Of the environment", McpClient.Loopback);

        using var answer = await host.Anonymous.GetAsync(new McpClient(open, id, null, McpClient.Loopback).Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(new McpClient(closed, id, null, McpClient.Loopback).Authorize()), 400, "registration_closed");
    }

    private async Task<string> IdAsync(Company? company, string name, params string[] redirectUris) =>
        (await RegisterAsync(company, new { client_name = name, redirect_uris = redirectUris, token_endpoint_auth_method = "none" }))
            .GetProperty("client_id").GetString()!;

    private async Task<JsonElement> RegisterAsync(Company? company, object metadata)
    {
        using var answer = await host.Anonymous.PostAsJsonAsync(
            company is null ? "/oauth/register" : $"/api/v1/resources/{company.ResourceId}/clients:register", metadata);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.True(answer.Headers.CacheControl?.NoStore, "the response may be cached");
        return json;
    }
}
