using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

/// <summary>The members <c>default_scopes</c>, <c>access</c> and <c>token_claims</c> in the management API.</summary>
public sealed class Default_scopes_of_a_resource(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_new_resource_has_no_default_scopes_and_tells_all_claims_but_groups()
    {
        var resource = await ChangeAsync(await host.NewCompanyAsync(), new { });

        Assert.False(resource.TryGetProperty("default_scopes", out _));
        Assert.Equal("email name org_id roles permissions custom_claims", Texts(resource, "token_claims"));
        Assert.False(resource.GetProperty("scopes")[0].TryGetProperty("access", out _));
    }

    [Fact]
    public async Task Null_resets_default_scopes_and_token_claims_and_an_empty_list_is_kept()
    {
        var company = await host.NewCompanyAsync(
            resource: new { default_scopes = new[] { "notes:write", "notes:write" }, token_claims = new[] { "groups" } });
        Assert.Equal("notes:write", Texts(await ChangeAsync(company, new { }), "default_scopes"));

        var empty = await ChangeAsync(company, new { default_scopes = Array.Empty<string>(), token_claims = Array.Empty<string>() });
        Assert.Equal(("", ""), (Texts(empty, "default_scopes"), Texts(empty, "token_claims")));

        var reset = await ChangeAsync(company, new { default_scopes = (object?)null, token_claims = (object?)null });
        Assert.False(reset.TryGetProperty("default_scopes", out _));
        Assert.Equal("email name org_id roles permissions custom_claims", Texts(reset, "token_claims"));
    }

    [Fact]
    public async Task A_deleted_scope_leaves_the_default_scopes_and_a_scope_that_stays_keeps_its_access()
    {
        var company = await host.NewCompanyAsync(resource: new
        {
            scopes = new object[] { new { name = "notes:read", access = "read" }, new { name = "notes:write", access = "write" } },
            default_scopes = new[] { "notes:read", "notes:write" },
        });
        var resource = await ChangeAsync(company, new { scopes = new object[] { new { name = "notes:read", enabled = false }, "new" } });

        Assert.Equal("notes:read", Texts(resource, "default_scopes"));
        Assert.Equal("read", resource.GetProperty("scopes")[0].GetProperty("access").GetString());
        Assert.False(resource.GetProperty("scopes")[1].TryGetProperty("access", out _));
        resource = await ChangeAsync(company, new { scopes = new object[] { new { name = "notes:read", access = (string?)null } } });
        Assert.False(resource.GetProperty("scopes")[0].TryGetProperty("access", out _));
    }

    [Fact]
    public async Task Default_scopes_may_name_a_scope_of_the_same_request_only()
    {
        var company = await host.NewCompanyAsync();
        var path = $"/api/v1/resources/{company.ResourceId}";

        var resource = await ChangeAsync(company, new { default_scopes = new[] { "new" }, scopes = new[] { "new" } });
        Assert.Equal("new", Texts(resource, "default_scopes"));
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { default_scopes = new[] { "new" }, scopes = new[] { "other" } }), 400,
            "invalid_argument", "default_scopes");
        Assert.Equal("new", Texts(await ChangeAsync(company, new { }), "default_scopes"));
    }

    private async Task<JsonElement> ChangeAsync(Company company, object change) =>
        (await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", change)).GetProperty("resource");

    private static string Texts(JsonElement resource, string name) =>
        string.Join(' ', resource.GetProperty(name).EnumerateArray().Select(t => t.GetString()));
}
