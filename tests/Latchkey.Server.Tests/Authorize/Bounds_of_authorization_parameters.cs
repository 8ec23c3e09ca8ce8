using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>An authorization request is stored before any person has signed in, so what a stranger can put into it is bounded.</summary>
public sealed class Bounds_of_authorization_parameters(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const int MaxState = 8 * 1024;

    [Fact]
    public async Task A_state_of_8_KiB_is_accepted_and_a_longer_one_is_refused_with_a_page()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var fits = await PostAsync(client, "authorize", ("state", new string('s', MaxState)));
        Assert.Equal(302, (int)fits.StatusCode);

        await Expect.PageAsync(await PostAsync(client, "authorize", ("state", new string('s', MaxState + 1))), 400, "state_too_long");

        // The limit counts bytes: each of these characters has two.
        var tooLong = await PostAsync(client, "authorize", ("state", new string('é', (MaxState / 2) + 1)));
        await Expect.PageAsync(tooLong, 400, "state_too_long");
    }

    [Fact]
    public async Task A_pushed_state_of_more_than_8_KiB_is_refused_and_nothing_is_stored()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        await Expect.ErrorAsync(await PostAsync(client, "par", ("state", new string('s', MaxState + 1))), 400, "invalid_request");
        Assert.Empty(await StoredAsync(client));
    }

    [Theory]
    [InlineData("login_hint")]
    [InlineData("nonce")]
    [InlineData("acr_values")]
    [InlineData("ui_locales")]
    [InlineData("prompt")]
    [InlineData("scope")]
    public async Task Another_parameter_that_is_too_long_is_invalid_request(string name)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        await Expect.ErrorAsync(await PostAsync(client, "par", (name, new string('x', 9_000))), 400, "invalid_request");
        using var refused = await PostAsync(client, "authorize", (name, new string('x', 9_000)));
        Assert.Equal("invalid_request", Browser.QueryOf(refused.Headers.Location!)["error"]);
    }

    [Fact]
    public async Task A_resource_that_is_repeated_more_than_ten_times_is_refused()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var repeated = Enumerable.Repeat(("resource", (string?)company.ResourceUri), 11).ToArray();
        await Expect.ErrorAsync(await PostAsync(client, "par", repeated), 400, "invalid_request");
    }

    [Fact]
    public async Task Only_known_parameters_of_a_pushed_request_are_stored()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var pushed = await PostAsync(client, "par", ("unknown", new string('u', 200_000)), ("nonce", "kept"));
        Assert.Equal(201, (int)pushed.StatusCode);
        var stored = Assert.Single(await StoredAsync(client));
        Assert.DoesNotContain("unknown", stored, StringComparison.Ordinal);
        Assert.Contains("kept", stored, StringComparison.Ordinal);
        Assert.InRange(stored.Length, 100, 1_500);
    }

    private Task<HttpResponseMessage> PostAsync(McpClient client, string endpoint, params (string Name, string? Value)[] changes)
    {
        var form = Browser.QueryOf(new Uri("http://x" + client.Authorize())).Where(p => changes.All(c => c.Name != p.Key))
            .Select(p => KeyValuePair.Create(p.Key, p.Value))
            .Concat(changes.Select(c => KeyValuePair.Create(c.Name, c.Value!)));
        return host.Anonymous.PostAsync($"{client.Entry}/oauth/{endpoint}", new FormUrlEncodedContent(form));
    }

    private Task<List<string>> StoredAsync(McpClient client) => host.Services.GetRequiredService<IDatabase>().ReadAsync(
        "SELECT parameters FROM pushed_requests WHERE client_id = @client",
        new() { { "client", client.Id } },
        static reader =>
        {
            var rows = new List<string>();
            while (reader.Read())
            {
                rows.Add(reader.GetString(0));
            }

            return rows;
        },
        CancellationToken.None);
}
