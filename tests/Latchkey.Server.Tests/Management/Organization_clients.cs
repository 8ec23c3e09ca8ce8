using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Organization_clients_on_SQLite(OnSqlite host) : Organization_clients(host), IClassFixture<OnSqlite>;

public sealed class Organization_clients_on_PostgreSQL(OnPostgres host) : Organization_clients(host), IClassFixture<OnPostgres>;

/// <summary>Machine-to-machine clients of organizations, which are the company's customers.</summary>
public abstract class Organization_clients(LatchkeyHost host)
{
    private static int organizations;

    [Fact]
    public async Task A_token_names_the_requested_resource_the_client_and_its_organization()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var client = await NewAsync("acme corp/1", new
        {
            name = "Nightly",
            description = "Exports",
            audience = new[] { company.ResourceUri, other.ResourceId, company.ResourceId },
            scopes = new[] { "notes:read" },
            custom_claims = new[] { new { key = "tier", value = "gold" }, new { key = "sub", value = "admin" } },
            expiry = "900",
        });
        var tokens = await Tokens.OfAsync(await client.AskAsync("", ("resource", other.ResourceUri)));

        Assert.Equal([other.ResourceId, other.ResourceUri], tokens.Claims.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal(
            (client.Id, client.Id), (tokens.Claims.GetProperty("sub").GetString(), tokens.Claims.GetProperty("client_id").GetString()));
        Assert.Equal(
            ("acme corp/1", "acme corp/1"),
            (tokens.Claims.GetProperty("org_id").GetString(), tokens.Claims.GetProperty("oid").GetString()));
        Assert.Equal("""{"tier":"gold","sub":"admin"}""", tokens.Claims.GetProperty("custom_claims").GetRawText());
        Assert.Equal(("notes:read", 900), (tokens.Scope, tokens.ExpiresIn));
        Assert.Equal(900, tokens.Claims.GetProperty("exp").GetInt64() - tokens.Claims.GetProperty("iat").GetInt64());
        Assert.Null(tokens.Refresh);
        Assert.Equal(
            company.ResourceId,
            (await Tokens.OfAsync(await client.AskAsync($"/resources/{company.ResourceId}"))).Claims.GetProperty("aud")[0].GetString());
    }

