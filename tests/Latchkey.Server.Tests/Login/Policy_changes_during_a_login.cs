using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Policy_changes_during_a_login_on_SQLite(OnSqlite host) : Policy_changes_during_a_login(host), IClassFixture<OnSqlite>;

public sealed class Policy_changes_during_a_login_on_PostgreSQL(OnPostgres host)
    : Policy_changes_during_a_login(host), IClassFixture<OnPostgres>;

/// <summary>
/// An operator or the client changes one part of the policy between two steps of a login. The change counts at the next step, whichever it
/// is: no report is accepted, no page is shown, nothing is sent to the client, and no code or refresh token is redeemed.
/// </summary>
public abstract class Policy_changes_during_a_login(LatchkeyHost host)
{
    private const string RedirectUri = "https://compromised.example/callback";
    private const string OtherRedirectUri = "https://good.example/callback";

    private static readonly string[] Changes =
    [
        "redirect URI removed", "client blocked", "client deleted", "redirect URI replaced by the client", "registration closed",
        "initial access token required", "connection disabled", "connection replaced", "resource deleted",
    ];

    private static readonly string[] Stages =
    [
        LoginFlow.AwaitingLogin, LoginFlow.AwaitingReturn, LoginFlow.Refused, LoginFlow.AwaitingConsent, LoginFlow.AwaitingExchange,
        LoginFlow.Exchanged,
    ];

    public static TheoryData<string, string> EachChangeAtEachStage =>
        [.. from change in Changes from stage in Stages select (change, stage)];

    [Theory]
    [MemberData(nameof(EachChangeAtEachStage))]
    public async Task A_change_counts_at_the_next_step(string change, string stage)
    {
        var company = await host.NewCompanyAsync();
        var (client, registrationToken) = await ClientForAsync(company, change);
        using var login = await LoginFlow.AtAsync(company, client, stage);
        await ChangeAsync(company, client, registrationToken, change);

        switch (stage)
        {
            case LoginFlow.AwaitingLogin:
                await Expect.ProblemAsync(await company.TryReportAsync(login.Redirect.LoginRequestId), 409, "login_request_over");
                break;
            case LoginFlow.AwaitingReturn or LoginFlow.Refused:
                await ExpectPageAsync(await login.Browser.GetAsync(login.Callback));
                break;
            case LoginFlow.AwaitingConsent:
                await ExpectPageAsync(await login.Browser.GetAsync(login.Callback));
                await ExpectPageAsync(await login.Browser.GetAsync(login.Consent!.Path));
                await ExpectPageAsync(await login.Browser.DecideAsync(login.Consent, "allow", "notes:read"));
                await ExpectPageAsync(await login.Browser.DecideAsync(login.Consent, "not_you"));
                await ExpectPageAsync(await login.Browser.DecideAsync(login.Consent, "deny"));
                break;
            case LoginFlow.AwaitingExchange:
                await ExpectPageAsync(await login.Browser.GetAsync(login.Callback));
                await ExpectPageAsync(await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"));
                await ExpectNoTokensAsync(await client.RedeemAsync(login.Code!));
                break;
            default:
                using (var refreshed = await client.RefreshAsync(login.Tokens!.Refresh!))
                {
                    // The redirect URI has done its part: what it received is no longer under way.
                    Assert.Equal(change == "redirect URI removed", refreshed.StatusCode == HttpStatusCode.OK);
                }

                break;
        }

        if (stage is LoginFlow.AwaitingLogin or LoginFlow.AwaitingReturn or LoginFlow.Refused or LoginFlow.AwaitingConsent)
        {
            using var context = await company.SendAsync(
                HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}");
            Assert.Equal(HttpStatusCode.OK, context.StatusCode);
            Assert.Equal("ended", (await context.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("stage").GetString());
        }
    }

    /// <summary>The change is not written into the login: when it is taken back, the login continues.</summary>
    [Fact]
    public async Task A_blocked_client_that_is_unblocked_continues_its_login()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var login = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        var path = $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}";
        await host.SendAsync(HttpMethod.Patch, path, new { enabled = false });
        await ExpectPageAsync(await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"));
        await host.SendAsync(HttpMethod.Patch, path, new { enabled = true });

        await login.ContinueAsync();
    }

    /// <summary>Until the report, and until the return, the proof can still be asked for.</summary>
    [Theory]
    [InlineData(LoginFlow.AwaitingLogin)]
    [InlineData(LoginFlow.AwaitingReturn)]
    public async Task A_connection_switched_to_required_needs_the_proof_of_logins_under_way(string stage)
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var unproven = await LoginFlow.AtAsync(company, client, stage);
        using var proven = await LoginFlow.AtAsync(company, client, stage);
        await SetVerificationAsync(company, "required");
        await unproven.ContinueAsync(until: LoginFlow.AwaitingReturn);

        await Expect.PageAsync(await unproven.Browser.GetAsync(unproven.CallbackWithoutProof), 400, "proof_missing");
        await unproven.ExpectEndedAsync();
        await proven.ContinueAsync();
    }

