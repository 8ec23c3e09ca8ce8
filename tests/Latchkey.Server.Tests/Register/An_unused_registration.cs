using System.Net;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Latchkey.Server.Tests.Register;

public sealed class An_unused_registration_on_SQLite(OnSqlite host) : An_unused_registration(host), IClassFixture<OnSqlite>;

public sealed class An_unused_registration_on_PostgreSQL(OnPostgres host) : An_unused_registration(host), IClassFixture<OnPostgres>;

/// <summary>A registration that nobody uses for 90 days: gone, until the same program registers again.</summary>
public abstract class An_unused_registration(LatchkeyHost host)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    /// <summary>Refresh tokens that outlive the registration, so that it is the registration that ends them.</summary>
    private static readonly object Lasting = new { refresh_token_expiry = 800 * 24 * 3600, grant_expiry = 1600 * 24 * 3600 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_unknown_at_authorize_and_token_whether_the_sweeper_came_by_or_not(bool sweeperFirst)
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Left behind"))).Client;
        var tokens = await client.TokensAsync();
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await SweepAsync(sweeperFirst);

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        await Expect.ErrorAsync(await client.RevokeAsync(tokens.Refresh!), 401, "invalid_client");
        Assert.Empty((await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients")).GetProperty("clients").EnumerateArray());
        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}"), 404, "client_not_found");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Comes_back_under_its_id_without_what_people_had_allowed_it(bool sweeperFirst)
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var registrant = new Registrant(company);
        var former = (await registrant.RegisterAsync(Registrant.Public("Coming back"))).Client;
        var tokens = await former.TokensAsync(scope: "notes:read");
        Assert.Contains("class=\"new\"", await ConsentOfAsync(company, former), StringComparison.Ordinal);
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await SweepAsync(sweeperFirst);

        var client = (await registrant.RegisterAsync(Registrant.Public("Coming back"))).Client;
        Assert.Equal(former.Id, client.Id);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        Assert.DoesNotContain("class=\"new\"", await ConsentOfAsync(company, client), StringComparison.Ordinal);
        await Tokens.OfAsync(await client.RefreshAsync((await client.TokensAsync()).Refresh!));
    }

    [Fact]
    public async Task Comes_back_once_however_many_register_it_at_once()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var id = (await registrant.RegisterAsync(Registrant.Public("All at once"))).Id;
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));

        var again = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => registrant.RegisterAsync(Registrant.Public("All at once"))));
        Assert.All(again, a => Assert.Equal(id, a.Id));
        Assert.Equal(1, (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients")).GetProperty("total_dcr_clients").GetInt32());
    }

    [Fact]
    public async Task Does_not_come_back_where_the_resource_has_closed_registration_meanwhile()
    {
        var company = await host.NewCompanyAsync();
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Too late"))).Client;
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });

        await Expect.ErrorAsync(await new Registrant(company).TryAsync(Registrant.Public("Too late")), 400, "invalid_client_metadata");
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    [Theory]
    [InlineData("registration")]
    [InlineData("authorize")]
    [InlineData("token")]
    public async Task Is_none_while_it_is_used_by(string use)
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var registrant = new Registrant(company);
        var client = (await registrant.RegisterAsync(Registrant.Public("Busy"))).Client;
        var refresh = (await client.TokensAsync()).Refresh!;
        for (var i = 0; i < 3; i++)
        {
            host.Clock.Advance(TimeSpan.FromDays(60));
            await SweepAsync(true);
            if (use == "registration")
            {
                Assert.Equal(client.Id, (await registrant.RegisterAsync(Registrant.Public("Busy"))).Id);
            }
            else if (use == "authorize")
            {
                using var answer = await host.Anonymous.GetAsync(client.Authorize());
                Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            }
            else
            {
                refresh = (await Tokens.OfAsync(await client.RefreshAsync(refresh))).Refresh!;
            }
        }

        await Tokens.OfAsync(await client.RefreshAsync(refresh));
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    /// <summary>What is refused proves nothing about the client: anybody could keep it alive.</summary>
    [Fact]
    public async Task Is_not_kept_alive_by_what_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Knocking"))).Client;
        host.Clock.Advance(TimeSpan.FromDays(60));
        await Expect.ErrorAsync(await client.RefreshAsync("lkr_unknown"), 400, "invalid_grant");
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", "https://client.example/elsewhere"))), 400, "unregistered_redirect_uri");
        host.Clock.Advance(TimeSpan.FromDays(31));

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    [Fact]
    public async Task Is_told_by_a_note_of_its_use_at_most_once_a_day()
    {
        var company = await host.NewCompanyAsync();
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Noted"))).Client;
        var registered = await LastSeenAsync(client.Id);
        foreach (var (hours, isNoted) in new[] { (1, false), (22, false), (2, true), (23, false), (2, true) })
        {
            host.Clock.Advance(TimeSpan.FromHours(hours));
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Anonymous.GetAsync(client.Authorize())));
            Assert.All(answers, a => Assert.Equal(HttpStatusCode.Redirect, a.StatusCode));
            var seen = await LastSeenAsync(client.Id);
            Assert.Equal(isNoted, seen > registered);
            registered = seen;
        }
    }

    [Fact]
    public async Task With_a_secret_is_gone_for_good_and_so_is_its_registration()
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Own"));
        var tokens = await registered.Client.TokensAsync();
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));

        await Expect.ErrorAsync(await registered.Client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        await Expect.BearerRefusedAsync(await registered.SendAsync(HttpMethod.Get));
        Assert.NotEqual(registered.Id, (await new Registrant(company).RegisterAsync(Registrant.WithSecret("Own"))).Id);
    }

    [Fact]
    public async Task Is_no_client_that_an_operator_made()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        host.Clock.Advance(TimeSpan.FromDays(400));
        await SweepAsync(true);

        using var answer = await host.Anonymous.GetAsync(client.Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    private async Task SweepAsync(bool isDue)
    {
        if (isDue)
        {
            await host.Services.GetServices<IHostedService>().OfType<Sweeper>().Single().SweepAsync(CancellationToken.None);
        }
    }

    private async Task<string> ConsentOfAsync(Company company, McpClient client)
    {
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        return (await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath)).Html;
    }

    private Task<long> LastSeenAsync(string id) => host.Services.GetRequiredService<IDatabase>().ReadAsync(
        "SELECT last_seen_at FROM clients WHERE id = @id", new() { { "id", id } }, static reader => reader.Read() ? reader.GetInt64(0) : 0, CancellationToken.None);
}

