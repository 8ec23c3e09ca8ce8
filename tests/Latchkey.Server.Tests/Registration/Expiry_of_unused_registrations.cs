using System.Net;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Registration;

public sealed class Expiry_of_unused_registrations_on_SQLite(OnSqlite host) : Expiry_of_unused_registrations(host), IClassFixture<OnSqlite>;

public sealed class Expiry_of_unused_registrations_on_PostgreSQL(OnPostgres host)
    : Expiry_of_unused_registrations(host), IClassFixture<OnPostgres>;

/// <summary>A registration expires after 90 days without use, until the same client registers again.</summary>
public abstract class Expiry_of_unused_registrations(LatchkeyHost host)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    /// <summary>Refresh tokens with a longer lifetime than the registration, so that only its expiry ends them.</summary>
    private static readonly object Lasting = new { refresh_token_expiry = 800 * 24 * 3600, grant_expiry = 1600 * 24 * 3600 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_expired_registration_is_unknown_with_and_without_cleanup(bool cleanupFirst)
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Left behind"))).Client;
        var tokens = await client.TokensAsync();
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await CleanUpAsync(cleanupFirst);

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        await Expect.ErrorAsync(await client.RevokeAsync(tokens.Refresh!), 401, "invalid_client");
        Assert.Empty((await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients"))
            .GetProperty("clients").EnumerateArray());
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}"),
            404,
            "client_not_found");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_registers_again_gets_its_id_back_without_its_grants_and_consents(bool cleanupFirst)
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var registrant = new Registrant(company);
        var former = (await registrant.RegisterAsync(Registrant.Public("Coming back"))).Client;
        var tokens = await former.TokensAsync(scope: "notes:read");
        Assert.Contains("class=\"new\"", await ConsentOfAsync(company, former), StringComparison.Ordinal);
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await CleanUpAsync(cleanupFirst);

        var client = (await registrant.RegisterAsync(Registrant.Public("Coming back"))).Client;
        Assert.Equal(former.Id, client.Id);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        Assert.DoesNotContain("class=\"new\"", await ConsentOfAsync(company, client), StringComparison.Ordinal);
        await Tokens.OfAsync(await client.RefreshAsync((await client.TokensAsync()).Refresh!));
    }

    [Fact]
    public async Task Of_64_concurrent_registrations_of_an_expired_client_one_client_results()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var id = (await registrant.RegisterAsync(Registrant.Public("All at once"))).Id;
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));

        var again = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => registrant.RegisterAsync(Registrant.Public("All at once"))));
        Assert.All(again, a => Assert.Equal(id, a.Id));
        Assert.Equal(
            1,
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients"))
                .GetProperty("total_dcr_clients").GetInt32());
    }

    [Fact]
    public async Task An_expired_client_cannot_register_again_where_the_resource_has_closed_registration()
    {
        var company = await host.NewCompanyAsync();
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Too late"))).Client;
        host.Clock.Advance(Lifetime + TimeSpan.FromMinutes(1));
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });

        await Expect.ErrorAsync(await new Registrant(company).TryAsync(Registrant.Public("Too late")), 400, "invalid_client_metadata");
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    [Theory]
    [InlineData("registration")]
    [InlineData("authorize")]
    [InlineData("token")]
    public async Task A_registration_does_not_expire_while_it_is_used(string use)
    {
        var company = await host.NewCompanyAsync(resource: Lasting);
        var registrant = new Registrant(company);
        var client = (await registrant.RegisterAsync(Registrant.Public("Busy"))).Client;
        var refresh = (await client.TokensAsync()).Refresh!;
        for (var i = 0; i < 3; i++)
        {
            host.Clock.Advance(TimeSpan.FromDays(60));
            await CleanUpAsync(true);
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

    /// <summary>A refused request does not prove that it comes from the client, so it must not extend the lifetime.</summary>
    [Fact]
    public async Task A_refused_request_does_not_extend_the_lifetime()
    {
        var company = await host.NewCompanyAsync();
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Knocking"))).Client;
        host.Clock.Advance(TimeSpan.FromDays(60));
        await Expect.ErrorAsync(await client.RefreshAsync("lkr_unknown"), 400, "invalid_grant");
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", "https://client.example/elsewhere"))),
            400,
            "unregistered_redirect_uri");
        host.Clock.Advance(TimeSpan.FromDays(31));

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    [Fact]
    public async Task The_last_use_is_written_at_most_once_per_day()
    {
        var company = await host.NewCompanyAsync();
        var client = (await new Registrant(company).RegisterAsync(Registrant.Public("Noted"))).Client;
        var registered = await LastSeenAsync(client.Id);
        foreach (var (hours, isWritten) in new[] { (1, false), (22, false), (2, true), (23, false), (2, true) })
        {
            host.Clock.Advance(TimeSpan.FromHours(hours));
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Anonymous.GetAsync(client.Authorize())));
            Assert.All(answers, a => Assert.Equal(HttpStatusCode.Redirect, a.StatusCode));
            var seen = await LastSeenAsync(client.Id);
            Assert.Equal(isWritten, seen > registered);
            registered = seen;
        }
    }

    [Fact]
    public async Task An_expired_confidential_client_and_its_registration_are_gone_for_good()
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
    public async Task A_client_created_by_an_operator_does_not_expire()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        host.Clock.Advance(TimeSpan.FromDays(400));
        await CleanUpAsync(true);

        using var answer = await host.Anonymous.GetAsync(client.Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    /// <summary>Any caller can register clients, use their secrets and change their metadata, without end.</summary>
    [Fact]
    public async Task An_unused_registration_leaves_no_row_for_ever()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        List<RegisteredClient> registered =
        [
            await registrant.RegisterAsync(Registrant.Public("Without end")),
            await registrant.RegisterAsync(Registrant.WithSecret("Without end")),
        ];
        await Expect.ErrorAsync(await registered[1].Client.RefreshAsync("no-token"), 400, "invalid_grant");
        (await host.Anonymous.GetAsync(registered[0].Client.Authorize())).Dispose();
        Assert.All(registered, client => Assert.NotEmpty(client.Id));

        // The refusals are written in the background, and must be there before the cleanup.
        await host.Services.GetRequiredService<SignInRecorder>().FlushAsync(CancellationToken.None);
        await host.Services.GetRequiredService<UnattributedEvents>().StoreAsync(CancellationToken.None);
        for (var i = 0; i < 12; i++)
        {
            host.Clock.Advance(TimeSpan.FromDays(60));
            await CleanUpAsync(true);
        }

        foreach (var client in registered)
        {
            Assert.Empty(await StoredText.TablesWithAsync(host, client.Id));
        }

        Assert.Empty(await StoredText.TablesWithAsync(host, "Without end"));
        var uses = await host.Services.GetRequiredService<IDatabase>().ReadAsync(
            "SELECT secret_id FROM secret_uses", SqlValues.None, Rows.Count, CancellationToken.None);
        Assert.Equal(0, uses);
    }

    private async Task CleanUpAsync(bool isDue)
    {
        if (isDue)
        {
            await host.Services.GetRequiredService<Cleanup>().SweepAsync(CancellationToken.None);
        }
    }

    private async Task<string> ConsentOfAsync(Company company, McpClient client)
    {
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize());
        return (await browser.ComeBackAsync((await company.ReportAsync(details.LoginRequestId)).CallbackPath)).Html;
    }

    private Task<long> LastSeenAsync(string id) => host.Services.GetRequiredService<IDatabase>().ReadAsync(
        "SELECT last_seen_at FROM clients WHERE id = @id", new() { { "id", id } }, static reader => reader.Read() ? reader.GetInt64(0) : 0,
        CancellationToken.None);
}

/// <summary>The setting for the lifetime of unused registrations.</summary>
public sealed class Registration_lifetime
{
    [Fact]
    public async Task A_lifetime_of_zero_keeps_registrations_forever()
    {
        await using var host = new KeepingRegistrations(TimeSpan.Zero);
        await host.InitializeAsync();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        host.Clock.Advance(TimeSpan.FromDays(2000));
        await host.Services.GetRequiredService<Cleanup>().SweepAsync(CancellationToken.None);

        using var answer = await host.Anonymous.GetAsync(client.Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(client.Id, (await McpClient.RegisterAsync(await host.CompanyAsync())).Id);
    }

    [Fact]
    public async Task A_lifetime_shorter_than_a_day_is_extended_by_every_use()
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

        private protected override Task<Settings> ConfigureAsync(Settings settings) =>
            Task.FromResult(settings with { RegistrationLifetime = lifetime });
    }
}
