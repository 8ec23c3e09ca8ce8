using System.Text;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Credentials;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.ConfigurationFile;

public sealed class Concurrent_changes_during_apply_on_SQLite(OnSqlite host)
    : Concurrent_changes_during_apply(host), IClassFixture<OnSqlite>;

public sealed class Concurrent_changes_during_apply_on_PostgreSQL(OnPostgres host)
    : Concurrent_changes_during_apply(host), IClassFixture<OnPostgres>;

/// <summary>A change over the API between the reading of a file and the writing of its changes.</summary>
public abstract class Concurrent_changes_during_apply(LatchkeyHost host)
{
    [Theory]
    [InlineData("resource")]
    [InlineData("connection")]
    [InlineData("API client")]
    public async Task A_change_made_after_the_plan_is_not_overwritten_and_is_reported(string kind)
    {
        var company = await host.NewCompanyAsync();
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Before", role = "read-only" });
        var client = made.GetProperty("client").GetProperty("client_id").GetString();
        var stored = new StoredConfiguration(
            Part<ConfigurationStore>(), Part<ClientDirectory>(), Part<SecretUses>(), Part<KeyRing>(),
            new(Part<KeyRing>()));
        var (yaml, path, change) = kind switch
        {
            "resource" => ($"resources: [{{ resource_uri: \"{company.ResourceUri}\", name: Of the file }}]",
                $"/api/v1/resources/{company.ResourceId}", (object)new { name = "Changed by another caller" }),
            "connection" => ($"resources: [{{ resource_uri: \"{company.ResourceUri}\", connection: {{ enabled: false }} }}]",
                $"/api/v1/connections/{company.ConnectionId}", new { login_url = "https://else.example/login" }),
            _ => ($"api_clients: [{{ client_id: {client}, name: Of the file }}]", $"/api/v1/clients/{client}",
                new { name = "Changed by another caller" }),
        };
        var before = await StoredConfiguration.LoadAsync(Part<IDatabase>(), CancellationToken.None);
        var errors = new FileErrors("latchkey.yaml");
        var settings = new Settings { BaseUrl = host.BaseUrl };
        var answer = FileReader.Read(
            FileParser.Parse(Encoding.UTF8.GetBytes(yaml), errors)!, before,
            new(settings, _ => null, Prunes: false, host.Clock.GetUtcNow()), errors);
        var right = Assert.IsType<FileReadResult.Right>(answer);
        await host.SendAsync(HttpMethod.Patch, path, change);
        var overtaking = (await host.SendAsync(HttpMethod.Get, path)).GetRawText();
        var plan = Plan.Between(before, right.Target, right.References);

        var error = await stored.CarryOutAsync(plan, new Actor.Machine("apply"), host.Clock.GetUtcNow());
        Assert.StartsWith($"The {kind} ", error, StringComparison.Ordinal);
        Assert.Contains(" was changed at the same time.", error, StringComparison.Ordinal);
        Assert.Equal(overtaking, (await host.SendAsync(HttpMethod.Get, path)).GetRawText());
    }

    private T Part<T>()
        where T : notnull => host.Services.GetRequiredService<T>();
}
