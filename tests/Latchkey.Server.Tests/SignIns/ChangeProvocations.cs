using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>Refusals after a change of client or resource, and refusals whose answer has no reference.</summary>
internal static class ChangeProvocations
{
    private static int signers;

    public static Dictionary<string, Func<WithClientHost, Task<string>>> All { get; } = new(StringComparer.Ordinal)
    {
        ["cookie_lost"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            using var withoutCookie = new Browser(host);
            return await References.OfPageAsync(withoutCookie.GetAsync(login.Callback));
        },
        ["registration_no_longer_accepted"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            var client = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Late"));
            await ChangeAsync(company, new { disable_dynamic_client_registration = true });
            return await References.OfErrorAsync(client.SendAsync(HttpMethod.Put, Update(client)));
        },
        ["registration_change_refused"] = async host =>
        {
            var client = await new Registrant(await host.CompanyAsync()).RegisterAsync(Registrant.WithSecret("Changing"));
            var update = Update(client);
            update["client_id"] = "m2m_0000000000000000000000";
            return await References.OfErrorAsync(client.SendAsync(HttpMethod.Put, update));
        },
        ["redirect_uri_not_allowed"] = async host =>
        {
            var company = await host.NewCompanyAsync(resource: new { redirect_schemes = new[] { "acmeapp" } });
            var client = await new Registrant(company).RegisterAsync(new
            {
                client_name = "Inspector",
                redirect_uris = new[] { "acmeapp://callback" },
                token_endpoint_auth_method = "none",
            });
            await ChangeAsync(company, new { redirect_schemes = Array.Empty<string>() });
            using var browser = new Browser(host);
            return await References.OfPageAsync(browser.GetAsync(client.Client.Authorize()));
        },
        ["report_of_another_connection"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            var other = await host.NewCompanyAsync();
            await References.OfProblemAsync(host.TrySendAsync(
                HttpMethod.Post, $"/api/v1/connections/{other.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}/user",
                Company.Ada));
            return await OfLoginAsync(host, login.Redirect.LoginRequestId);
        },
        ["nothing_left_to_offer"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingConsent);
            await ChangeAsync(company, new { scopes = new[] { new { name = "other:read", description = "Read other things" } } });
            return await References.OfPageAsync(login.Browser.GetAsync(login.Consent!.Path));
        },
        ["code_not_issued"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingExchange);
            var consents = await host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?client_id={login.Client.Id}");
            var id = consents.GetProperty("consents")[0].GetProperty("id").GetString();
            await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{login.Client.Id}/consents/{id}");
            return await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!));
        },
        ["client_changed"] = async host =>
        {
            var client = await new Registrant(await host.NewCompanyAsync()).RegisterAsync(Registrant.WithSecret("Inspector"));
            var tokens = await client.Client.TokensAsync();
            var update = Update(client);
            update["redirect_uris"] = new JsonArray("https://client.example/callback", "https://other.example/callback");
            using var changed = await client.SendAsync(HttpMethod.Put, update);
            Assert.True(changed.IsSuccessStatusCode);
            return await References.OfErrorAsync(client.Client.RefreshAsync(tokens.Refresh!));
        },
        ["keys_unavailable"] = async host =>
        {
            var signer = await SignerAsync(host, byUri: true);
            using var browser = new Browser(host);
            var code = await signer.Client.CodeAsync(browser);
            host.Clients!.Publish(signer.KeysPage, "no keys");
            host.ResponseAudit.ExpectsStorageAway = true;
            var reference = await References.OfErrorAsync(signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion())));
            host.ResponseAudit.ExpectsStorageAway = false;
            return reference;
        },
        ["key_id_required"] = async host =>
        {
            var (signer, second) = (await SignerAsync(host, byUri: false), await SignerAsync(host, byUri: false));
            host.Clients!.Publish(signer.Client.Id["https://".Length..], new
            {
                client_id = signer.Client.Id,
                client_name = "Signing",
                redirect_uris = new[] { signer.Client.RedirectUri },
                token_endpoint_auth_method = "private_key_jwt",
                jwks = new { keys = new[] { JsonNode.Parse(signer.Jwk), JsonNode.Parse(second.Jwk) } },
            });
            using var browser = new Browser(host);
            var code = await signer.Client.CodeAsync(browser);
            var assertion = signer.Sign("""{"alg":"ES256"}""", JsonSerializer.Serialize(signer.Claims()));
            return await References.OfErrorAsync(signer.Client.RedeemAsync(code, SigningClient.Proof(assertion)));
        },
        ["refresh_token_from_elsewhere"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            var first = login.Tokens!.Refresh!;
            await Tokens.OfAsync(await login.Client.RefreshAsync(first));
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            using var elsewhere = host.ComingFrom("127.0.9.1");
            using var form = new FormUrlEncodedContent(
                [new("grant_type", "refresh_token"), new("refresh_token", first), new("client_id", login.Client.Id)]);
            return await References.OfErrorAsync(elsewhere.PostAsync(login.Client.Entry + "/oauth/token", form));
        },
        ["other_resource_server"] = async host =>
        {
            var server = await ResourceServer.CreateAsync(await host.CompanyAsync());
            return await References.OfErrorAsync(ResourceServer.TryIntrospectAsync(
                host, server.Id, server.Secret, "x", $"/resources/{(await host.NewCompanyAsync()).ResourceId}"));
        },
        ["preflight_refused"] = async host =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, "/oauth/authorize");
            request.Headers.Add("Origin", "https://page.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
            using var answer = await host.Anonymous.SendAsync(request);
            return await OfEventAsync(host, "preflight_refused");
        },
        ["unreadable_request"] = async host =>
        {
            using var content = new ByteArrayContent(new byte[2_000_000]);
            content.Headers.ContentType = new("application/x-www-form-urlencoded");
            try
            {
                using var answer = await host.Anonymous.PostAsync("/oauth/token", content);
            }
            catch (HttpRequestException)
            {
                // The server closed the connection before it read everything.
            }

            return await OfEventAsync(host, "unreadable_request");
        },
    };

    private static async Task<SigningClient> SignerAsync(WithClientHost host, bool byUri)
    {
        var signer = new SigningClient(host, await host.CompanyAsync(), "ES256", Interlocked.Increment(ref signers) + 8_000);
        signer.Publish(host.Clients!, byUri, alsoNone: false);
        return signer;
    }

    private static Task ChangeAsync(Company company, object change) =>
        company.Host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", change);

    /// <summary>The metadata of a client as the body of its update.</summary>
    private static JsonObject Update(RegisteredClient client)
    {
        var update = JsonNode.Parse(client.Response.GetRawText())!.AsObject();
        foreach (var member in (string[])
            ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"])
        {
            update.Remove(member);
        }

        return update;
    }

    private static async Task<string> OfLoginAsync(WithClientHost host, string loginRequest) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{loginRequest}"))
        .GetProperty("auth_request").GetProperty("reference").GetString()!;

    private static async Task<string> OfEventAsync(WithClientHost host, string cause) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/unattributed-events?cause={cause}"))
        .GetProperty("unattributed_events")[0].GetProperty("reference").GetString()!;
}
