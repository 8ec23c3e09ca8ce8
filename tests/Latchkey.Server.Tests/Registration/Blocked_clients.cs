using System.Net;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Registration;

public sealed class Blocked_clients_on_SQLite(OnSqlite host) : Blocked_clients(host), IClassFixture<OnSqlite>;

public sealed class Blocked_clients_on_PostgreSQL(OnPostgres host) : Blocked_clients(host), IClassFixture<OnPostgres>;

/// <summary>
/// A client that an operator blocked cannot return with equivalent metadata or after some time, until the block is lifted.
/// </summary>
public abstract class Blocked_clients(LatchkeyHost host)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_blocked_client_is_refused_everywhere_and_its_metadata_cannot_be_registered_again(bool isConfidential)
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var metadata = isConfidential ? Registrant.WithSecret("Unwanted") : Registrant.Public("Unwanted");
        var registered = await registrant.RegisterAsync(metadata);
        var tokens = await registered.Client.TokensAsync();
        await Blocking.SetEnabledAsync(host, registered.Id, isEnabled: false);

        await Expect.PageAsync(await host.Anonymous.GetAsync(registered.Client.Authorize()), 400, "unknown_client");
        await Expect.ErrorAsync(await registered.Client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        await Expect.ErrorAsync(await registrant.TryAsync(metadata), 400, "invalid_client_metadata");
        await Expect.ErrorAsync(
            await new Registrant(company, (await Registrant.InitialTokenAsync(company)).Token).TryAsync(metadata),
            400,
            "invalid_client_metadata");
        if (isConfidential)
        {
            await Expect.BearerRefusedAsync(await registered.SendAsync(HttpMethod.Get));
        }

        host.Clock.Advance(TimeSpan.FromDays(400));
        await Expect.ErrorAsync(await registrant.TryAsync(metadata), 400, "invalid_client_metadata");
        await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients/{registered.Id}");
    }

    [Fact]
    public async Task An_unblocked_client_keeps_its_grants()
    {
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(Registrant.Public("Forgiven"));
        var tokens = await registered.Client.TokensAsync();
        await Blocking.SetEnabledAsync(host, registered.Id, isEnabled: false);
        await Blocking.SetEnabledAsync(host, registered.Id, isEnabled: true);

        await Tokens.OfAsync(await registered.Client.RefreshAsync(tokens.Refresh!));
        Assert.Equal(registered.Id, (await new Registrant(company).RegisterAsync(Registrant.Public("Forgiven"))).Id);
    }

    /// <summary>Variations of the metadata that do not make another client.</summary>
    [Fact]
    public async Task A_blocked_client_is_recognized_by_equivalent_metadata()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var registered = await registrant.RegisterAsync(new
        {
            client_name = "Unwanted",
            redirect_uris = new[] { "http://127.0.0.1:1/a", Registrant.Redirect },
            token_endpoint_auth_method = "none"
        });
        await Blocking.SetEnabledAsync(host, registered.Id, isEnabled: false);

        foreach (var again in new object[]
        {
            new
            {
                client_name = "Unwanted",
                redirect_uris = new[] { Registrant.Redirect, "http://127.0.0.1:2/a" },
                token_endpoint_auth_method = "none"
            },
            new
            {
                client_name = "Unwanted",
                redirect_uris = new[] { Registrant.Redirect, "http://127.0.0.1:2/a", "http://127.0.0.1/a", Registrant.Redirect },
                token_endpoint_auth_method = "none"
            },
            new
            {
                client_name = "Unwanted",
                redirect_uris = new[] { Registrant.Redirect, "http://127.0.0.1:2/a" },
                token_endpoint_auth_method = "none",
                grant_types = new[] { "authorization_code", "authorization_code" }
            },
            new
            {
                client_name = "Unwanted",
                redirect_uris = new[] { Registrant.Redirect, "http://127.0.0.1:2/a" },
                token_endpoint_auth_method = "none",
                scope = "notes:read",
                client_id = "m2m_0000000000000000000000",
                software_id = "other"
            },
            new
            {
                client_name = "Unwanted",
                redirect_uris = new[] { Registrant.Redirect, "http://127.0.0.1:2/a" },
                token_endpoint_auth_method = "none",
                client_uri = "",
                logo_uri = (string?)null,
                application_type = "web"
            },
        })
        {
            await Expect.ErrorAsync(await registrant.TryAsync(again), 400, "invalid_client_metadata");
        }
    }

    [Fact]
    public async Task A_blocked_confidential_client_cannot_register_again_under_another_id()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var registered = await registrant.RegisterAsync(Registrant.WithSecret("Unwanted"));
        await Blocking.SetEnabledAsync(host, registered.Id, isEnabled: false);

        await Expect.ErrorAsync(await registrant.TryAsync(Registrant.WithSecret("Unwanted")), 400, "invalid_client_metadata");
        await registrant.RegisterAsync(Registrant.WithSecret("Wanted"));
        await new Registrant(await host.NewCompanyAsync()).RegisterAsync(Registrant.WithSecret("Unwanted"));
    }

    /// <summary>A block is listed, can be lifted, and goes with its client.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_blocked_client_is_listed_and_its_block_ends_with_the_client(bool isConfidential)
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var metadata = isConfidential ? Registrant.WithSecret("Once unwanted") : Registrant.Public("Once unwanted");
        var registered = await registrant.RegisterAsync(metadata);
        var address = $"/api/v1/resources/{company.ResourceId}/clients";
        await host.SendAsync(HttpMethod.Patch, $"{address}/{registered.Id}", new { enabled = false });
        await Expect.ErrorAsync(await registrant.TryAsync(metadata), 400, "invalid_client_metadata");

        var listed = Assert.Single(
            (await host.SendAsync(HttpMethod.Get, address)).GetProperty("clients").EnumerateArray(),
            c => c.GetProperty("client_id").GetString() == registered.Id);
        Assert.False(listed.GetProperty("enabled").GetBoolean());
        await host.SendAsync(HttpMethod.Delete, $"{address}/{registered.Id}");
        Assert.NotEqual(registered.Id, (await registrant.RegisterAsync(metadata)).Id);
    }
}

