using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Allowed_addresses_of_API_clients_on_SQLite(OnSqlite host)
    : Allowed_addresses_of_API_clients(host), IClassFixture<OnSqlite>;

public sealed class Allowed_addresses_of_API_clients_on_PostgreSQL(OnPostgres host)
    : Allowed_addresses_of_API_clients(host), IClassFixture<OnPostgres>;

/// <summary>
/// A login credential can report any user of its connection. A stolen one must be useless at another address, or at least be noticed.
/// </summary>
public abstract class Allowed_addresses_of_API_clients(LatchkeyHost host)
{
    private const string Home = "127.0.0.2";
    private const string Attacker = "127.0.0.3";

    [Fact]
    public async Task Secrets_and_tokens_are_refused_from_an_address_that_is_not_allowed()
    {
        var company = await host.CompanyAsync();
        var (path, id, secret) = await NewAsync("login", [company.ConnectionId], Home);
        var report = $"/api/v1/connections/{company.ConnectionId}/auth-requests/lri_0000000000000000000000/user";
        using var home = host.ComingFrom(Home);
        using var attacker = host.ComingFrom(Attacker);
        var token = await TokenAsync(home, id, secret);
        await Expect.ProblemAsync(await CallAsync(home, HttpMethod.Post, report, token, Company.Ada), 404, "login_request_not_found");

        var logs = Logs.Of(host);
        await Expect.ProblemAsync(await CallAsync(attacker, HttpMethod.Post, report, token, Company.Ada), 403, "address_not_allowed");
        await Expect.ErrorAsync(await AskAsync(attacker, id, secret), 401, "invalid_client");
        Assert.Contains($"Warning: API client {id} of role login was refused at {Attacker}", logs.Text, StringComparison.Ordinal);

        await host.SendAsync(HttpMethod.Patch, path, new { allowed_addresses = new[] { "127.0.0.0/29" } });
        await TokenAsync(attacker, id, secret);
        await host.SendAsync(HttpMethod.Patch, path, new { allowed_addresses = (string[]?)null });
        await TokenAsync(attacker, id, secret);
    }

    [Fact]
    public async Task Addresses_of_use_are_recorded_and_a_new_one_is_logged_once()
    {
        var (path, id, secret) = await NewAsync("management", []);
        var logs = Logs.Of(host);
        using var home = host.ComingFrom(Home);
        using var attacker = host.ComingFrom(Attacker);
        await TokenAsync(home, id, secret);
        await TokenAsync(home, id, secret);
        Assert.Equal([Home], await SeenAsync(path));
        Assert.DoesNotContain($"API client {id} of role management was used from", logs.Text, StringComparison.Ordinal);

        await TokenAsync(attacker, id, secret);
        await TokenAsync(attacker, id, secret);
        Assert.Equal([Home, Attacker], await SeenAsync(path));
        Assert.Equal(2, logs.Text.Split($"Warning: API client {id} of role management was used from the new address {Attacker}").Length);
    }

    [Theory]
    [InlineData("\"127.0.0.1\"")]
    [InlineData("7")]
    [InlineData("[7]")]
    [InlineData("[\"\"]")]
    [InlineData("[\"localhost\"]")]
    [InlineData("[\"127.0.0.1/33\"]")]
    [InlineData("[\"127.0.0.1/8\"]")]
    [InlineData("[\"127.1\"]")]
    [InlineData("[\"0x7f000001\"]")]
    [InlineData("[\"*\"]")]
    public async Task An_entry_that_is_neither_an_address_nor_a_network_is_400(string value)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"name":"n","role":"management","allowed_addresses":{{value}}}""");
        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Post, "/api/v1/clients", body), 400, "invalid_argument", "allowed_addresses");
    }

    [Fact]
    public async Task A_caller_cannot_exclude_its_own_address()
    {
        await Expect.ProblemAsync(
            await host.TrySendAsync(
                HttpMethod.Patch, $"/api/v1/clients/{LatchkeyHost.OperatorId}", new { allowed_addresses = new[] { "192.0.2.0/24" } }),
            409,
            "own_credential");
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/clients/{LatchkeyHost.OperatorId}", new { allowed_addresses = new[] { "127.0.0.0/8", "::1" } });
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/clients/{LatchkeyHost.OperatorId}", new { allowed_addresses = Array.Empty<string>() });
    }

    private async Task<(string Path, string Id, string Secret)> NewAsync(string role, string[] connections, params string[] allowed)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "n", role, connection_ids = connections, allowed_addresses = allowed });
        var id = made.GetProperty("client").GetProperty("client_id").GetString()!;
        return ($"/api/v1/clients/{id}", id, made.GetProperty("plain_secret").GetString()!);
    }

    private async Task<List<string>> SeenAsync(string path) => [.. (await host.SendAsync(HttpMethod.Get, path)).GetProperty("client")
        .GetProperty("seen_addresses").EnumerateArray().Select(a => a.GetProperty("address").GetString()!)];

    private static Task<HttpResponseMessage> AskAsync(HttpClient from, string id, string secret) =>
        from.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", secret)]));

    private static async Task<string> TokenAsync(HttpClient from, string id, string secret)
    {
        using var answer = await AskAsync(from, id, secret);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return json.GetProperty("access_token").GetString()!;
    }

    private static async Task<HttpResponseMessage> CallAsync(HttpClient from, HttpMethod method, string path, string token, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", token);
        return await from.SendAsync(request);
    }
}