    /// <summary>After the return it is too late for the proof.</summary>
    [Fact]
    public async Task A_connection_switched_to_required_refuses_a_login_that_returned_without_the_proof()
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var asked = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        using var allowed = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingExchange);
        await SetVerificationAsync(company, "required");

        await ExpectPageAsync(await asked.Browser.GetAsync(asked.Consent!.Path));
        await ExpectPageAsync(await asked.Browser.DecideAsync(asked.Consent, "allow", "notes:read"));
        await ExpectNoTokensAsync(await client.RedeemAsync(allowed.Code!));
    }

    [Fact]
    public async Task A_connection_switched_to_state_only_still_needs_the_proof_of_logins_under_way()
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingReturn);
        await SetVerificationAsync(company, "state_only");

        await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof), 400, "proof_missing");
        await login.ExpectEndedAsync();
    }

    [Fact]
    public async Task A_replaced_login_URL_is_used_by_the_next_redirect_and_ends_no_login()
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingConsent);
        using var other = await LoginFlow.AtAsync(company, login.Client, LoginFlow.AwaitingConsent);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { login_url = "https://new.example/login" });

        using var restarted = await login.Browser.DecideAsync(login.Consent!, "not_you");
        Assert.Equal("new.example", restarted.Headers.Location!.Host);
        await other.ContinueAsync();
    }

    /// <summary>The person agreed to what the page showed; a new name or an added scope is asked about again.</summary>
    [Fact]
    public async Task A_decision_on_a_page_that_shows_another_client_name_asks_again()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var login = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}", new { name = "Another name" });

        using (var again = await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"))
        {
            Assert.Equal(login.Consent!.Path, again.Headers.Location!.OriginalString);
        }

        var shown = await login.Browser.ComeBackAsync(login.Callback);
        Assert.Contains("Another name", shown.Html, StringComparison.Ordinal);
        using var allowed = await login.Browser.DecideAsync(shown, "allow", "notes:read");
        await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
    }

    private async Task<(McpClient Client, string? RegistrationToken)> ClientForAsync(Company company, string change)
    {
        switch (change)
        {
            case "redirect URI removed":
                return (await McpClient.CreateAsync(company, RedirectUri, OtherRedirectUri), null);
            case "registration closed" or "initial access token required":
                return (await McpClient.RegisterAsync(company), null);
            case "redirect URI replaced by the client":
                using (var response = await host.Anonymous.PostAsJsonAsync(
                    $"/api/v1/resources/{company.ResourceId}/clients:register",
                    new
                    {
                        client_name = "Own",
                        redirect_uris = new[] { McpClient.Loopback },
                        token_endpoint_auth_method = "client_secret_post",
                        grant_types = new[] { "authorization_code", "refresh_token" }
                    }))
                {
                    var json = await response.Content.ReadFromJsonAsync<JsonElement>();
                    return (
                        new McpClient(
                            company, json.GetProperty("client_id").GetString()!, json.GetProperty("client_secret").GetString(),
                            McpClient.Loopback),
                        json.GetProperty("registration_access_token").GetString());
                }

            default:
                return (await McpClient.CreateAsync(company), null);
        }
    }

    private async Task ChangeAsync(Company company, McpClient client, string? registrationToken, string change)
    {
        var resource = $"/api/v1/resources/{company.ResourceId}";
        var ofClient = $"{resource}/clients/{client.Id}";
        switch (change)
        {
            case "redirect URI removed":
                await host.SendAsync(HttpMethod.Patch, ofClient, new { redirect_uris = new[] { OtherRedirectUri } });
                break;
            case "client blocked":
                await host.SendAsync(HttpMethod.Patch, ofClient, new { enabled = false });
                break;
            case "client deleted":
                await host.SendAsync(HttpMethod.Delete, ofClient);
                break;
            case "redirect URI replaced by the client":
                using (var request = new HttpRequestMessage(HttpMethod.Put, $"/oauth/register/{client.Id}"))
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", registrationToken);
                    request.Content = JsonContent.Create(new
                    {
                        client_id = client.Id,
                        client_name = "Own",
                        redirect_uris = new[] { OtherRedirectUri },
                        token_endpoint_auth_method = "client_secret_post",
                        grant_types = new[] { "authorization_code", "refresh_token" },
                    });
                    (await host.Anonymous.SendAsync(request)).EnsureSuccessStatusCode();
                }

                break;
            case "registration closed":
                await host.SendAsync(HttpMethod.Patch, resource, new { disable_dynamic_client_registration = true });
                break;
            case "initial access token required":
                await host.SendAsync(HttpMethod.Patch, resource, new { require_initial_access_token = true });
                break;
            case "connection disabled":
                await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
                break;
            case "connection replaced":
                var other = await host.NewCompanyAsync();
                await host.SendAsync(HttpMethod.Patch, resource, new { connection_id = other.ConnectionId });
                break;
            default:
                await host.SendAsync(HttpMethod.Delete, resource);
                break;
        }
    }

    private Task SetVerificationAsync(Company company, string verification) => host.SendAsync(
        HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { callback_verification = verification });

    /// <summary>An error page of the present policy, without a redirect.</summary>
    private static async Task ExpectPageAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var html = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{(int)response.StatusCode} {response.Headers.Location} {html}");
            Assert.Null(response.Headers.Location);
            Assert.Matches("data-lk-error=\"(no_longer_offered|connection_disabled|login_over)\"", html);
        }
    }

    /// <summary>The endpoint of a deleted resource is 404; a client that is blocked or gone is 401.</summary>
    private static async Task ExpectNoTokensAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Contains(
                response.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized, HttpStatusCode.NotFound });
            Assert.Contains(
                json.GetProperty("error").GetString(), new[] { "invalid_grant", "invalid_client", "unknown_resource" });
        }
    }
}
