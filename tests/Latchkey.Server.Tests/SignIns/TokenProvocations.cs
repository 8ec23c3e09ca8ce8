using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>Refusals at the token endpoint, at revocation and at introspection.</summary>
internal static class TokenProvocations
{
    private static int signers;

    public static Dictionary<string, Func<WithClientHost, Task<string>>> All { get; } = new(StringComparer.Ordinal)
    {
        ["code_expired"] = host => RedeemAsync(host, late: TimeSpan.FromMinutes(2)),
        ["not_a_form"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingExchange);
            return await References.OfErrorAsync(host.Anonymous.PostAsJsonAsync(
                login.Client.Entry + "/oauth/token",
                new
                {
                    grant_type = "authorization_code",
                    code = login.Code,
                    client_id = login.Client.Id,
                    code_verifier = login.Client.Verifier,
                }));
        },
        ["repeated_token_parameter"] = host => RedeemAsync(host, ("scope", "a"), ("scope", "b"), ("client_id", "a"), ("client_id", "b")),
        ["no_grant_type"] = host => RedeemAsync(host, ("grant_type", null)),
        ["unknown_grant_type"] = host => RedeemAsync(host, ("grant_type", "password")),
        ["grant_type_not_allowed"] = host => RedeemAsync(host, ("grant_type", "client_credentials")),
        ["secret_in_query"] = async host => await References.OfErrorAsync(
            (await McpClient.RegisterAsync(await host.CompanyAsync())).PostAsync(
                "/oauth/token?client_secret=x", [("grant_type", "authorization_code")], [])),
        ["no_code"] = host => RedeemAsync(host, ("code", null)),
        ["no_verifier"] = host => RedeemAsync(host, ("code_verifier", null)),
        ["wrong_verifier"] = host => RedeemAsync(host, ("code_verifier", new string('x', 43))),
        ["unknown_code"] = host => RedeemAsync(host, ("code", "lkc_wrong")),
        ["code_of_another_client"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingExchange);
            var other = await McpClient.CreateAsync(login.Company);
            return await References.OfErrorAsync(other.RedeemAsync(login.Code!));
        },
        ["wrong_redirect_uri"] = host => RedeemAsync(host, ("redirect_uri", McpClient.Loopback + "/")),
        ["code_replayed_at_once"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            return await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!));
        },
        ["code_replayed"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            host.Clock.Advance(TimeSpan.FromSeconds(30));
            return await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!));
        },
        ["wrong_target"] = host => RedeemAsync(host, ("resource", "https://other.example/mcp")),
        ["changed_before_exchange"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingExchange);
            await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
            return await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!));
        },
        ["nothing_of_grant"] = host => RefreshAsync(host, ("scope", "notes:delete")),
        ["nothing_of_scope"] = async host =>
        {
            var client = await McpClient.CreateAsync(await host.CompanyAsync(), []);
            return await References.OfErrorAsync(client.PostAsync(
                "/oauth/token",
                [
                    ("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret),
                    ("scope", "none:such"),
                ],
                []));
        },
        ["no_target_of_client"] = async host =>
        {
            var client = await McpClient.CreateAsync(await host.CompanyAsync(), []);
            return await References.OfErrorAsync(client.PostAsync(
                "/oauth/token",
                [
                    ("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret),
                    ("resource", "https://no.example"),
                ],
                []));
        },

        ["no_client"] = host => RedeemAsync(host, ("client_id", null)),
        ["dead_client"] = host => RedeemAsync(host, ("client_id", "m2m_0000000000000000000000")),
        ["missing_secret"] = host => WithSecretAsync(host, ("client_secret", null)),
        ["wrong_secret"] = host => WithSecretAsync(host, ("client_secret", new string('x', 43))),
        ["wrong_method"] = host => RedeemAsync(host, ("client_secret", "not-registered")),
        ["unreadable_credentials"] = async host => await References.OfErrorAsync(
            (await McpClient.RegisterAsync(await host.CompanyAsync())).PostAsync(
                "/oauth/token", [("grant_type", "authorization_code")], [], new AuthenticationHeaderValue("Basic", "?"))),
        ["two_methods"] = async host => await References.OfErrorAsync(
            (await McpClient.RegisterAsync(await host.CompanyAsync())).PostAsync(
                "/oauth/token", [("grant_type", "authorization_code"), ("client_secret", "x")], [],
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("a:b"))))),
        ["client_address_not_allowed"] = async host =>
        {
            var made = await host.SendAsync(
                HttpMethod.Post, "/api/v1/clients",
                new { name = "elsewhere", role = "read-only", allowed_addresses = new[] { "192.0.2.0/24" } });
            return await References.OfErrorAsync(TokenAsync(
                host, ("grant_type", "client_credentials"), ("client_id", made.GetProperty("client").GetProperty("client_id").GetString()!),
                ("client_secret", made.GetProperty("plain_secret").GetString()!)));
        },
        ["wrong_assertion_type"] = host => RedeemAsync(host, ("client_assertion", "a.b.c"), ("client_assertion_type", "urn:other")),
        ["assertion_refused"] = async host =>
        {
            var signer = new SigningClient(host, await host.CompanyAsync(), "ES256", Interlocked.Increment(ref signers) + 7000);
            signer.Publish(host.Clients!, byUri: false, alsoNone: false);
            var code = await CodeAsync(host, signer.Client);
            return await References.OfErrorAsync(signer.Client.RedeemAsync(
                code, ("client_assertion", signer.Assertion(("aud", "https://other.example"))),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")));
        },

        ["no_refresh_token"] = host => RefreshAsync(host, ("refresh_token", null)),
        ["unknown_refresh_token"] = host => RefreshAsync(host, ("refresh_token", "lkr_wrong")),
        ["refresh_token_of_another_client"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            return await References.OfErrorAsync((await McpClient.CreateAsync(login.Company)).RefreshAsync(login.Tokens!.Refresh!));
        },
        ["organization_left"] = async host =>
        {
            var company = await host.NewCompanyAsync(resource: new { organization_selection = "one" });
            var client = await McpClient.RegisterAsync(company);
            var tokens = await client.TokensAsync();
            using var updated = await company.SendAsync(
                HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:update",
                new { sub = "ada", email = "ada@acme.example", organization_external_id = "other" });
            Assert.True(updated.IsSuccessStatusCode);
            return await References.OfErrorAsync(client.RefreshAsync(tokens.Refresh!));
        },
        ["refresh_token_replayed"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            var first = login.Tokens!.Refresh!;
            var second = await Tokens.OfAsync(await login.Client.RefreshAsync(first));
            await Tokens.OfAsync(await login.Client.RefreshAsync(second.Refresh!));
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            return await References.OfErrorAsync(login.Client.RefreshAsync(first));
        },
        ["lost_response_repeated"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            var first = login.Tokens!.Refresh!;
            await Tokens.OfAsync(await login.Client.RefreshAsync(first));
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            await Tokens.OfAsync(await login.Client.RefreshAsync(first));
            return await References.OfErrorAsync(login.Client.RefreshAsync(first));
        },
        ["changed_since"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
            await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
            return await References.OfErrorAsync(login.Client.RefreshAsync(login.Tokens!.Refresh!));
        },
        ["grant_idle"] = host => RefreshAsync(host, late: TimeSpan.FromDays(31)),
        ["grant_absolute"] = async host =>
        {
            var company = await host.NewCompanyAsync(resource: new { refresh_token_expiry = 3600, grant_expiry = 3600 });
            using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
            host.Clock.Advance(TimeSpan.FromMinutes(61));
            return await References.OfErrorAsync(login.Client.RefreshAsync(login.Tokens!.Refresh!));
        },
        ["ended_by_client"] = host => EndedAsync(host, async login =>
        {
            using var revoked = await login.Client.RevokeAsync(login.Tokens!.Refresh!);
        }),
        ["ended_by_company"] = host => EndedAsync(host, async login =>
        {
            using var revoked = await login.Company.SendAsync(
                HttpMethod.Post, $"/api/v1/connections/{login.Company.ConnectionId}/users:revoke", new { sub = "ada" });
        }),
        ["ended_by_operator"] = host => EndedAsync(
            host, login => host.SendAsync(HttpMethod.Delete, $"/api/v1/grants/{login.Tokens!.Claims.GetProperty("grant_id").GetString()}")),
        ["ended_by_person"] = host => EndedAsync(host, login => PressAsync(login, "disconnect")),
        ["reported_by_person"] = host => EndedAsync(host, login => PressAsync(login, "report")),
        ["consent_revoked"] = host => EndedAsync(host, async login =>
        {
            var consents = await host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?client_id={login.Client.Id}");
            var id = consents.GetProperty("consents")[0].GetProperty("id").GetString();
            await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{login.Client.Id}/consents/{id}");
        }),
        ["ended_by_replay"] = host => EndedAsync(host, async login =>
        {
            host.Clock.Advance(TimeSpan.FromSeconds(30));
            using var replayed = await login.Client.RedeemAsync(login.Code!);
        }),
        ["token_of_another_client"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            return await References.OfErrorAsync((await McpClient.CreateAsync(login.Company)).RevokeAsync(login.Tokens!.Refresh!));
        },
        ["no_token"] = async host =>
        {
            var client = await McpClient.RegisterAsync(await host.CompanyAsync());
            return await References.OfErrorAsync(client.PostAsync("/oauth/revoke", [("client_id", client.Id)], []));
        },
        ["not_a_resource_server"] = async host =>
        {
            var client = await McpClient.CreateAsync(await host.CompanyAsync());
            return await References.OfErrorAsync(client.PostAsync(
                "/oauth/introspect", [("client_id", client.Id), ("client_secret", client.Secret), ("token", "x")], []));
        },
        ["may_not_revoke"] = async host =>
        {
            var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "reader", role = "read-only" });
            return await References.OfErrorAsync(PostAsync(
                host, "/oauth/revoke", ("client_id", made.GetProperty("client").GetProperty("client_id").GetString()!),
                ("client_secret", made.GetProperty("plain_secret").GetString()!), ("token", "x")));
        },
        ["invalid_bearer"] = async host =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/revoke")
            {
                Content = new FormUrlEncodedContent([new("token", "x")]),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "wrong") },
            };
            return await References.OfErrorAsync(host.Anonymous.SendAsync(request));
        },
        ["management_token_not_revocable"] = async host => await References.OfErrorAsync(PostAsync(
            host, "/oauth/revoke", ("client_id", LatchkeyHost.OperatorId), ("client_secret", LatchkeyHost.OperatorSecret),
            ("token", await host.ManagementTokenAsync(LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret)))),
    };

    private static async Task<string> CodeAsync(WithClientHost host, McpClient client)
    {
        using var browser = new Browser(host);
        return await client.CodeAsync(browser);
    }

    private static Task<string> RedeemAsync(WithClientHost host, params (string Name, string? Value)[] changes) =>
        RedeemAsync(host, TimeSpan.Zero, changes);

    private static async Task<string> RedeemAsync(WithClientHost host, TimeSpan late, params (string Name, string? Value)[] changes)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingExchange);
        host.Clock.Advance(late);
        return await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!, changes));
    }

    private static async Task<string> WithSecretAsync(WithClientHost host, params (string Name, string? Value)[] changes)
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        return await References.OfErrorAsync(client.RedeemAsync(await CodeAsync(host, client), changes));
    }

    private static Task<string> RefreshAsync(WithClientHost host, params (string Name, string? Value)[] changes) =>
        RefreshAsync(host, TimeSpan.Zero, changes);

    private static async Task<string> RefreshAsync(WithClientHost host, TimeSpan late, params (string Name, string? Value)[] changes)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        host.Clock.Advance(late);
        return await References.OfErrorAsync(login.Client.RefreshAsync(login.Tokens!.Refresh!, changes));
    }

    /// <summary>The person ends the access at the page of connected programs.</summary>
    private static async Task PressAsync(LoginFlow login, string button)
    {
        using var ada = await AccountUser.SignInAsync(login.Company);
        using var pressed = await ada.PressAsync($"/account/programs/{login.Tokens!.Claims.GetProperty("grant_id").GetString()}/{button}");
    }

    private static async Task<string> EndedAsync(WithClientHost host, Func<LoginFlow, Task> endAsync)
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
        await endAsync(login);
        return await References.OfErrorAsync(login.Client.RefreshAsync(login.Tokens!.Refresh!));
    }

    private static Task<HttpResponseMessage> TokenAsync(WithClientHost host, params (string Name, string Value)[] form) =>
        PostAsync(host, "/oauth/token", form);

    private static async Task<HttpResponseMessage> PostAsync(WithClientHost host, string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await host.Anonymous.PostAsync(path, content);
    }
}
