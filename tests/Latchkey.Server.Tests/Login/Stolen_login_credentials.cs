using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.SignIns;

namespace Latchkey.Server.Tests.Login;

public sealed class Stolen_login_credentials_on_SQLite(OnSqlite host) : Stolen_login_credentials(host), IClassFixture<OnSqlite>;

public sealed class Stolen_login_credentials_on_PostgreSQL(OnPostgres host) : Stolen_login_credentials(host), IClassFixture<OnPostgres>;

/// <summary>
/// An attacker has the <c>login</c> credential of one connection: every other connection is answered like one that does not exist, and is
/// not changed.
/// </summary>
public abstract class Stolen_login_credentials(LatchkeyHost host)
{
    private static readonly object Mallory = new { sub = "mallory", email = "mallory@evil.example" };

    /// <summary>
    /// {conn} is the connection of the other company, {own} that of the attacker, {lri} a login request of the other company.
    /// </summary>
    public static TheoryData<string, string, string> Calls => new()
    {
        { "POST", "/api/v1/connections/{conn}/auth-requests/{lri}/user", "connection_not_found" },
        { "POST", "/api/v1/connections/{conn}/auth-requests/{lri}:reject", "connection_not_found" },
        { "GET", "/api/v1/connections/{conn}/auth-requests/{lri}", "connection_not_found" },
        { "POST", "/api/v1/connections/{conn}/auth-requests/lri_0000000000000000000000/user", "connection_not_found" },
        { "GET", "/api/v1/connections/{conn}/auth-requests/lri_0000000000000000000000", "connection_not_found" },
        { "POST", "/api/v1/connections/{conn}/users:revoke", "connection_not_found" },
        { "POST", "/api/v1/connections/{conn}/users:update", "connection_not_found" },
        { "POST", "/api/v1/connections/{own}/auth-requests/{lri}/user", "login_request_not_found" },
        { "POST", "/api/v1/connections/{own}/auth-requests/{lri}:reject", "login_request_not_found" },
        { "GET", "/api/v1/connections/{own}/auth-requests/{lri}", "login_request_not_found" },
        { "POST", "/api/v1/connections/{own}/users:revoke", "user_not_found" },
        { "POST", "/api/v1/connections/{own}/users:update", "user_not_found" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_credential_of_another_connection_is_answered_by_404_and_changes_nothing(string method, string path, string code)
    {
        var attacker = await host.NewCompanyAsync();
        using var waiting = await LoginFlow.AtAsync(host, LoginFlow.AwaitingLogin);
        using var finished = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        var address = path.Replace("{conn}", waiting.Company.ConnectionId, StringComparison.Ordinal)
            .Replace("{own}", attacker.ConnectionId, StringComparison.Ordinal)
            .Replace("{lri}", waiting.Redirect.LoginRequestId, StringComparison.Ordinal);
        object? body = method == "GET" ? null
            : path.EndsWith(":reject", StringComparison.Ordinal) ? new { error = "access_denied" }
            : path.EndsWith(":revoke", StringComparison.Ordinal) ? new { sub = "ada" }
            : path.EndsWith(":update", StringComparison.Ordinal) ? new { sub = "ada", email = "mallory@evil.example" }
            : Mallory;

        await Expect.ProblemAsync(await attacker.SendAsync(new(method), address, body), 404, code);
        await finished.ExpectUnchangedAsync();
        Assert.Equal("ada@acme.example", finished.Tokens!.Claims.GetProperty("email").GetString());
        await waiting.ExpectUnchangedAsync();
        Assert.DoesNotContain("login.report_refused", await waiting.SignInEventsAsync(), StringComparer.Ordinal);
    }

    /// <summary>A different response would reveal which connections and login requests exist.</summary>
    [Fact]
    public async Task Responses_do_not_reveal_which_connections_and_login_requests_exist()
    {
        var attacker = await host.NewCompanyAsync();
        using var waiting = await LoginFlow.BeginAsync(host);
        foreach (var path in new[] { "/auth-requests/{lri}", "/auth-requests/{lri}/user", "/auth-requests/{lri}:reject", "/users:revoke",
            "/users:update" })
        {
            var responses = new List<string>();
            foreach (var (connection, loginRequest) in new[] { (waiting.Company.ConnectionId, waiting.Redirect.LoginRequestId),
                (waiting.Company.ConnectionId, "lri_0000000000000000000000"),
                ("conn_0000000000000000000000", waiting.Redirect.LoginRequestId) })
            {
                using var response = await attacker.SendAsync(
                    path == "/auth-requests/{lri}" ? HttpMethod.Get : HttpMethod.Post,
                    $"/api/v1/connections/{connection}{path.Replace("{lri}", loginRequest, StringComparison.Ordinal)}",
                    path == "/auth-requests/{lri}" ? null : Mallory);
                var body = await response.Content.ReadAsStringAsync();

                // Each refused report is an event of its own, so its reference tells nothing.
                responses.Add($"{(int)response.StatusCode} {References.Without(body)}");
            }

            Assert.Single(responses.Distinct(StringComparer.Ordinal));
        }

        await waiting.ExpectUnchangedAsync();
    }

    /// <summary>A user is identified by (connection, sub): the same sub at the connection of the attacker is another user.</summary>
    [Fact]
    public async Task The_same_sub_at_another_connection_is_another_user()
    {
        using var victim = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        var attacker = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(attacker);
        var forged = await client.TokensAsync(new { sub = "ada", email = "ada@acme.example" });
        Assert.Equal(attacker.ConnectionId, forged.Claims.GetProperty("connection_id").GetString());
        Assert.Equal(
            [attacker.ResourceId, attacker.ResourceUri], forged.Claims.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));

        using var revoked = await attacker.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{attacker.ConnectionId}/users:revoke", new { sub = "ada" });
        Assert.Equal(1, (await revoked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("grants_ended").GetInt32());
        await victim.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task A_deleted_credential_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var created = await host.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "leaked", role = "login", connection_ids = new[] { company.ConnectionId } });
        var (id, secret) =
            (created.GetProperty("client").GetProperty("client_id").GetString()!, created.GetProperty("plain_secret").GetString()!);
        var path = $"/api/v1/connections/{company.ConnectionId}/users:revoke";
        await Expect.ProblemAsync(await host.SendAsync(id, secret, HttpMethod.Post, path, new { sub = "nobody" }), 404, "user_not_found");
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{id}");

        await Expect.ProblemAsync(await host.SendAsync(id, secret, HttpMethod.Post, path, new { sub = "nobody" }), 401, "invalid_token");
        using var form = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", secret)]);
        await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/token", form), 401, "invalid_client");
    }
}
