using System.Net.Http.Headers;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

public sealed class The_token_endpoint(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Takes_POST_only()
    {
        using var answer = await host.Anybody.GetAsync("/oauth/token");
        Assert.Equal(405, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("application/json", "{}", 400, "invalid_request")]
    [InlineData("text/plain", "grant_type=client_credentials", 400, "invalid_request")]
    [InlineData("multipart/form-data; boundary=x", "--x--", 400, "invalid_request")]
    [InlineData("application/x-www-form-urlencoded", "", 400, "invalid_request")]
    [InlineData("application/x-www-form-urlencoded", "client_id=m2m_x", 400, "invalid_request")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=", 400, "invalid_request")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=password&client_id=m2m_x", 400, "unsupported_grant_type")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=nonsense", 400, "unsupported_grant_type")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=client_credentials", 401, "invalid_client")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=m2m_0000000000000000000000&client_secret=x", 401, "invalid_client")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=skc_operator&client_secret=wrong", 401, "invalid_client")]
    [InlineData("application/x-www-form-urlencoded", "grant_type=authorization_code&client_id=skc_operator&client_secret=operator-secret-of-32-characters-or-more", 400, "unauthorized_client")]
    [Spec("RFC 6749 §5.2")]
    public async Task Refuses(string type, string body, int status, string error)
    {
        using var content = new StringContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        await Expect.ErrorAsync(await host.Anybody.PostAsync("/oauth/token", content), status, error);
    }

    [Fact]
    [Spec("RFC 6749 §2.3.1")]
    public async Task Takes_basic_and_post_interchangeably_raw_or_form_encoded()
    {
        var client = await McpClient.CreateAsync(await host.NewCompanyAsync());
        (string, string?)[] form = [("grant_type", "client_credentials"), ("scope", "notes:read")];

        await Tokens.OfAsync(await client.PostAsync("/oauth/token", [.. form, ("client_id", client.Id), ("client_secret", client.Secret)], []));
        await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, [], Basic(client.Id, client.Secret!)));
        await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, [], Basic(client.Id.Replace("_", "%5F", StringComparison.Ordinal), client.Secret!.Replace("_", "%5F", StringComparison.Ordinal))));
        await Tokens.OfAsync(await client.PostAsync("/oauth/token", [.. form, ("client_id", client.Id)], [], Basic(client.Id, client.Secret!)));
    }

    [Fact]
    public async Task Names_the_scheme_when_Basic_was_wrong()
    {
        var client = await McpClient.CreateAsync(await host.NewCompanyAsync());
        using var answer = await client.PostAsync("/oauth/token", [("grant_type", "client_credentials")], [], Basic(client.Id, "wrong"));

        Assert.StartsWith("Basic", Assert.Single(answer.Headers.WwwAuthenticate).ToString(), StringComparison.Ordinal);
        await Expect.ErrorAsync(answer, 401, "invalid_client");
    }

    [Fact]
    public async Task Refuses_two_methods_a_crossed_class_and_a_secret_in_the_URL()
    {
        var company = await host.NewCompanyAsync();
        var secret = await McpClient.CreateAsync(company);
        var open = await McpClient.RegisterAsync(company);
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", secret.Id), ("client_secret", secret.Secret)];

        await Expect.ErrorAsync(await secret.PostAsync("/oauth/token", form, [], Basic(secret.Id, secret.Secret!)), 400, "invalid_request");
        await Expect.ErrorAsync(await secret.PostAsync("/oauth/token", form, [("client_secret", null)]), 401, "invalid_client");
        await Expect.ErrorAsync(await open.PostAsync("/oauth/token", [("grant_type", "refresh_token"), ("client_id", open.Id), ("client_secret", "something"), ("refresh_token", "x")], []), 401, "invalid_client");
        await Expect.ErrorAsync(await open.PostAsync("/oauth/token", [("grant_type", "refresh_token"), ("client_id", open.Id), ("client_secret", ""), ("refresh_token", "x")], []), 400, "invalid_grant");
        await Expect.ErrorAsync(await secret.PostAsync($"/oauth/token?client_secret={secret.Secret}", [("grant_type", "client_credentials"), ("client_id", secret.Id)], []), 400, "invalid_request");
    }

    [Fact]
    public async Task Ignores_a_stale_bearer()
    {
        var client = await McpClient.CreateAsync(await host.NewCompanyAsync());

        await Tokens.OfAsync(await client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], [], new AuthenticationHeaderValue("Bearer", "stale")));
    }

    [Fact]
    [Spec("OAuth 2.1 §4.2")]
    public async Task Gives_a_confidential_client_a_token_of_its_own_with_the_scopes_it_has()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)];

        var tokens = await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, [("scope", "notes:read unknown")]));
        Assert.Equal("notes:read", tokens.Scope);
        Assert.Null(tokens.Refresh);
        Assert.Equal(client.Id, tokens.Claims.GetProperty("sub").GetString());
        Assert.Equal(company.ResourceUri, tokens.Claims.GetProperty("aud")[1].GetString());
        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, [("scope", "unknown")]), 400, "invalid_scope");
        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, [("resource", "https://other.example/")]), 400, "invalid_target");
        var open = await McpClient.RegisterAsync(company);
        await Expect.ErrorAsync(await open.PostAsync("/oauth/token", [("grant_type", "client_credentials"), ("client_id", open.Id)], []), 400, "unauthorized_client");
    }

    private static AuthenticationHeaderValue Basic(string id, string secret) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));
}
