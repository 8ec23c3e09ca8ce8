using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Account;

public sealed class Connected_programs_on_SQLite(OnSqlite host) : Connected_programs(host), IClassFixture<OnSqlite>;

public sealed class Connected_programs_on_PostgreSQL(OnPostgres host) : Connected_programs(host), IClassFixture<OnPostgres>;

/// <summary>A person sees what programs may do, narrows it, and ends it. The company's own account page can do the same by API.</summary>
public abstract class Connected_programs(LatchkeyHost host)
{
    private const string Both = "notes:read notes:write";

    [Fact]
    public async Task An_allowed_program_is_listed_with_what_it_may_do()
    {
        var company = await host.NewCompanyAsync();
        var (client, _) = await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var html = await ada.OpenAsync();

        Assert.Single(await ada.GrantsAsync());
        Assert.Contains("<bdi data-lk=\"client\">Inspector</bdi>", html, StringComparison.Ordinal);
        Assert.Contains(">on your device</span>", html, StringComparison.Ordinal);
        Assert.Contains("<bdi>Read your notes</bdi>", html, StringComparison.Ordinal);
        Assert.Contains("<bdi>Change your notes</bdi>", html, StringComparison.Ordinal);
        Assert.Contains("It stays connected until you or your company end it.", html, StringComparison.Ordinal);
        Assert.Contains("Connected since <time datetime=", html, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Id, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_list_says_when_a_program_appears()
    {
        var company = await host.NewCompanyAsync();
        using var ada = await AccountUser.SignInAsync(company);

        Assert.Contains(
            "No program is connected. When you allow one, it appears here.", await ada.OpenAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_sees_only_what_is_of_this_person_at_this_login_page()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        await ConnectAsync(company, Grace);
        await ConnectAsync(other);
        using var ada = await AccountUser.SignInAsync(company);

        Assert.Empty(await ada.GrantsAsync());
    }

    [Fact]
    public async Task A_disconnected_program_cannot_refresh_and_its_tokens_are_inactive()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var (client, tokens) = await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var grant = Assert.Single(await ada.GrantsAsync());
        Assert.Contains(
            "at once. For up to 15 minutes it may still finish what it began.",
            await ada.OpenAsync($"/account/programs/{grant}/disconnect"), StringComparison.Ordinal);
        using (var done = await ada.PressAsync($"/account/programs/{grant}/disconnect"))
        {
            Assert.Equal($"/account/programs/{grant}", done.Headers.Location?.ToString());
        }

        Assert.Contains("Inspector</bdi> is disconnected", await ada.OpenAsync($"/account/programs/{grant}"), StringComparison.Ordinal);
        Assert.Empty(await ada.GrantsAsync());
        Assert.Contains("data-lk=\"ended\"", await ada.OpenAsync(), StringComparison.Ordinal);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await server.ExpectInactiveAsync(tokens.Access);
        Assert.Contains("grant.revoked", await EventsAsync(tokens), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_narrowed_program_gets_less_at_its_next_refresh_and_at_introspection_at_once()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var (client, tokens) = await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var grant = Assert.Single(await ada.GrantsAsync());
        using (var saved = await ada.PressAsync($"/account/programs/{grant}/change", page: null, "notes:read"))
        {
            Assert.Equal($"/account/programs/{grant}", saved.Headers.Location?.ToString());
        }

        Assert.DoesNotContain("Change your notes", await ada.OpenAsync(), StringComparison.Ordinal);
        Assert.Equal("notes:read", (await server.IntrospectAsync(tokens.Access)).GetProperty("scope").GetString());
        var narrower = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal("notes:read", narrower.Scope);
        using var wider = await client.RefreshAsync(narrower.Refresh!, ("scope", "notes:write"));
        Assert.Equal(HttpStatusCode.BadRequest, wider.StatusCode);
        Assert.Contains("grant.narrowed", await EventsAsync(tokens), StringComparer.Ordinal);
    }

    /// <summary>What is not ticked is taken away, and a scope that the grant does not have cannot be added.</summary>
    [Fact]
    public async Task A_change_never_widens_and_never_takes_everything()
    {
        var company = await host.NewCompanyAsync();
        var (_, tokens) = await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var path = $"/account/programs/{Assert.Single(await ada.GrantsAsync())}/change";
        using (var nothing = await ada.PressAsync(path))
        {
            Assert.Equal($"{path}?empty", nothing.Headers.Location?.ToString());
        }

        Assert.Contains("Keep at least one tick.", await ada.OpenAsync($"{path}?empty"), StringComparison.Ordinal);
        using (var wider = await ada.PressAsync(path, page: null, "notes:read", "notes:delete", "openid"))
        {
            Assert.Equal(HttpStatusCode.SeeOther, wider.StatusCode);
        }

        Assert.Equal(["notes:read"], await ScopesAsync(tokens));
    }

    [Fact]
    public async Task Scopes_that_the_operator_does_not_let_people_untick_stay()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes_can_be_unticked = false });
        var (_, tokens) = await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var grant = Assert.Single(await ada.GrantsAsync());

        Assert.DoesNotContain($"/account/programs/{grant}/change", await ada.OpenAsync(), StringComparison.Ordinal);
        Assert.Equal(["notes:read", "notes:write"], await ScopesAsync(tokens));
    }

