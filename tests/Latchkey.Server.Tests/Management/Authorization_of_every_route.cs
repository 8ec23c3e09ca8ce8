using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Http;
using Latchkey.Server.Management;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.SignIns;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Management;

public sealed class Authorization_of_every_route_on_SQLite(OnSqlite host) : Authorization_of_every_route(host), IClassFixture<OnSqlite>;

public sealed class Authorization_of_every_route_on_PostgreSQL(OnPostgres host)
    : Authorization_of_every_route(host), IClassFixture<OnPostgres>;

/// <summary>
/// Calls every route of the running server's management API as every caller without access, and compares the whole response. The routes
/// are read from the server: a new route is tested at once, and one that requires no role fails. Which roles a route should require is
/// listed in <see cref="Roles_of_API_clients"/>.
/// </summary>
public abstract partial class Authorization_of_every_route(LatchkeyHost host)
{
    /// <summary>Dynamic client registration needs no authentication.</summary>
    private const string Open = "/api/v1/resources/{resource}/clients:register";

    private static readonly Dictionary<string, ApiRole> Roles =
        new(StringComparer.Ordinal) { ["management"] = ApiRole.Management, ["read-only"] = ApiRole.ReadOnly, ["login"] = ApiRole.Login };

    [Fact]
    public void Every_route_requires_a_role()
    {
        var routes = Routes().Select(r => r.Pattern).ToList();
        Assert.InRange(routes.Count, 40, 400);
        Assert.Empty(Routes().Where(r => r.Required is null).Select(r => $"{r.Method} {r.Pattern} requires no role"));
    }

    [Fact]
    public async Task Every_route_is_401_without_a_token() =>
        await EachAnswersAsync(bearer: null, _ => true, 401, "Unauthorized", "unauthenticated", Problem.NoToken.Detail);

    [Theory]
    [InlineData("garbage")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    public async Task Every_route_is_401_with_a_malformed_token(string bearer) => await IsInvalidAsync(bearer);

    [Fact]
    public async Task Every_route_is_401_with_an_expired_token()
    {
        var token = await host.OperatorTokenAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(60));
        await IsInvalidAsync(token);
    }

    [Fact]
    public async Task Every_route_is_401_with_an_access_token_of_a_user_or_an_OAuth_client()
    {
        var company = await host.CompanyAsync();
        await IsInvalidAsync((await (await McpClient.RegisterAsync(company)).TokensAsync()).Access);
        var machine = await McpClient.CreateAsync(company, []);
        await IsInvalidAsync((await Tokens.OfAsync(await machine.PostAsync(
            "/oauth/token",
            [("grant_type", "client_credentials"), ("client_id", machine.Id), ("client_secret", machine.Secret)],
            []))).Access);
    }

    [Theory]
    [InlineData("management")]
    [InlineData("read-only")]
    [InlineData("login")]
    public async Task Every_route_is_403_for_a_role_it_does_not_allow(string role)
    {
        var company = await host.CompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post,
            "/api/v1/clients",
            new { name = role, role, connection_ids = role == "login" ? new[] { company.ConnectionId } : [] });
        var token = await host.ManagementTokenAsync(
            made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);

        await EachAnswersAsync(
            token, r => !ManagementPolicies.RolesOf(r.Required!).Contains(Roles[role]), 403, "Forbidden", "forbidden",
            $"The role {role} does not allow this operation.");
    }

    /// <summary>404 and not 403: a credential cannot learn whether a connection of another company exists.</summary>
    [Fact]
    public async Task A_connection_of_another_company_is_404()
    {
        var other = await host.NewCompanyAsync();
        var count = await EachAnswersAsync(
            await other.TokenAsync(), r => ManagementPolicies.RolesOf(r.Required!).Contains(ApiRole.Login), 404, "Not Found",
            "connection_not_found", "No connection has this id.");

        Assert.InRange(count, 5, 100);
    }

    private Task<int> IsInvalidAsync(string bearer) =>
        EachAnswersAsync(bearer, _ => true, 401, "Unauthorized", "invalid_token", Problem.InvalidToken.Detail);

    /// <summary>Calls each of the routes, compares the whole response and checks that nothing changed.</summary>
    private async Task<int> EachAnswersAsync(string? bearer, Func<Route, bool> which, int status, string title, string code, string detail)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var before = await StateAsync(company);
        var wrong = new List<string>();
        var routes = Routes().Where(r => r.Required is not null && which(r)).ToList();
        foreach (var route in routes)
        {
            using var request = new HttpRequestMessage(new(route.Method), PathOf(route, company, client));
            request.Content =
                route.Method is "GET" or "DELETE" ? null : new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
            request.Headers.Authorization = bearer is null ? null : new("Bearer", bearer);
            using var answer = await host.Anonymous.SendAsync(request);
            var body = References.Without(await answer.Content.ReadAsStringAsync());
            var expected = JsonSerializer.SerializeToElement(new { type = "about:blank", title, status, detail, code });
            if ((int)answer.StatusCode != status || answer.Content.Headers.ContentType?.ToString() != "application/problem+json"
                || !JsonElement.DeepEquals(expected, JsonSerializer.Deserialize<JsonElement>(body)))
            {
                wrong.Add($"{route.Method} {route.Pattern}: {(int)answer.StatusCode} {body}");
            }

            if (status == 401 && answer.Headers.WwwAuthenticate.ToString()
                != (code == "invalid_token" ? "Bearer error=\"invalid_token\"" : "Bearer realm=\"latchkey\""))
            {
                wrong.Add($"{route.Method} {route.Pattern}: WWW-Authenticate {answer.Headers.WwwAuthenticate}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(before, await StateAsync(company));
        return routes.Count;
    }

    private IEnumerable<Route> Routes() =>
        from endpoint in host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        let pattern = endpoint.RoutePattern.RawText!
        where pattern.StartsWith("/api/v1", StringComparison.Ordinal) && pattern != Open
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select new Route(method, pattern, endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy);

    /// <summary>Uses ids of existing objects, so that a call accepted by mistake would change something.</summary>
    private static string PathOf(Route route, Company company, McpClient client) =>
        Place().Replace(route.Pattern, place => place.Groups["name"].Value switch
        {
            "resource" => company.ResourceId,
            "connection" => company.ConnectionId,
            "client" when route.Pattern.StartsWith("/api/v1/clients/{client}", StringComparison.Ordinal)
                && !route.Pattern.Contains("consents", StringComparison.Ordinal) => LatchkeyHost.OperatorId,
            "client" => client.Id,
            "organization" => "acme",
            _ => "x_0000000000000000000000",
        });

    private async Task<string> StateAsync(Company company)
    {
        var lists = new List<string>();
        foreach (var list in new[] { "resources", "connections", "clients", $"resources/{company.ResourceId}/clients",
            "organizations/acme/clients", "grants?state=live" })
        {
            var json = await host.SendAsync(HttpMethod.Get, $"/api/v1/{list}");
            lists.Add(LastUse().Replace(json.GetRawText(), ""));
        }

        return string.Join('\n', lists);
    }

    private sealed record Route(string Method, string Pattern, string? Required);

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Place();

    /// <summary>The test's own requests use the operator's secret.</summary>
    [GeneratedRegex(",\"last_used_time\":\"[^\"]+\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex LastUse();
}