    /// <summary>With two audiences and no resource parameter no token is issued, because it could be for the wrong resource.</summary>
    [Fact]
    public async Task A_client_with_several_audiences_must_name_the_resource_and_gets_no_token_for_any_other()
    {
        var (one, two, foreign) = (await host.NewCompanyAsync(), await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var client = await NewAsync(
            NewOrganization(), new { name = "n", audience = new[] { one.ResourceId, two.ResourceId }, scopes = new[] { "notes:read" } });
        await Expect.ErrorAsync(await client.AskAsync(""), 400, "invalid_target");
        await Expect.ErrorAsync(await client.AskAsync("", ("resource", foreign.ResourceUri)), 400, "invalid_target");
        await Expect.ErrorAsync(await client.AskAsync($"/resources/{foreign.ResourceId}"), 400, "invalid_target");
        await Expect.ErrorAsync(await client.AskAsync("", ("resource", $"{host.BaseUrl}/api")), 400, "invalid_target");
        await Expect.ErrorAsync(
            await client.AskAsync($"/resources/{one.ResourceId}", ("resource", two.ResourceUri)), 400, "invalid_target");

        var single = await NewAsync(NewOrganization(), new { name = "n", audience = new[] { two.ResourceUri } });
        Assert.Equal(two.ResourceId, (await single.TokenAsync()).GetProperty("aud")[0].GetString());
    }

    [Fact]
    public async Task A_client_gets_its_own_scopes_only_and_none_when_it_has_none()
    {
        var company = await host.NewCompanyAsync();
        var some = await NewAsync(
            NewOrganization(), new { name = "n", audience = new[] { company.ResourceId }, scopes = new[] { "notes:read" } });
        await Expect.ErrorAsync(await some.AskAsync("", ("scope", "notes:write")), 400, "invalid_scope");
        Assert.Equal("notes:read", (await Tokens.OfAsync(await some.AskAsync("", ("scope", "notes:read notes:write")))).Scope);

        var none = await NewAsync(NewOrganization(), new { name = "n", audience = new[] { company.ResourceId } });
        await Expect.ErrorAsync(await none.AskAsync("", ("scope", "notes:read")), 400, "invalid_scope");
        using var answer = await none.AskAsync("");
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.False(json.TryGetProperty("scope", out _), "the response has an empty scope");
        Assert.Equal("", (await none.TokenAsync()).GetProperty("scope").GetString());
    }

    [Fact]
    public async Task Clients_are_listed_read_changed_and_deleted_only_under_their_own_organization()
    {
        var company = await host.NewCompanyAsync();
        var (mine, theirs) = (NewOrganization(), NewOrganization());
        var made = new List<MachineClient>();
        for (var i = 0; i < 3; i++)
        {
            made.Add(await NewAsync(mine, new { name = $"n{i}", audience = new[] { company.ResourceId } }));
        }

        await NewAsync(theirs, new { name = "foreign", audience = new[] { company.ResourceId } });
        var first = await host.SendAsync(HttpMethod.Get, $"{PathOf(mine)}?page_size=2");
        var second = await host.SendAsync(
            HttpMethod.Get, $"{PathOf(mine)}?page_size=2&page_token={first.GetProperty("next_page_token").GetString()}");
        Assert.Equal((3, ""), (first.GetProperty("total_size").GetInt32(), second.GetProperty("next_page_token").GetString()));
        Assert.Equal(
            made.Select(c => c.Id).Order(StringComparer.Ordinal),
            first.GetProperty("clients").EnumerateArray().Concat(second.GetProperty("clients").EnumerateArray())
                .Select(c => c.GetProperty("client_id").GetString()).Order(StringComparer.Ordinal));

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Patch, HttpMethod.Delete })
        {
            await Expect.ProblemAsync(
                await host.TrySendAsync(
                    method, $"{PathOf(theirs)}/{made[0].Id}", method == HttpMethod.Patch ? new { name = "stolen" } : null),
                404,
                "client_not_found");
        }

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, $"{PathOf(theirs)}/{made[0].Id}/secrets"), 404, "client_not_found");
        var changed = (await host.SendAsync(
            HttpMethod.Patch, $"{PathOf(mine)}/{made[0].Id}", new { name = "Renamed", scopes = new[] { "notes:write" }, expiry = 0 }))
            .GetProperty("client");
        Assert.Equal(("Renamed", mine), (changed.GetProperty("name").GetString(), changed.GetProperty("organization_id").GetString()));
        Assert.Equal("notes:write", (await made[0].TokenAsync()).GetProperty("scope").GetString());
        await host.SendAsync(HttpMethod.Delete, $"{PathOf(mine)}/{made[0].Id}");
        await Expect.ErrorAsync(await made[0].AskAsync(""), 401, "invalid_client");
        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Delete, $"{PathOf(mine)}/{made[0].Id}"), 404, "client_not_found");
    }

    [Fact]
    public async Task The_secret_of_an_organization_client_is_rotated()
    {
        var organization = NewOrganization();
        var client = await NewAsync(organization, new { name = "n", audience = new[] { (await host.NewCompanyAsync()).ResourceId } });
        var path = $"{PathOf(organization)}/{client.Id}";
        var added = await host.SendAsync(HttpMethod.Post, $"{path}/secrets");
        await (client with { Secret = added.GetProperty("plain_secret").GetString()! }).TokenAsync();
        var former = (await host.SendAsync(HttpMethod.Get, path)).GetProperty("client").GetProperty("secrets")[0]
            .GetProperty("id").GetString();
        await host.SendAsync(HttpMethod.Delete, $"{path}/secrets/{former}");

        await Expect.ErrorAsync(await client.AskAsync(""), 401, "invalid_client");
    }

    /// <summary>Introspection checks what the client may do now, not what the token was issued for.</summary>
    [Fact]
    public async Task A_token_becomes_inactive_when_its_resource_is_removed_from_the_audience()
    {
        var (one, two) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var organization = NewOrganization();
        var client = await NewAsync(organization, new { name = "n", audience = new[] { one.ResourceId, two.ResourceId } });
        var token = (await Tokens.OfAsync(
            await client.AskAsync($"/resources/{one.ResourceId}", ("scope", null)), scopeIsThere: false)).Access;
        Assert.True(await IsActiveAsync(one, token));
        await host.SendAsync(HttpMethod.Patch, $"{PathOf(organization)}/{client.Id}", new { audience = new[] { two.ResourceId } });

        Assert.False(await IsActiveAsync(one, token));
    }

    [Theory]
    [InlineData("name", "null")]
    [InlineData("name", "\"\"")]
    [InlineData("audience", "[]")]
    [InlineData("audience", "null")]
    [InlineData("audience", "\"https://x.example\"")]
    [InlineData("audience", "[\"https://x.example\"]")]
    [InlineData("audience", "[\"{base}/api\"]")]
    [InlineData("audience", "[\"res_0000000000000000000000\"]")]
    [InlineData("scopes", "[\"unknown\"]")]
    [InlineData("scopes", "[\"openid\"]")]
    [InlineData("scopes", "[\"offline_access\"]")]
    [InlineData("custom_claims", "{\"tier\":\"gold\"}")]
    [InlineData("custom_claims", "[{\"key\":\"\",\"value\":\"x\"}]")]
    [InlineData("custom_claims", "[{\"key\":\"a\",\"value\":7}]")]
    [InlineData("custom_claims", "[{\"key\":\"a\",\"value\":\"b\"},{\"key\":\"a\",\"value\":\"c\"}]")]
    [InlineData("custom_claims", "[{\"key\":\"a\",\"value\":\"b\",\"more\":1}]")]
    [InlineData("custom_claims", "[\"a\"]")]
    [InlineData("expiry", "-1")]
    [InlineData("expiry", "86401")]
    [InlineData("expiry", "\"soon\"")]
    [InlineData("redirect_uris", "[\"https://x.example/\"]")]
    [InlineData("organization_id", "\"other\"")]
    public async Task A_create_with_a_wrong_member_is_400_and_creates_nothing(string member, string value)
    {
        // With two resources there is no default audience.
        var (company, _, organization) = (await host.NewCompanyAsync(), await host.NewCompanyAsync(), NewOrganization());
        var members = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = "\"n\"",
            ["audience"] = $"[\"{company.ResourceId}\"]",
            [member] = value.Replace("{base}", host.BaseUrl, StringComparison.Ordinal)
        };
        var body = System.Text.Encoding.UTF8.GetBytes("{" + string.Join(',', members.Select(m => $"\"{m.Key}\":{m.Value}")) + "}");

        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Post, PathOf(organization), body), 400, "invalid_argument", member);
        Assert.Equal(0, (await host.SendAsync(HttpMethod.Get, PathOf(organization))).GetProperty("total_size").GetInt32());
    }

    [Theory]
    [InlineData("res_0000000000000000000000", "a resource")]
    [InlineData("skc_operator", "an API client")]
    [InlineData("%20", null)]
    [InlineData("%0A", null)]
    public async Task A_path_without_a_valid_organization_is_404(string organization, string? kind)
    {
        var detail = await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Get, $"/api/v1/organizations/{organization}/clients"), 404, "organization_not_found");
        if (kind is not null)
        {
            Assert.Equal($"{organization} is {kind}; this path takes an organization.", detail);
        }
    }

    /// <summary>The client_credentials grant of a resource client uses the same members.</summary>
    [Fact]
    public async Task A_client_of_a_resource_has_custom_claims_and_a_token_lifetime_too()
    {
        var company = await host.NewCompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new
            {
                name = "n",
                audience = new[] { company.ResourceUri },
                custom_claims = new[] { new { key = "team", value = "red" } },
                expiry = 60
            });
        var client = new MachineClient(
            host, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
        var claims = await client.TokenAsync();
        Assert.Equal("red", claims.GetProperty("custom_claims").GetProperty("team").GetString());
        Assert.Equal(60, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        Assert.False(claims.TryGetProperty("org_id", out _));

        var other = await host.NewCompanyAsync();
        await Expect.ProblemAsync(await host.TrySendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "n", audience = new[] { other.ResourceUri } }), 400, "invalid_argument", "audience");
    }

    private static string NewOrganization() => $"org {Interlocked.Increment(ref organizations)}";

    private static string PathOf(string organization) => $"/api/v1/organizations/{Uri.EscapeDataString(organization)}/clients";

    private async Task<MachineClient> NewAsync(string organization, object body)
    {
        var made = await host.SendAsync(HttpMethod.Post, PathOf(organization), body);
        Assert.Equal(organization, made.GetProperty("client").GetProperty("organization_id").GetString());
        return new(host, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
    }

    private static async Task<bool> IsActiveAsync(Company company, string token) =>
        await (await ResourceServer.CreateAsync(company)).IsActiveAsync(token);

    private sealed record MachineClient(LatchkeyHost Host, string Id, string Secret)
    {
        public async Task<HttpResponseMessage> AskAsync(string entry, params (string Name, string? Value)[] more) =>
            await Host.Anonymous.PostAsync(entry + "/oauth/token", new FormUrlEncodedContent(
                [new("grant_type", "client_credentials"), new("client_id", Id), new("client_secret", Secret), .. more.Where(m =>
                    m.Value is not null).Select(m => new KeyValuePair<string, string>(m.Name, m.Value!))]));

        /// <summary>The claims of a token from the environment's token endpoint.</summary>
        public async Task<JsonElement> TokenAsync() => (await Tokens.OfAsync(await AskAsync(""), scopeIsThere: false)).Claims;
    }
}
