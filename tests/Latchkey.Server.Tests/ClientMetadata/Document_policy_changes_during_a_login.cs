using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>
/// An operator stops accepting client metadata documents, or those of one host, while logins of such a client are under way.
/// </summary>
public sealed class Document_policy_changes_during_a_login(WithClientHost host) : IClassFixture<WithClientHost>
{
    private const string Id = "https://client.example/policy";
    private const string Redirect = "https://client.example/callback";

    [Theory]
    [InlineData("{\"enable_cimd\":false}")]
    [InlineData("{\"cimd_denied_hosts\":[\"client.example\"]}")]
    [InlineData("{\"cimd_allowed_hosts\":[\"other.example\"]}")]
    public async Task A_change_counts_at_each_next_step(string change)
    {
        host.Clients!.Publish(
            Id["https://".Length..],
            http => Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(
                http.Response,
                new
                {
                    client_id = Id,
                    client_name = "Describing",
                    redirect_uris = new[] { Redirect },
                    token_endpoint_auth_method = "none",
                    grant_types = new[] { "authorization_code", "refresh_token" },
                }));
        var company = await host.NewCompanyAsync();
        var client = new McpClient(company, Id, secret: null, Redirect);
        using var waiting = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingLogin);
        using var asked = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        using var allowed = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingExchange);
        using var finished = await LoginFlow.AtAsync(company, client, LoginFlow.Exchanged);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}",
            System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(change));

        await Expect.ProblemAsync(await company.TryReportAsync(waiting.Redirect.LoginRequestId), 409, "login_request_over");
        await Expect.PageAsync(await asked.Browser.GetAsync(asked.Consent!.Path), 400, "no_longer_offered");
        await Expect.PageAsync(await asked.Browser.DecideAsync(asked.Consent, "allow", "notes:read"), 400, "no_longer_offered");
        await Expect.PageAsync(await allowed.Browser.GetAsync(allowed.Callback), 400, "no_longer_offered");
        await Expect.ErrorAsync(await client.RedeemAsync(allowed.Code!), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(finished.Tokens!.Refresh!), 400, "invalid_grant");
        using var userinfo = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        userinfo.Headers.Authorization = new("Bearer", finished.Tokens.Access);
        using var response = await host.Anonymous.SendAsync(userinfo);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
