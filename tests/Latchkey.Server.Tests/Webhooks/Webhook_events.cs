using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Webhooks;

public sealed class Webhook_events_on_SQLite(WithReceiverOnSqlite host) : Webhook_events(host), IClassFixture<WithReceiverOnSqlite>;

public sealed class Webhook_events_on_PostgreSQL(WithReceiverOnPostgres host)
    : Webhook_events(host), IClassFixture<WithReceiverOnPostgres>;

/// <summary>Which events are raised, and what they contain.</summary>
public abstract class Webhook_events(WithReceiver host)
{
    [Fact]
    public async Task A_new_grant_tells_the_person_the_client_and_the_permissions()
    {
        var webhook = await host.CreateWebhookAsync("grant.created");
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var tokens = await client.TokensAsync();

        var sent = Assert.Single(await host.Receiver.AtAsync(webhook.Path, 1));
        Assert.Equal("grant.created", sent.Type);
        Assert.True(sent.IsSignedWith(webhook.Secret), "the signature is wrong");
        Assert.StartsWith("evt_", sent.Id, StringComparison.Ordinal);
        Assert.Equal(sent.Id, sent.Json.GetProperty("id").GetString());
        Assert.Equal("ada", sent.Data.GetProperty("sub").GetString());
        Assert.Equal("ada@acme.example", sent.Data.GetProperty("email").GetString());
        Assert.Equal(client.Id, sent.Data.GetProperty("client").GetProperty("client_id").GetString());
        Assert.Equal(company.ResourceId, sent.Data.GetProperty("resource").GetProperty("id").GetString());
        Assert.Equal(
            ["Read your notes", "Change your notes"],
            sent.Data.GetProperty("permissions").EnumerateArray().Select(p => p.GetProperty("description").GetString()!));
        Assert.Equal(host.BaseUrl + "/account", sent.Data.GetProperty("account_url").GetString());
        Assert.DoesNotContain(tokens.Access, sent.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("lkr_", sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_a_grant_names_its_reason_whatever_ended_it()
    {
        var webhook = await host.CreateWebhookAsync("grant.revoked");
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);

        (await client.RevokeAsync((await client.TokensAsync()).Refresh!)).Dispose();
        Assert.Equal("revoked_by_client", ReasonOf((await host.Receiver.AtAsync(webhook.Path, 1))[0]));

        await client.TokensAsync();
        await host.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" });
        Assert.Equal("user_revoked", ReasonOf((await host.Receiver.AtAsync(webhook.Path, 2))[1]));

        await client.TokensAsync();
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");
        Assert.Equal("client_deleted", ReasonOf((await host.Receiver.AtAsync(webhook.Path, 3))[2]));
    }

    [Fact]
    public async Task A_revoked_consent_and_a_grant_ended_by_an_operator_are_sent()
    {
        var webhook = await host.CreateWebhookAsync("grant.revoked");
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await client.TokensAsync();
        var grants = await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?resource_id={company.ResourceId}");
        await host.SendAsync(
            HttpMethod.Delete, $"/api/v1/grants/{grants.GetProperty("grants")[0].GetProperty("id").GetString()}");
        Assert.Equal("revoked_by_operator", ReasonOf((await host.Receiver.AtAsync(webhook.Path, 1))[0]));

        await client.TokensAsync();
        var consents = await host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?resource_id={company.ResourceId}");
        var consent = consents.GetProperty("consents")[0].GetProperty("id").GetString();
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/{consent}");
        Assert.Equal("consent_revoked", ReasonOf((await host.Receiver.AtAsync(webhook.Path, 2))[1]));
    }

    [Fact]
    public async Task A_narrowed_grant_is_sent_with_the_permissions_that_are_left()
    {
        var webhook = await host.CreateWebhookAsync("grant.narrowed");
        var company = await host.NewCompanyAsync();
        await (await McpClient.RegisterAsync(company)).TokensAsync();
        var grants = await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?resource_id={company.ResourceId}");
        var grant = grants.GetProperty("grants")[0].GetProperty("id").GetString();
        await host.SendAsync(HttpMethod.Post, $"/api/v1/grants/{grant}:narrow", new { scopes = new[] { "notes:read" } });

        var sent = Assert.Single(await host.Receiver.AtAsync(webhook.Path, 1));
        Assert.Equal(grant, sent.Data.GetProperty("grant_id").GetString());
        Assert.Equal("notes:read", Assert.Single(sent.Data.GetProperty("permissions").EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_denied_consent_is_sent_once()
    {
        var webhook = await host.CreateWebhookAsync("consent.denied");
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        (await flow.Browser.DecideAsync(flow.Consent!, "deny")).Dispose();
        (await flow.Browser.DecideAsync(flow.Consent!, "deny")).Dispose();

        var sent = Assert.Single(await host.Receiver.AtAsync(webhook.Path, 1));
        Assert.Equal("consent.denied", sent.Type);
        Assert.Equal("ada@acme.example", sent.Data.GetProperty("email").GetString());
        Assert.StartsWith("req_", sent.Data.GetProperty("auth_request_id").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registration_is_sent_when_it_is_new()
    {
        var webhook = await host.CreateWebhookAsync("client.registered");
        var company = await host.NewCompanyAsync();
        var first = await McpClient.RegisterAsync(company, "http://127.0.0.1:4711/new");
        var again = await McpClient.RegisterAsync(company, "http://127.0.0.1:4711/new");

        Assert.Equal(first.Id, again.Id);
        await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/events:test");
        await Eventually.TrueAsync(
            () => host.Receiver.At(webhook.Path).Any(r => r.Type == "webhook.test"), "the test event did not arrive");
        var sent = Assert.Single(host.Receiver.At(webhook.Path), r => r.Type == "client.registered");
        Assert.Equal(first.Id, sent.Data.GetProperty("client").GetProperty("client_id").GetString());
        Assert.Equal("registration", sent.Data.GetProperty("origin").GetString());
    }

    [Fact]
    public async Task A_callback_in_another_browser_is_suspicious_and_sent_once()
    {
        var webhook = await host.CreateWebhookAsync("login.suspicious");
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using (var foreign = new Browser(host))
        {
            (await foreign.GetAsync(flow.Callback)).Dispose();
            (await foreign.GetAsync(flow.Callback)).Dispose();
        }

        await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/events:test");
        await Eventually.TrueAsync(
            () => host.Receiver.At(webhook.Path).Any(r => r.Type == "webhook.test"), "the test event did not arrive");
        var sent = Assert.Single(host.Receiver.At(webhook.Path), r => r.Type == "login.suspicious");
        Assert.Equal("foreign_browser", sent.Data.GetProperty("cause").GetString());
    }

    [Fact]
    public async Task A_suspicious_callback_of_a_test_names_the_login_page_and_no_client()
    {
        var webhook = await host.CreateWebhookAsync("login.suspicious");
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync();
        using var foreign = new Browser(host);
        await Expect.PageAsync(await foreign.GetAsync(test.Report!.CallbackPath), 403, "foreign_browser");

        var sent = (await host.Receiver.AtAsync(webhook.Path, 1))[0];
        Assert.Equal("login.suspicious", sent.Type);
        Assert.Equal(test.Company.ConnectionId, sent.Data.GetProperty("connection_id").GetString());
        Assert.False(sent.Data.TryGetProperty("client", out _));
        Assert.False(sent.Data.TryGetProperty("resource", out _));
    }

    [Fact]
    public async Task A_rotated_key_and_changes_of_operators_are_sent()
    {
        var webhook = await host.CreateWebhookAsync("key.rotated", "operator.changed");
        await host.SendAsync(HttpMethod.Post, "/api/v1/keys:rotate", new { purpose = "RS256", force = true });
        var rotated = (await host.Receiver.AtAsync(webhook.Path, 1))[0];
        Assert.Equal("key.rotated", rotated.Type);
        Assert.Equal("RS256", rotated.Data.GetProperty("purpose").GetString());

        var operators = host.Services.GetRequiredService<OperatorStore>();
        var owner = await DashboardUser.AddOperatorAsync(host, OperatorRole.Owner);
        var other = await DashboardUser.AddOperatorAsync(host, OperatorRole.Viewer);
        Assert.True(await operators.SetRoleAsync(other, OperatorRole.Admin, owner.Actor, host.Clock.GetUtcNow(), default));
        Assert.True(await operators.RemoveAsync(
            other with { Role = OperatorRole.Admin }, owner.Actor, host.Clock.GetUtcNow(), default));
        var changes = (await host.Receiver.AtAsync(webhook.Path, 5)).Skip(1).ToList();
        Assert.Equal(
            ["created", "created", "removed", "role_changed"],
            changes.Select(c => c.Data.GetProperty("change").GetString()!).Order(StringComparer.Ordinal));
        Assert.Contains(changes, c => c.Data.GetProperty("by").GetString() == owner.Id.Value);
    }

    [Fact]
    public async Task Without_an_endpoint_that_wants_it_an_event_is_not_stored()
    {
        var webhook = await host.CreateWebhookAsync("key.rotated");
        var company = await host.NewCompanyAsync();
        await (await McpClient.RegisterAsync(company)).TokensAsync();
        await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/events:test");
        await Eventually.TrueAsync(
            () => host.Receiver.At(webhook.Path).Count > 0, "the test event did not arrive");
        Assert.All(host.Receiver.At(webhook.Path), r => Assert.Contains(r.Type, (string[])["webhook.test", "key.rotated"]));
    }

    /// <summary>The text of an event names the person, so an erasure reaches it, also while it waits.</summary>
    [Fact]
    public async Task The_erasure_of_a_person_reaches_events_and_answers()
    {
        var webhook = await host.CreateWebhookAsync("grant.created");
        host.Receiver.Answers[webhook.Path] = async http =>
        {
            http.Response.StatusCode = 500;
            await http.Response.WriteAsJsonAsync(new { echo = "erased-person@acme.example" });
        };
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await client.TokensAsync(new { sub = "erased-person", email = "erased-person@acme.example" });
        var failed = await host.DeliveryAsync(webhook, d => d.TryGetProperty("response_status", out _));
        Assert.Contains("erased-person", failed.GetProperty("payload").GetString(), StringComparison.Ordinal);
        Assert.Contains("erased-person", failed.GetProperty("response_body").GetString(), StringComparison.Ordinal);

        await host.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:erase", new { sub = "erased-person" });

        var erased = Assert.Single(await host.DeliveriesAsync(webhook));
        Assert.Equal("erased", erased.GetProperty("state").GetString());
        Assert.DoesNotContain("erased-person", erased.ToString(), StringComparison.Ordinal);
        var again = await host.TrySendAsync(
            HttpMethod.Post, $"/api/v1/webhooks/{webhook.Id}/deliveries/{erased.GetProperty("id").GetString()}/attempts");
        await Expect.ProblemAsync(again, 409, "delivery_not_sendable");
    }

    private static string ReasonOf(ReceivedWebhook sent) => sent.Data.GetProperty("reason").GetString()!;
}
