using System.Text.Json;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.SignIns;

public sealed class List_of_sign_ins_on_SQLite(OnSqlite host) : List_of_sign_ins(host), IClassFixture<OnSqlite>;

public sealed class List_of_sign_ins_on_PostgreSQL(OnPostgres host) : List_of_sign_ins(host), IClassFixture<OnPostgres>;

/// <summary><c>GET /api/v1/auth-requests</c>: one entry per attempt, with what stopped it.</summary>
public abstract class List_of_sign_ins(LatchkeyHost host)
{
    [Fact]
    public async Task A_completed_sign_in_says_who_connected_which_client()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();

        var found = Assert.Single(await ListAsync($"client_id={client.Id}"));
        Assert.Equal(
            ("connected", company.ResourceId, company.ConnectionId, "ada", tokens.Claims.GetProperty("grant_id").GetString()),
            (Text(found, "outcome"), Text(found, "resource_id"), Text(found, "connection_id"), Text(found, "subject"),
                Text(found, "grant_id")));
        Assert.False(found.TryGetProperty("stopped_at", out _));
        Assert.False(found.TryGetProperty("cause", out _));
        Assert.Equal("127.0.0.0/24", Text(found, "network"));
        var id = Text(found, "id");
        foreach (var filter in (string[])
            [
                $"person={Uri.EscapeDataString(Text(found, "email")!)}&resource_id={company.ResourceId}",
                $"reference={Text(found, "reference")}",
                $"outcome=connected&connection_id={company.ConnectionId}", $"network=127.0.0.1&resource_id={company.ResourceId}",
                $"client_family=other&resource_id={company.ResourceId}", $"external_user_id=ada&resource_id={company.ResourceId}",
            ])
        {
            Assert.Equal(id, Text(Assert.Single(await ListAsync(filter)), "id"));
        }

        Assert.Empty(await ListAsync($"outcome=stopped&client_id={client.Id}"));
        Assert.Empty(await ListAsync($"update_end_time=2020-01-01T00:00:00Z&client_id={client.Id}"));
    }

    /// <summary>No request tells that a person closed the tab.</summary>
    [Fact]
    public async Task A_sign_in_that_was_left_says_where()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var running = Assert.Single(await ListAsync($"client_id={client.Id}"));
        Assert.Equal(("running", "login"), (Text(running, "outcome"), Text(running, "stopped_at")));

        host.Clock.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(15) - SignInCloser.Pause);
        await host.Services.GetRequiredService<SignInCloser>().CloseAsync(CancellationToken.None);

        var ended = Assert.Single(await ListAsync($"client_id={client.Id}&cause={SignInCloser.LoginNeverReported}"));
        Assert.Equal(("stopped", "login"), (Text(ended, "outcome"), Text(ended, "stopped_at")));
        Assert.Contains(SignInCloser.EventName, await host.SignInEventsAsync(redirect.LoginRequestId));
    }

    [Fact]
    public async Task A_denied_sign_in_is_declined()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var denied = await browser.DecideAsync(consent, "deny");

        var found = Assert.Single(await ListAsync($"client_id={client.Id}&outcome=declined"));
        Assert.Equal("consent", Text(found, "stopped_at"));
    }

    /// <summary>The client hears of the end at its next refresh, the operator at once.</summary>
    [Theory]
    [InlineData("ended_by_company")]
    [InlineData("ended_by_operator")]
    [InlineData("consent_revoked")]
    public async Task The_end_of_an_access_is_shown_before_its_client_meets_it(string cause)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var grant = (await client.TokensAsync()).Claims.GetProperty("grant_id").GetString();
        if (cause == "ended_by_company")
        {
            using var revoked = await company.SendAsync(
                HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" });
            Assert.True(revoked.IsSuccessStatusCode);
        }
        else if (cause == "ended_by_operator")
        {
            await host.SendAsync(HttpMethod.Delete, $"/api/v1/grants/{grant}");
        }
        else
        {
            var consents = await host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?client_id={client.Id}");
            var id = consents.GetProperty("consents")[0].GetProperty("id").GetString();
            await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/{id}");
        }

        var found = Assert.Single(await ListAsync($"client=inspector&cause={cause}&resource_id={company.ResourceId}"));
        Assert.Equal((grant, "renew"), (Text(found, "grant_id"), Text(found, "stopped_at")));
        Assert.Equal(cause, Text(found.GetProperty("cause"), "code"));
    }

    /// <summary>The operator knows the name that the person told, perhaps only its beginning.</summary>
    [Fact]
    public async Task A_client_is_found_by_the_beginning_of_its_id_or_of_its_name_in_any_case()
    {
        var company = await host.NewCompanyAsync();
        var clients = new List<string>();
        foreach (var name in (string[])["Editor_1 Done", "EditorX1 Done", "Éditeur_a"])
        {
            var client = (await new Registrant(company).RegisterAsync(Registrant.Public(name))).Client;
            clients.Add(client.Id);
            using var browser = new Browser(host);
            await browser.StartAsync(client.Authorize());
        }

        async Task<IEnumerable<string?>> FoundAsync(string client) =>
            (await ListAsync($"client={Uri.EscapeDataString(client)}&resource_id={company.ResourceId}")).Select(s => Text(s, "client_id"));

        Assert.Equal(clients[..2].Order(StringComparer.Ordinal), (await FoundAsync("editor")).Order(StringComparer.Ordinal));
        Assert.Equal([clients[0]], await FoundAsync("EDITOR_1"));
        Assert.Equal([clients[2]], await FoundAsync("Éditeur_"));
        Assert.Equal([clients[1]], await FoundAsync(clients[1]));
        Assert.Equal([clients[1]], await FoundAsync(clients[1][..^1]));
        Assert.Empty(await FoundAsync("%"));
        Assert.Empty(await FoundAsync(@"\"));
        Assert.Empty(await FoundAsync("Done"));
    }

    /// <summary>What belongs to no sign-in has the client in its facts, if it was sent.</summary>
    [Fact]
    public async Task An_unattributed_event_is_found_by_the_client_that_was_sent()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await References.OfErrorAsync(client.RedeemAsync("lkc_wrong"));

        async Task<int> CountAsync(string name) =>
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/unattributed-events?client={Uri.EscapeDataString(name)}"))
            .GetProperty("unattributed_events").EnumerateArray().Count();

        Assert.Equal(1, await CountAsync(client.Id));
        Assert.Equal(1, await CountAsync(client.Id[..^1]));
        Assert.Equal(0, await CountAsync(client.Id[1..]));
        Assert.Equal(0, await CountAsync("%"));
    }

    [Theory]
    [InlineData("outcome=broken", "outcome")]
    [InlineData("stopped_at=door", "stopped_at")]
    [InlineData("network=everywhere", "network")]
    [InlineData("network=10.0.0.1/24", "network")]
    [InlineData("reference=x", "reference")]
    [InlineData("tolerated=maybe", "tolerated")]
    [InlineData("stage=refused&outcome=stopped", "outcome")]
    public async Task A_filter_that_cannot_match_is_refused(string query, string member) => await Expect.ProblemAsync(
        await host.TrySendAsync(HttpMethod.Get, $"/api/v1/auth-requests?{query}"), 400, "invalid_argument", member);

    private async Task<List<JsonElement>> ListAsync(string query) =>
        [.. (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests?{query}")).GetProperty("auth_requests").EnumerateArray()];

    private static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.GetString() : null;
}
