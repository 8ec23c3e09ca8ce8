using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A credential of one kind is presented where another kind is expected.</summary>
public sealed class Credentials_at_endpoints_of_others(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>An API client gets a management token, and nothing that belongs to an OAuth client.</summary>
    [Theory]
    [InlineData("/oauth/token", "grant_type=authorization_code&code={code}&code_verifier={verifier}", 400, "unauthorized_client")]
    [InlineData("/oauth/token", "grant_type=refresh_token&refresh_token={refresh}", 400, "unauthorized_client")]
    [InlineData("/oauth/par", "response_type=code&redirect_uri=http://127.0.0.1/cb&code_challenge_method=S256", 400, "unauthorized_client")]
    [InlineData("/oauth/introspect", "token={access}", 403, "unauthorized_client")]
    public async Task The_secret_of_an_API_client_is_no_credential_of_an_OAuth_client(string path, string form, int status, string error)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        await Expect.ErrorAsync(
            await PostAsync(login, path, form + $"&client_id={LatchkeyHost.OperatorId}&client_secret={LatchkeyHost.OperatorSecret}"),
            status, error);
        await Tokens.OfAsync(await login.Client.RefreshAsync(login.Tokens!.Refresh!));
    }

    [Theory]
    [InlineData("GET", "/userinfo")]
    [InlineData("POST", "/oauth/introspect")]
    [InlineData("POST", "/oauth/par")]
    [InlineData("POST", "/oauth/token")]
    [InlineData("POST", "/oauth/register")]
    [InlineData("GET", "/oauth/register/{client}")]
    [InlineData("DELETE", "/oauth/register/{client}")]
    public async Task A_management_token_opens_no_public_endpoint(string method, string path)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var request = new HttpRequestMessage(
            new(method),
            path.Replace("{resource}", login.Company.ResourceId, StringComparison.Ordinal)
                .Replace("{client}", login.Client.Id, StringComparison.Ordinal));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await host.OperatorTokenAsync());
        request.Content = method != "POST" ? null
            : path.EndsWith("register", StringComparison.Ordinal) ? JsonContent.Create(
                new { redirect_uris = new[] { McpClient.Loopback }, token_endpoint_auth_method = "none" })
            : new FormUrlEncodedContent([new("token", login.Tokens!.Access), new("grant_type", "client_credentials")]);
        using var response = await host.Anonymous.SendAsync(request);

        Assert.InRange((int)response.StatusCode, 401, 404);
        await Tokens.OfAsync(await login.Client.RefreshAsync(login.Tokens!.Refresh!));
    }

    /// <summary>The credential of a resource server asks about tokens. It gets none, and it ends none.</summary>
    [Theory]
    [InlineData("/oauth/token", "grant_type=client_credentials", "unauthorized_client")]
    [InlineData("/oauth/token", "grant_type=refresh_token&refresh_token={refresh}", "unauthorized_client")]
    [InlineData("/oauth/revoke", "token={refresh}", "invalid_grant")]
    [InlineData("/oauth/revoke", "token={access}", "invalid_grant")]
    public async Task A_resource_server_neither_gets_nor_revokes_tokens(string path, string form, string error)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        var server = await ResourceServer.CreateAsync(login.Company);
        await Expect.ErrorAsync(await PostAsync(login, path, form + $"&client_id={server.Id}&client_secret={server.Secret}"), 400, error);
        Assert.True(await server.IsActiveAsync(login.Tokens!.Access));
        await Tokens.OfAsync(await login.Client.RefreshAsync(login.Tokens.Refresh!));
    }

    /// <summary>A client that registers itself names a use, an origin or scopes of an operator's client.</summary>
    [Fact]
    public async Task A_registration_cannot_make_itself_a_resource_server()
    {
        var company = await host.NewCompanyAsync();
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        using var made = await host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            new
            {
                redirect_uris = new[] { "https://client.example/callback" },
                token_endpoint_auth_method = "client_secret_post",
                use = "resource_server",
                origin = "operator",
                is_resource_server = true,
                role = "management",
            });
        var client = await made.Content.ReadFromJsonAsync<JsonElement>();
        await Expect.ErrorAsync(
            await ResourceServer.TryIntrospectAsync(
                host, client.GetProperty("client_id").GetString()!, client.GetProperty("client_secret").GetString()!, tokens.Access),
            403, "unauthorized_client");
    }

    /// <summary>Two values of a parameter: a proxy or a log could read the other one (RFC 6749 §3.2).</summary>
    [Theory]
    [InlineData("/oauth/revoke", "token={refresh}&token=other&client_id={client}")]
    [InlineData("/oauth/revoke", "token={refresh}&client_id={client}&client_id={client}")]
    [InlineData("/oauth/introspect", "token={refresh}&client_id={client}&client_id={client}")]
    [InlineData("/oauth/par", "response_type=code&client_id={client}&client_id=other")]
    [InlineData("/oauth/par", "response_type=code&response_type=code&client_id={client}&redirect_uri=http://127.0.0.1:33418/callback")]
    public async Task A_repeated_parameter_is_refused_and_changes_nothing(string path, string form)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        await Expect.ErrorAsync(await PostAsync(login, path, form), 400, "invalid_request");
        await Tokens.OfAsync(await login.Client.RefreshAsync(login.Tokens!.Refresh!));
    }

    private async Task<HttpResponseMessage> PostAsync(LoginFlow login, string path, string form)
    {
        using var content = new StringContent(
            form.Replace("{code}", login.Code, StringComparison.Ordinal)
                .Replace("{verifier}", login.Client.Verifier, StringComparison.Ordinal)
                .Replace("{refresh}", login.Tokens!.Refresh, StringComparison.Ordinal)
                .Replace("{access}", login.Tokens.Access, StringComparison.Ordinal)
                .Replace("{client}", login.Client.Id, StringComparison.Ordinal),
            new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        return await host.Anonymous.PostAsync(path, content);
    }
}
