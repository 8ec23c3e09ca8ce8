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
