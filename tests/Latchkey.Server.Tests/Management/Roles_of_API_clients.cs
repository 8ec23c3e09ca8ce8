using System.Net;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Management;

/// <summary>Which roles may call which route. Every route of the API is listed here once; a missing route fails the test.</summary>
public sealed class Roles_of_API_clients(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Management = "management";
    private const string ReadOnly = "read-only";
    private const string Login = "login";

    private static readonly Dictionary<string, string[]> Callers = new(StringComparer.Ordinal)
    {
        ["POST /api/v1/resources"] = [Management],
        ["GET /api/v1/resources"] = [Management, ReadOnly],
        ["GET /api/v1/resources/{resource}"] = [Management, ReadOnly],
        ["PATCH /api/v1/resources/{resource}"] = [Management],
        ["DELETE /api/v1/resources/{resource}"] = [Management],
        ["POST /api/v1/resources/{resource}/connections"] = [Management],
        ["POST /api/v1/resources/{resource}/clients"] = [Management],
        ["GET /api/v1/resources/{resource}/clients"] = [Management, ReadOnly],
        ["GET /api/v1/resources/{resource}/clients/{client}"] = [Management, ReadOnly],
        ["DELETE /api/v1/resources/{resource}/clients/{client}"] = [Management],
        ["PATCH /api/v1/resources/{resource}/clients/{client}"] = [Management],
        ["POST /api/v1/resources/{resource}/clients/{client}/secrets"] = [Management],
        ["PUT /api/v1/resources/{resource}/clients/{client}/secrets/{secret}"] = [Management],
        ["PATCH /api/v1/resources/{resource}/clients/{client}/secrets/{secret}"] = [Management],
        ["DELETE /api/v1/resources/{resource}/clients/{client}/secrets/{secret}"] = [Management],
        ["POST /api/v1/organizations/{organization}/clients"] = [Management],
        ["GET /api/v1/organizations/{organization}/clients"] = [Management, ReadOnly],
        ["GET /api/v1/organizations/{organization}/clients/{client}"] = [Management, ReadOnly],
        ["PATCH /api/v1/organizations/{organization}/clients/{client}"] = [Management],
        ["DELETE /api/v1/organizations/{organization}/clients/{client}"] = [Management],
        ["POST /api/v1/organizations/{organization}/clients/{client}/secrets"] = [Management],
        ["PUT /api/v1/organizations/{organization}/clients/{client}/secrets/{secret}"] = [Management],
        ["PATCH /api/v1/organizations/{organization}/clients/{client}/secrets/{secret}"] = [Management],
        ["DELETE /api/v1/organizations/{organization}/clients/{client}/secrets/{secret}"] = [Management],
        ["GET /api/v1/oauth-clients"] = [Management, ReadOnly],
        ["GET /api/v1/oauth-clients/{client}"] = [Management, ReadOnly],
        ["PATCH /api/v1/oauth-clients/{client}"] = [Management],
        ["POST /api/v1/resources/{resource}/initial-access-tokens"] = [Management],
        ["GET /api/v1/resources/{resource}/initial-access-tokens"] = [Management, ReadOnly],
        ["DELETE /api/v1/resources/{resource}/initial-access-tokens/{token}"] = [Management],
        ["POST /api/v1/webhooks"] = [Management],
        ["GET /api/v1/webhooks"] = [Management, ReadOnly],
        ["GET /api/v1/webhooks/{webhook}"] = [Management, ReadOnly],
        ["PATCH /api/v1/webhooks/{webhook}"] = [Management],
        ["DELETE /api/v1/webhooks/{webhook}"] = [Management],
        ["POST /api/v1/webhooks/{webhook}/secrets:rotate"] = [Management],
        ["POST /api/v1/webhooks/{webhook}/events:test"] = [Management],
        ["GET /api/v1/webhooks/{webhook}/deliveries"] = [Management, ReadOnly],
        ["GET /api/v1/webhooks/{webhook}/deliveries/{delivery}"] = [Management, ReadOnly],
        ["POST /api/v1/webhooks/{webhook}/deliveries/{delivery}/attempts"] = [Management],
        ["GET /api/v1/audit"] = [Management, ReadOnly],
        ["GET /api/v1/connections"] = [Management, ReadOnly],
        ["GET /api/v1/connections/{connection}"] = [Management, ReadOnly],
        ["PATCH /api/v1/connections/{connection}"] = [Management],
        ["DELETE /api/v1/connections/{connection}"] = [Management],
        ["POST /api/v1/connections/{connection}/auth-requests/{id}/user"] = [Management, Login],
        ["POST /api/v1/connections/{connection}/auth-requests/{id}:reject"] = [Management, Login],
        ["GET /api/v1/connections/{connection}/auth-requests/{id}"] = [Management, Login],
        ["POST /api/v1/connections/{connection}/users:revoke"] = [Management, Login],
        ["POST /api/v1/connections/{connection}/users:erase"] = [Management],
        ["POST /api/v1/connections/{connection}/users:update"] = [Management, Login],
        ["POST /api/v1/clients"] = [Management],
        ["GET /api/v1/clients"] = [Management, ReadOnly],
        ["GET /api/v1/clients/{client}"] = [Management, ReadOnly],
        ["PATCH /api/v1/clients/{client}"] = [Management],
        ["DELETE /api/v1/clients/{client}"] = [Management],
        ["POST /api/v1/clients/{client}/secrets"] = [Management],
        ["PUT /api/v1/clients/{client}/secrets/{secret}"] = [Management],
        ["PATCH /api/v1/clients/{client}/secrets/{secret}"] = [Management],
        ["DELETE /api/v1/clients/{client}/secrets/{secret}"] = [Management],
        ["DELETE /api/v1/clients/{client}/consents/{consent}"] = [Management],
        ["DELETE /api/v1/clients/{client}/consents/{consent}/remembered"] = [Management],
        ["GET /api/v1/user_consents"] = [Management, ReadOnly],
        ["GET /api/v1/grants"] = [Management, ReadOnly],
        ["DELETE /api/v1/grants/{grant}"] = [Management],
        ["POST /api/v1/grants/{grant}:narrow"] = [Management],
        ["GET /api/v1/connections/{connection}/users"] = [Management, ReadOnly],
        ["GET /api/v1/keys"] = [Management, ReadOnly],
        ["POST /api/v1/keys:rotate"] = [Management],
        ["POST /api/v1/configuration:apply"] = [Management],
        ["POST /api/v1/configuration:init"] = [Management],
        ["GET /api/v1/settings"] = [Management, ReadOnly],
        ["GET /api/v1/health"] = [Management, ReadOnly],
        ["GET /api/v1/auth-requests"] = [Management, ReadOnly],
        ["GET /api/v1/unattributed-events"] = [Management, ReadOnly],
        ["GET /api/v1/auth-requests/{key}"] = [Management, ReadOnly],
    };

    /// <summary>The only route of the API without authentication.</summary>
    private const string Open = "POST /api/v1/resources/{resource}/clients:register";

    public static TheoryData<string, string, bool> Calls
    {
        get
        {
            var calls = new TheoryData<string, string, bool>();
            foreach (var (call, callers) in Callers)
            {
                foreach (var role in new[] { Management, ReadOnly, Login })
                {
                    calls.Add(call, role, callers.Contains(role, StringComparer.Ordinal));
                }
            }

            return calls;
        }
    }

    [Fact]
    public void Every_route_of_the_API_is_listed_with_its_roles()
    {
        var addresses = host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}"));

        Assert.Equal(
            Callers.Keys.Append(Open).Order(StringComparer.Ordinal),
            addresses.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_role_may_call_its_own_routes_and_is_403_on_all_others(string call, string role, bool mayCall)
    {
        var company = await host.CompanyAsync();
        var (id, secret) = await CredentialAsync(company, role);
        var (method, path) = Address(call, company);
        var answer = await host.SendAsync(id, secret, method, path, method == HttpMethod.Get ? null : new { nothing = true });
        if (mayCall)
        {
            // Authorized: an error is about the object or the body.
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.BadRequest });
            answer.Dispose();
        }
        else
        {
            Assert.Contains(role, await Expect.ProblemAsync(answer, 403, "forbidden"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_route_is_401_without_a_token()
    {
        foreach (var call in Callers.Keys)
        {
            var (method, path) = Address(call, await host.CompanyAsync());
            using var request = new HttpRequestMessage(method, path);
            await Expect.ProblemAsync(await host.Anonymous.SendAsync(request), 401, "unauthenticated");
        }
    }

    private readonly Dictionary<string, (string Id, string Secret)> credentials = new(StringComparer.Ordinal);

    private async Task<(string Id, string Secret)> CredentialAsync(Company company, string role)
    {
        if (!credentials.TryGetValue(role, out var known))
        {
            var json = await host.SendAsync(
                HttpMethod.Post,
                "/api/v1/clients",
                new { name = role, role, connection_ids = role == Login ? new[] { company.ConnectionId } : [] });
            credentials[role] =
                known = (json.GetProperty("client").GetProperty("client_id").GetString()!, json.GetProperty("plain_secret").GetString()!);
        }

        return known;
    }

    private static (HttpMethod Method, string Path) Address(string call, Company company)
    {
        var parts = call.Split(' ');
        var path = parts[1].Replace(
            "{resource}", parts[0] == "DELETE" ? "res_0000000000000000000000" : company.ResourceId, StringComparison.Ordinal)
            .Replace(
                "{connection}", parts[0] == "DELETE" ? "conn_0000000000000000000000" : company.ConnectionId, StringComparison.Ordinal)
            .Replace("{id}", "lri_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{token}", "iat_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{key}", "lri_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{consent}", "usrcnst_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{grant}", "grt_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{organization}", "acme", StringComparison.Ordinal)
            .Replace("{webhook}", "wh_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{delivery}", "whd_0000000000000000000000", StringComparison.Ordinal)
            .Replace("{secret}", "sec_0000000000000000000000", StringComparison.Ordinal)
            .Replace(
                "{client}",
                parts[1].StartsWith("/api/v1/clients/", StringComparison.Ordinal)
                && !parts[1].Contains("consents", StringComparison.Ordinal)
                    ? "skc_0000000000000000000000"
                    : "m2m_0000000000000000000000",
                StringComparison.Ordinal);
        return (new HttpMethod(parts[0]), path);
    }
}