public sealed class Blocked_CIMD_clients(WithClientHost host) : IClassFixture<WithClientHost>
{
    [Fact]
    public async Task A_blocked_CIMD_client_stays_blocked_whatever_its_document_says()
    {
        var company = await host.NewCompanyAsync();
        var client = new McpClient(company, "https://client.example/unwanted", secret: null, Registrant.Redirect);
        Publish(client, "Unwanted");
        var tokens = await client.TokensAsync();
        await Blocking.SetEnabledAsync(host, client.Id, isEnabled: false);

        foreach (var name in new[] { "Unwanted", "Quite another" })
        {
            Publish(client, name);
            await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "client_blocked");
            await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
            await Expect.ErrorAsync(await client.PostAsync(
                "/oauth/par",
                [.. Browser.QueryOf(new Uri(host.BaseUrl + client.Authorize())).Select(p => (p.Key, (string?)p.Value))],
                []), 401, "invalid_client");
            host.Clock.Advance(TimeSpan.FromDays(2));
        }

        await Blocking.SetEnabledAsync(host, client.Id, isEnabled: true);
        using var answer = await host.Anonymous.GetAsync(client.Authorize());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    private void Publish(McpClient client, string name) => host.Clients!.Publish(
        client.Id["https://".Length..],
        new
        {
            client_id = client.Id,
            client_name = name,
            redirect_uris = new[] { client.RedirectUri },
            grant_types = new[] { "authorization_code", "refresh_token" }
        });
}

/// <summary>Blocks and unblocks a client as an operator does.</summary>
internal static class Blocking
{
    public static async Task SetEnabledAsync(LatchkeyHost host, string id, bool isEnabled)
    {
        var store = host.Services.GetRequiredService<ClientStore>();
        var client = await store.FindAsync(ClientId.Parse(id)!.Value, CancellationToken.None);
        var changed = client! with { IsEnabled = isEnabled, UpdatedAt = host.Clock.GetUtcNow() };
        Assert.IsType<ConfigurationChange.Done>(await host.Services.GetRequiredService<ClientDirectory>()
            .UpdateAsync(client, changed, new Actor.Machine("test"), CancellationToken.None));
        await host.Services.GetRequiredService<ConfigurationCache>().ReloadAsync(CancellationToken.None);
    }
}
