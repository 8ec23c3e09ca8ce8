using System.Net;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Management;

public sealed class Changing_a_resource_with_its_connection_on_SQLite(OnSqlite host)
    : Changing_a_resource_with_its_connection(host), IClassFixture<OnSqlite>;

public sealed class Changing_a_resource_with_its_connection_on_PostgreSQL(OnPostgres host)
    : Changing_a_resource_with_its_connection(host), IClassFixture<OnPostgres>;

/// <summary>A PATCH with <c>custom_connection_settings</c> changes a resource and its connection in one transaction.</summary>
public abstract class Changing_a_resource_with_its_connection(LatchkeyHost host)
{
    private ConfigurationStore Store => host.Services.GetRequiredService<ConfigurationStore>();

    private Actor Actor { get; } = new Actor.Machine("test");

    [Fact]
    public async Task Changes_both_and_records_both()
    {
        var company = await host.NewCompanyAsync();
        var changed = await PatchAsync(
            company.ResourceId,
            new { name = "Together", custom_connection_settings = new { authorize_uri = "https://new.example/login" } });

        Assert.Equal(("Together", "https://new.example/login"), Values(changed));
        Assert.Equal("resource.changed", await NewestActionAsync(company.ResourceId));
        Assert.Equal("connection.changed", await NewestActionAsync(company.ConnectionId));
        Assert.Equal("ok", (await host.SendAsync(HttpMethod.Get, "/api/v1/health")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Creates_the_connection_of_a_resource_that_has_none()
    {
        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/resources", new { name = "Alone", resource_uri = "https://alone.example/mcp" });
        var changed = await PatchAsync(
            made.GetProperty("resource").GetProperty("id").GetString()!,
            new { custom_connection_settings = new { authorize_uri = "https://first.example/login" } });

        Assert.Equal(("Alone", "https://first.example/login"), Values(changed));
        Assert.Equal("connection.created", await NewestActionAsync(changed.GetProperty("connection_id").GetString()!));
    }

    [Fact]
    public async Task Changes_neither_when_the_resource_cannot_be_changed()
    {
        var (one, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var before = await ConfigurationAsync();
        using var answer = await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{one.ResourceId}",
            new { resource_uri = other.ResourceUri, custom_connection_settings = new { authorize_uri = "https://new.example/login" } });

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal(before, await ConfigurationAsync());
    }

    /// <summary>Another writer changed the connection after it was read.</summary>
    [Fact]
    public async Task Changes_neither_when_the_connection_was_changed_since_it_was_read()
    {
        var company = await host.NewCompanyAsync();
        var (resource, connection) = await ReadAsync(company);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { login_url = "https://overtaking.example/login" });
        var before = await ConfigurationAsync();

        var change = await Store.UpdateAsync(
            resource, resource with { Name = "Lost" }, connection, connection with { LoginUrl = "https://lost.example/login" }, Actor,
            CancellationToken.None);

        Assert.IsType<ConfigurationChange.Overtaken>(change);
        Assert.Equal(before, await ConfigurationAsync());
    }

    [Fact]
    public async Task Changes_neither_when_the_resource_was_changed_since_it_was_read()
    {
        var company = await host.NewCompanyAsync();
        var (resource, connection) = await ReadAsync(company);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { description = "Overtaking" });
        var before = await ConfigurationAsync();

        var replaced = await Store.UpdateAsync(
            resource, resource with { Name = "Lost" }, connection, connection with { LoginUrl = "https://lost.example/login" }, Actor,
            CancellationToken.None);
        var created = await Store.UpdateAsync(
            resource, resource with { Name = "Lost" }, connectionBefore: null, connection with { Id = ConnectionId.New() }, Actor,
            CancellationToken.None);

        Assert.IsType<ConfigurationChange.Overtaken>(replaced);
        Assert.IsType<ConfigurationChange.Overtaken>(created);
        Assert.Equal(before, await ConfigurationAsync());
    }

    private async Task<(Resource Resource, Connection Connection)> ReadAsync(Company company)
    {
        var snapshot = await Store.LoadAsync(CancellationToken.None);
        return (snapshot.Find(new ResourceId(company.ResourceId))!, snapshot.Find(new ConnectionId(company.ConnectionId))!);
    }

    private async Task<JsonElement> PatchAsync(string resource, object body) =>
        (await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{resource}", body)).GetProperty("resource");

    private async Task<string?> NewestActionAsync(string target) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={target}")).GetProperty("entries")[0]
            .GetProperty("action").GetString();

    private async Task<string> ConfigurationAsync() =>
        $"{await host.SendAsync(HttpMethod.Get, "/api/v1/resources")}\n{await host.SendAsync(HttpMethod.Get, "/api/v1/connections")}\n"
        + $"{await host.SendAsync(HttpMethod.Get, "/api/v1/audit")}";

    private static (string? Name, string? LoginUrl) Values(JsonElement resource) =>
        (resource.GetProperty("name").GetString(), resource.GetProperty("connection_details").GetProperty("login_url").GetString());
}
