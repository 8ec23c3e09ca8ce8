using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Management;

public sealed class Erasure_of_a_person_on_SQLite(OnSqlite host) : Erasure_of_a_person(host), IClassFixture<OnSqlite>;

public sealed class Erasure_of_a_person_on_PostgreSQL(OnPostgres host) : Erasure_of_a_person(host), IClassFixture<OnPostgres>;

/// <summary><c>users:erase</c> leaves no row that names the person (GDPR, article 17).</summary>
public abstract class Erasure_of_a_person(LatchkeyHost host)
{
    private static int people;

    /// <summary>Another person per test: the tests share a database.</summary>
    private readonly string marker = $"leaver-{Interlocked.Increment(ref people):D4}";

    private object Leaver => new { sub = marker, email = $"{marker}@acme.example", name = $"Leaver {marker}" };

    [Fact]
    public async Task No_row_names_the_person_and_no_credential_of_the_person_works()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync(Leaver);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser, Leaver);
        using var open = new Browser(host);
        var redirect = await open.StartAsync(client.Authorize());
        var consent = await open.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId, Leaver)).CallbackPath);
        Assert.NotEmpty(await TablesWithAsync(marker));

        var (status, erased) = await EraseAsync(company, marker);
        Assert.True(status == 200, erased.ToString());
        Assert.Equal(
            (1, 1, 3),
            (erased.GetProperty("grants").GetInt32(), erased.GetProperty("consents").GetInt32(),
                erased.GetProperty("login_requests").GetInt32()));
        Assert.Empty(await TablesWithAsync(marker));
        await server.ExpectInactiveAsync(tokens.Access);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
        using (var decided = await open.DecideAsync(consent, "allow", "notes:read"))
        {
            Assert.InRange((int)decided.StatusCode, 400, 499);
        }

        Assert.Empty(await TablesWithAsync(marker));
    }

    /// <summary>The refusal of a second report names both people.</summary>
    [Fact]
    public async Task A_person_who_was_reported_second_is_erased_too()
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingReturn);
        using (var second = await company.TryReportAsync(login.Redirect.LoginRequestId, Leaver))
        {
            Assert.Equal(409, (int)second.StatusCode);
        }

        await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{login.Redirect.LoginRequestId}");
        Assert.NotEmpty(await TablesWithAsync(marker));
        await EraseAsync(company, marker);
        Assert.Empty(await TablesWithAsync(marker));
    }

    [Fact]
    public async Task Other_people_and_the_same_id_at_another_connection_keep_their_access()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var (client, elsewhere) = (await McpClient.RegisterAsync(company), await McpClient.RegisterAsync(other));
        await client.TokensAsync(Leaver);
        var bob = await client.TokensAsync(new { sub = "bob", email = "bob@acme.example" });
        var namesake = await elsewhere.TokensAsync(Leaver);

        Assert.Equal(200, (await EraseAsync(company, marker)).Status);
        await Tokens.OfAsync(await client.RefreshAsync(bob.Refresh!));
        await Tokens.OfAsync(await elsewhere.RefreshAsync(namesake.Refresh!));
        Assert.Equal(200, (await EraseAsync(other, marker)).Status);
    }

    [Fact]
    public async Task The_audit_log_has_the_erasure_with_its_actor_and_without_the_person()
    {
        var company = await host.NewCompanyAsync();
        await (await McpClient.RegisterAsync(company)).TokensAsync(Leaver);
        await EraseAsync(company, marker);

        var entries = await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={company.ConnectionId}");
        var entry = entries.GetProperty("entries").EnumerateArray().First();
        Assert.Equal("user.erased", entry.GetProperty("action").GetString());
        Assert.Contains(LatchkeyHost.OperatorId, entry.GetProperty("actor").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(marker, entries.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_signs_in_again_begins_anew()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await client.TokensAsync(Leaver);
        await EraseAsync(company, marker);
        Assert.Equal(404, (await EraseAsync(company, marker)).Status);

        Assert.Equal(marker, (await client.TokensAsync(Leaver)).Claims.GetProperty("sub").GetString());
        Assert.Equal(200, (await EraseAsync(company, marker)).Status);
    }

    /// <summary>Erasing is final, and a login page's backend may only lock out.</summary>
    [Fact]
    public async Task A_login_page_may_not_erase()
    {
        var company = await host.CompanyAsync();
        using var refused = await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:erase", new { sub = "ada" });

        Assert.Equal(403, (int)refused.StatusCode);
    }

    private async Task<(int Status, JsonElement Body)> EraseAsync(Company company, string sub)
    {
        // What was recorded before the erasure is erased; the recorder writes in the background.
        await host.Services.GetRequiredService<SignInRecorder>().FlushAsync(CancellationToken.None);
        using var response = await host.TrySendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:erase", new { sub });
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    private Task<List<string>> TablesWithAsync(string text) => StoredText.TablesWithAsync(host, text);
}
