using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

/// <summary>The client_credentials grant: a client that acts for itself.</summary>
public sealed class Client_credentials_grant(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    [Spec("OAuth 2.1 §2.4.1", "secret-in-body")]
    [Spec("OAuth 2.1 §4.2.1", "client-credentials-authenticated")]
    [Spec("OAuth 2.1 §7.4", "client-is-no-person")]
    [Spec("RFC 9068 §2.2", "sub-of-client")]
    public async Task A_confidential_client_gets_a_token_for_itself_with_its_own_scopes()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);

        var tokens = await Tokens.OfAsync(await AskAsync(client, ("scope", "notes:read unknown")));
        Assert.Equal("notes:read", tokens.Scope);
        Assert.Null(tokens.Refresh);
        Assert.Equal(client.Id, tokens.Claims.GetProperty("sub").GetString());
        Assert.Equal(
            [company.ResourceId, company.ResourceUri], tokens.Claims.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));
        Assert.False(tokens.Claims.TryGetProperty("grant_id", out _));
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await AskAsync(client))).Scope);
    }

    [Theory]
    [InlineData("scope", "unknown", "invalid_scope")]
    [InlineData("scope", "unknown another", "invalid_scope")]
    [InlineData("scope", "NOTES:READ", "invalid_scope")]
    [InlineData("scope", "notes:read,notes:write", "invalid_scope")]
    [InlineData("scope", "offline_access", "invalid_scope")]
    [InlineData("scope", "openid", "invalid_scope")]
    [InlineData("resource", "https://other.example/", "invalid_target")]
    [InlineData("resource", "not a uri", "invalid_target")]
    [InlineData("resource", "/mcp", "invalid_target")]
    [Spec("RFC 8707 §2.2", "client-credentials-resource")]
    public async Task A_scope_or_resource_that_the_client_does_not_have_is_refused(string parameter, string value, string error)
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());

        await Expect.ErrorAsync(await AskAsync(client, (parameter, value)), 400, error);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.2", "client-credentials-confidential")]
    public async Task A_public_client_is_refused()
    {
        var open = await McpClient.RegisterAsync(await host.CompanyAsync());

        await Expect.ErrorAsync(
            await open.PostAsync("/oauth/token", [("grant_type", "client_credentials"), ("client_id", open.Id)], []),
            400,
            "unauthorized_client");
    }

    [Fact]
    [Spec("OAuth 2.1 §7.1.3.6", "audience")]
    [Spec("RFC 8707 §2.2", "client-credentials-resource")]
    public async Task Another_resource_is_refused_by_parameter_and_at_its_own_endpoint()
    {
        var company = await host.CompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var atOtherResource = new McpClient(other, client.Id, client.Secret, client.RedirectUri);

        await Expect.ErrorAsync(await AskAsync(client, ("resource", other.ResourceUri)), 400, "invalid_target");
        await Expect.ErrorAsync(
            await AskAsync(client, ("resource", company.ResourceUri), ("resource", other.ResourceUri)), 400, "invalid_target");
        await Expect.ErrorAsync(await AskAsync(atOtherResource), 400, "invalid_target");
        await Expect.ErrorAsync(await AskAsync(atOtherResource, ("resource", company.ResourceUri)), 400, "invalid_target");
    }

    [Fact]
    public async Task A_client_whose_resource_was_deleted_gets_no_token()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var atTheEnvironment = new McpClient(company, client.Id, client.Secret, client.RedirectUri) { Entry = "" };
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}");

        await Expect.ErrorAsync(await AskAsync(client), 404, "unknown_resource");
        await Expect.ErrorAsync(await AskAsync(atTheEnvironment), 400, "invalid_target");
    }

    private static Task<HttpResponseMessage> AskAsync(McpClient client, params (string, string?)[] changes) =>
        client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], changes);
}