    [Fact]
    public async Task All_programs_are_disconnected_at_once()
    {
        var company = await host.NewCompanyAsync();
        var connected = new[] { await ConnectAsync(company), await ConnectAsync(company), await ConnectAsync(company) };
        var (foreignClient, foreign) = await ConnectAsync(company, Grace);
        using var ada = await AccountUser.SignInAsync(company);
        Assert.Contains("3 programs lose access at once", await ada.OpenAsync("/account/disconnect-all"), StringComparison.Ordinal);
        using (var done = await ada.PressAsync("/account/disconnect-all"))
        {
            Assert.Equal("/account", done.Headers.Location?.ToString());
        }

        Assert.Empty(await ada.GrantsAsync());
        foreach (var (client, tokens) in connected)
        {
            await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        }

        Assert.NotNull((await Tokens.OfAsync(await foreignClient.RefreshAsync(foreign.Refresh!))).Refresh);
    }

    [Fact]
    public async Task An_unknown_program_is_disconnected_and_recorded_as_suspicious()
    {
        var company = await host.NewCompanyAsync(resource: new { support_contact = "help@acme.example" });
        var (client, tokens) = await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var grant = Assert.Single(await ada.GrantsAsync());
        using var reported = await ada.PressAsync($"/account/programs/{grant}/report");

        Assert.Contains("mailto:help@acme.example", await ada.OpenAsync(reported.Headers.Location!.ToString()), StringComparison.Ordinal);
        Assert.Contains("grant.suspicious", await EventsAsync(tokens), StringComparer.Ordinal);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    public async Task A_program_that_was_connected_since_the_former_visit_is_marked_as_new()
    {
        var company = await host.NewCompanyAsync();
        await ConnectAsync(company);
        using (var first = await AccountUser.SignInAsync(company))
        {
            Assert.DoesNotContain("class=\"new\"", await first.OpenAsync(), StringComparison.Ordinal);
        }

        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await ConnectAsync(company);
        using var second = await AccountUser.SignInAsync(company);
        var html = await second.OpenAsync();

        Assert.Equal(2, html.Split("data-lk-grant=").Length - 1);
        Assert.Equal(1, html.Split("class=\"new\"").Length - 1);
    }

    [Theory]
    [InlineData("de", "Verbundene Programme")]
    [InlineData("ja", "接続中のプログラム")]
    [InlineData("he", "תוכנות מחוברות")]
    public async Task The_page_is_in_the_language_of_the_person(string tag, string title)
    {
        var company = await host.NewCompanyAsync();
        await ConnectAsync(company);
        using var ada = await AccountUser.SignInAsync(company);
        var html = await ada.OpenAsync($"/account?lang={tag}");

        Assert.Contains($"<html lang=\"{tag}\"", html, StringComparison.Ordinal);
        Assert.Contains($"<h1>{title}</h1>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_login_page_is_told_that_the_sign_in_is_for_the_account_page()
    {
        var company = await host.NewCompanyAsync();
        using var browser = new Browser(host);
        var redirect = await AccountUser.BeginAsync(browser, company);
        using var response = await company.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{redirect.LoginRequestId}");
        var context = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("account", context.GetProperty("purpose").GetString());
        Assert.False(context.TryGetProperty("client", out _));
    }

    [Fact]
    public async Task The_API_narrows_a_grant_for_the_companys_own_account_page()
    {
        var company = await host.NewCompanyAsync();
        var (client, tokens) = await ConnectAsync(company);
        var path = $"/api/v1/grants/{tokens.Claims.GetProperty("grant_id").GetString()}:narrow";
        foreach (var wrong in new[] { Array.Empty<string>(), ["notes:delete"], ["notes:read", "openid"] })
        {
            await Expect.ProblemAsync(
                await host.TrySendAsync(HttpMethod.Post, path, new { scopes = wrong }), 400, "invalid_argument", "scopes");
        }

        await host.SendAsync(HttpMethod.Post, path, new { scopes = new[] { "notes:write" } });
        Assert.Equal("notes:write", (await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Scope);
        var audit = await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={path.Split('/')[^1].Split(':')[0]}");
        Assert.Contains("grant.narrowed", audit.GetRawText(), StringComparison.Ordinal);
        await host.SendAsync(HttpMethod.Delete, path[..^":narrow".Length]);
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, path, new { scopes = new[] { "notes:write" } }), 409, "grant_ended");
    }

    private static object Grace => new { sub = "grace", email = "grace@acme.example", name = "Grace Hopper" };

    private static async Task<(McpClient Client, Tokens Tokens)> ConnectAsync(Company company, object? user = null)
    {
        var client = await McpClient.RegisterAsync(company);
        return (client, await client.TokensAsync(user, Both));
    }

    private async Task<IReadOnlyList<string>> ScopesAsync(Tokens tokens)
    {
        var id = tokens.Claims.GetProperty("grant_id").GetString();
        var listed = await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?client_id={tokens.Claims.GetProperty("client_id").GetString()}");
        return
        [
            .. listed.GetProperty("grants").EnumerateArray().Single(g => g.GetProperty("id").GetString() == id).GetProperty("scopes")
                .EnumerateArray().Select(s => s.GetString()!),
        ];
    }

    private async Task<IReadOnlyList<string>> EventsAsync(Tokens tokens)
    {
        var id = tokens.Claims.GetProperty("grant_id").GetString();
        var listed = await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?client_id={tokens.Claims.GetProperty("client_id").GetString()}");
        return await host.SignInEventsAsync(
            listed.GetProperty("grants").EnumerateArray().Single(g => g.GetProperty("id").GetString() == id)
                .GetProperty("auth_request_id").GetString()!);
    }
}