/// <summary>How long a registration lives without being used is the operator's to say.</summary>
public sealed class The_lifetime_of_a_registration
{
    [Fact]
    public async Task May_be_for_ever()
    {
        await using var host = new KeepingRegistrations(TimeSpan.Zero);
        await host.InitializeAsync();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        host.Clock.Advance(TimeSpan.FromDays(2000));
        await host.Services.GetServices<IHostedService>().OfType<Sweeper>().Single().SweepAsync(CancellationToken.None);

        using var answer = await host.Anonymous.GetAsync(client.Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(client.Id, (await McpClient.RegisterAsync(await host.CompanyAsync())).Id);
    }

    [Fact]
    public async Task May_be_shorter_than_the_day_in_which_a_use_is_noted_once()
    {
        await using var host = new KeepingRegistrations(TimeSpan.FromHours(1));
        await host.InitializeAsync();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        for (var i = 0; i < 4; i++)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(50));
            using var answer = await host.Anonymous.GetAsync(client.Authorize());
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        }

        host.Clock.Advance(TimeSpan.FromMinutes(61));
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    private sealed class KeepingRegistrations(TimeSpan lifetime) : LatchkeyHost
    {
        private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

        private protected override Task<Settings> ConfigureAsync(Settings settings) => Task.FromResult(settings with { RegistrationLifetime = lifetime });
    }
}
