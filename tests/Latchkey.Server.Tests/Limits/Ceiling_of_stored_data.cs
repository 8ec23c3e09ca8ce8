using System.Net.Http.Json;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Limits;

public sealed class Ceiling_of_stored_data_on_SQLite(WithLowCeiling host) : Ceiling_of_stored_data(host), IClassFixture<WithLowCeiling>;

public sealed class Ceiling_of_stored_data_on_PostgreSQL(WithLowCeilingOnPostgres host)
    : Ceiling_of_stored_data(host), IClassFixture<WithLowCeilingOnPostgres>;

/// <summary>Many networks, each within its budget, together cannot fill the disk.</summary>
public abstract class Ceiling_of_stored_data(LatchkeyHost host)
{
    public const int Rows = 40;
    private int networks;

    [Fact]
    public async Task Registrations_are_refused_at_three_quarters_and_sign_ins_at_all_of_it_whatever_network_they_come_from()
    {
        var ceiling = host.Services.GetRequiredService<StoredCeiling>();
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await ceiling.MeasureAsync(CancellationToken.None);
        var registered = 0;
        while (await RegisterAsync(company, registered) == 201)
        {
            Assert.InRange(++registered, 1, Rows);
        }

        Assert.Equal(429, await RegisterAsync(company, registered + 1));
        Assert.InRange(ceiling.Used, 0.75, 0.8);
        var signIns = 0;
        while (await BeginAsync(client) == 302)
        {
            Assert.InRange(++signIns, 1, Rows);
        }

        Assert.InRange(signIns, Rows / 4 - 1, Rows / 4);
        using (var page = await NewNetwork().GetAsync(client.Authorize()))
        {
            Assert.Equal(429, (int)page.StatusCode);
            Assert.Contains("started at this service", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.NotNull(page.Headers.RetryAfter);
        }

        // What this node counted is what the database holds, so that another node sees the same.
        var used = ceiling.Used;
        await ceiling.MeasureAsync(CancellationToken.None);
        Assert.Equal(used, ceiling.Used, tolerance: 0.05);

        host.Clock.Advance(TimeSpan.FromDays(200));
        await host.Services.GetRequiredService<Cleanup>().SweepAsync(CancellationToken.None);
        host.Clock.Advance(TimeSpan.FromDays(200));
        await host.Services.GetRequiredService<Cleanup>().SweepAsync(CancellationToken.None);
        await ceiling.MeasureAsync(CancellationToken.None);
        Assert.Equal(0, ceiling.Used);
        Assert.Equal(201, await RegisterAsync(company, registered + 2));
    }

    private NetworkClient NewNetwork() => new(host, $"198.18.0.{++networks}");

    private async Task<int> RegisterAsync(Company company, int number)
    {
        using var response = await NewNetwork().PostAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register", JsonContent.Create(Registrant.Public($"Program {number}")));
        return (int)response.StatusCode;
    }

    private async Task<int> BeginAsync(McpClient client)
    {
        using var response = await NewNetwork().GetAsync(client.Authorize());
        return (int)response.StatusCode;
    }
}

/// <summary>A host behind a trusted proxy that may store few rows of strangers.</summary>
public sealed class WithLowCeiling : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) => Task.FromResult(Lowered(settings));

    internal static Settings Lowered(Settings settings) => settings with
    {
        TrustedProxies = NetworkList.Parse("127.0.0.1;::1", out _)!,
        StoredRowsInTotal = Ceiling_of_stored_data.Rows,
    };
}

public sealed class WithLowCeilingOnPostgres : LatchkeyHost
{
    private protected override async Task<string> StorageAsync(string folder) =>
        "postgres:" + await (await Latchkey.Testing.PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private protected override Task<Settings> ConfigureAsync(Settings settings) => Task.FromResult(WithLowCeiling.Lowered(settings));
}
