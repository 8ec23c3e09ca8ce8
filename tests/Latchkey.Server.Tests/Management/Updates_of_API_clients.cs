using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Updates_of_API_clients_on_SQLite(OnSqlite host) : Updates_of_API_clients(host), IClassFixture<OnSqlite>;

public sealed class Updates_of_API_clients_on_PostgreSQL(OnPostgres host) : Updates_of_API_clients(host), IClassFixture<OnPostgres>;

public abstract class Updates_of_API_clients(LatchkeyHost host)
{
    [Fact]
    public async Task A_change_of_role_or_status_applies_to_tokens_already_issued()
    {
        var (id, secret) = await NewAsync("management");
        using (var let = await host.SendAsync(id, secret, HttpMethod.Post, "/api/v1/clients", new { name = "made", role = "read-only" }))
        {
            Assert.Equal(201, (int)let.StatusCode);
        }

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{id}", new { role = "read-only" });
        await Expect.ProblemAsync(
            await host.SendAsync(id, secret, HttpMethod.Post, "/api/v1/clients", new { name = "made", role = "read-only" }),
            403,
            "forbidden");
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{id}", new { enabled = false });
        await Expect.ProblemAsync(await host.SendAsync(id, secret, HttpMethod.Get, "/api/v1/clients"), 401, "invalid_token");
        using var refused = await host.Anonymous.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", secret)]));
        Assert.Equal(401, (int)refused.StatusCode);

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{id}", new { enabled = true });
        using var again = await host.SendAsync(id, secret, HttpMethod.Get, "/api/v1/clients");
        Assert.Equal(200, (int)again.StatusCode);
    }

    /// <summary>After the move the credential cannot reach its former connection.</summary>
    [Fact]
    public async Task A_login_credential_moves_from_one_connection_to_another()
    {
        var (one, other) = (await host.CompanyAsync(), await host.NewCompanyAsync());
        var (id, secret) = await NewAsync("login", one.ConnectionId);
        await Expect.ProblemAsync(await ReportAsync(id, secret, one), 404, "login_request_not_found");
        var changed = await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/clients/{id}", new { name = "moved", connection_ids = new[] { other.ConnectionId } });

        Assert.Equal("moved", changed.GetProperty("client").GetProperty("name").GetString());
        await Expect.ProblemAsync(await ReportAsync(id, secret, one), 404, "connection_not_found");
        await Expect.ProblemAsync(await ReportAsync(id, secret, other), 404, "login_request_not_found");
    }

    [Fact]
    public async Task Only_the_login_role_takes_connections()
    {
        var company = await host.CompanyAsync();
        var (id, _) = await NewAsync("login", company.ConnectionId);
        var path = $"/api/v1/clients/{id}";
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { connection_ids = Array.Empty<string>() }), 400, "invalid_argument",
            "connection_ids");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { connection_ids = (string[]?)null }), 400, "invalid_argument",
            "connection_ids");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { role = "management", connection_ids = new[] { company.ConnectionId } }),
            400, "invalid_argument", "connection_ids");
        var changed = await host.SendAsync(HttpMethod.Patch, path, new { role = "management" });
        Assert.Empty(changed.GetProperty("client").GetProperty("connection_ids").EnumerateArray());
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { role = "login" }), 400, "invalid_argument", "connection_ids");
    }

    [Theory]
    [InlineData("enabled", "false")]
    [InlineData("role", "\"read-only\"")]
    public async Task A_caller_cannot_disable_or_demote_its_own_credential(string member, string value)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"{{member}}":{{value}}}""");
        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Patch, $"/api/v1/clients/{LatchkeyHost.OperatorId}", body), 409, "own_credential");
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/clients/{LatchkeyHost.OperatorId}", new { name = "Operator", role = "management", enabled = true });
    }

    [Fact]
    public async Task A_caller_cannot_delete_its_own_credential_and_it_stays_valid()
    {
        var (id, secret) = await NewAsync("management");
        var (other, _) = await NewAsync("management");
        await Expect.ProblemAsync(await host.SendAsync(id, secret, HttpMethod.Delete, $"/api/v1/clients/{id}"), 409, "own_credential");
        Assert.Equal(
            id, (await host.SendAsync(HttpMethod.Get, $"/api/v1/clients/{id}")).GetProperty("client").GetProperty("client_id").GetString());
        await host.ManagementTokenAsync(id, secret);

        using var deleted = await host.SendAsync(id, secret, HttpMethod.Delete, $"/api/v1/clients/{other}");
        Assert.Equal(200, (int)deleted.StatusCode);
    }

    private async Task<(string Id, string Secret)> NewAsync(string role, params string[] connections)
    {
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "changing", role, connection_ids = connections });
        return (made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
    }

    private Task<HttpResponseMessage> ReportAsync(string id, string secret, Company company) => host.SendAsync(
        id, secret, HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/auth-requests/lri_0000000000000000000000/user",
        Company.Ada);
}
