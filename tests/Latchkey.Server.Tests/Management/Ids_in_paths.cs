using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.SignIns;

namespace Latchkey.Server.Tests.Management;

/// <summary>Ids in paths that are unknown, of another kind, or malformed.</summary>
public sealed class Ids_in_paths(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static readonly (string Id, string Kind)[] Kinds =
    [
        ("res_0000000000000000000000", "a resource"),
        ("conn_0000000000000000000000", "a connection"),
        ("m2m_0000000000000000000000", "a client"),
        ("skc_0000000000000000000000", "an API client"),
        ("lri_0000000000000000000000", "a login request"),
        ("req_0000000000000000000000", "an auth request"),
        ("grt_0000000000000000000000", "a grant"),
        ("usrcnst_0000000000000000000000", "a consent"),
        ("tkn_0000000000000000000000", "a token"),
        ("scp_0000000000000000000000", "a scope"),
        ("sec_0000000000000000000000", "a secret"),
        ("iat_0000000000000000000000", "an initial access token"),
    ];

    /// <summary>{} marks the id under test.</summary>
    public static TheoryData<string, string, string> Places => new()
    {
        { "GET", "/api/v1/resources/{}", "a resource" },
        { "PATCH", "/api/v1/resources/{}", "a resource" },
        { "DELETE", "/api/v1/resources/{}", "a resource" },
        { "POST", "/api/v1/resources/{}/connections", "a resource" },
        { "POST", "/api/v1/resources/{}/clients", "a resource" },
        { "GET", "/api/v1/resources/{}/clients", "a resource" },
        { "GET", "/api/v1/resources/{}/clients/m2m_0000000000000000000000", "a resource" },
        { "DELETE", "/api/v1/resources/{}/clients/m2m_0000000000000000000000", "a resource" },
        { "GET", "/api/v1/resources/{res}/clients/{}", "a client" },
        { "DELETE", "/api/v1/resources/{res}/clients/{}", "a client" },
        { "PATCH", "/api/v1/resources/{}/clients/m2m_0000000000000000000000", "a resource" },
        { "PATCH", "/api/v1/resources/{res}/clients/{}", "a client" },
        { "POST", "/api/v1/resources/{}/clients/m2m_0000000000000000000000/secrets", "a resource" },
        { "POST", "/api/v1/resources/{res}/clients/{}/secrets", "a client" },
        { "PUT", "/api/v1/resources/{res}/clients/{}/secrets/sec_0000000000000000000000", "a client" },
        { "DELETE", "/api/v1/resources/{res}/clients/{}/secrets/sec_0000000000000000000000", "a client" },
        { "GET", "/api/v1/oauth-clients/{}", "a client" },
        { "PATCH", "/api/v1/oauth-clients/{}", "a client" },
        { "POST", "/api/v1/resources/{}/initial-access-tokens", "a resource" },
        { "GET", "/api/v1/resources/{}/initial-access-tokens", "a resource" },
        { "DELETE", "/api/v1/resources/{}/initial-access-tokens/iat_0000000000000000000000", "a resource" },
        { "DELETE", "/api/v1/resources/{res}/initial-access-tokens/{}", "an initial access token" },
        { "GET", "/api/v1/connections/{}", "a connection" },
        { "PATCH", "/api/v1/connections/{}", "a connection" },
        { "POST", "/api/v1/connections/{}/users:revoke", "a connection" },
        { "POST", "/api/v1/connections/{}/users:erase", "a connection" },
        { "POST", "/api/v1/connections/{}/users:update", "a connection" },
        { "GET", "/api/v1/connections/{}/auth-requests/lri_0000000000000000000000", "a connection" },
        { "POST", "/api/v1/connections/{}/auth-requests/lri_0000000000000000000000/user", "a connection" },
        { "POST", "/api/v1/connections/{}/auth-requests/lri_0000000000000000000000:reject", "a connection" },
        { "GET", "/api/v1/connections/{conn}/auth-requests/{}", "a login request" },
        { "POST", "/api/v1/connections/{conn}/auth-requests/{}/user", "a login request" },
        { "POST", "/api/v1/connections/{conn}/auth-requests/{}:reject", "a login request" },
        { "GET", "/api/v1/clients/{}", "an API client" },
        { "PATCH", "/api/v1/clients/{}", "an API client" },
        { "DELETE", "/api/v1/clients/{}", "an API client" },
        { "POST", "/api/v1/clients/{}/secrets", "an API client" },
        { "PATCH", "/api/v1/clients/{}/secrets/sec_0000000000000000000000", "an API client" },
        { "DELETE", "/api/v1/clients/{}/secrets/sec_0000000000000000000000", "an API client" },
        { "PUT", "/api/v1/clients/skc_operator/secrets/{}", "a secret" },
        { "DELETE", "/api/v1/clients/m2m_0000000000000000000000/consents/{}", "a consent" },
        { "DELETE", "/api/v1/grants/{}", "a grant" },
        { "GET", "/api/v1/connections/{}/users", "a connection" },
        { "DELETE", "/api/v1/clients/skc_operator/secrets/{}", "a secret" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task An_id_of_another_kind_is_404_and_the_error_names_both_kinds(string method, string path, string kind)
    {
        foreach (var (id, its) in Kinds)
        {
            var detail = await RefusedAsync(method, path, id, kind);
            Assert.Equal(
                its == kind ? $"No {kind.Split(' ', 2)[1]} has this id." : $"{id} is {its}; this path takes {kind}.",
                References.Without(detail));
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_malformed_id_is_404_and_the_error_stays_short(string method, string path, string kind)
    {
        foreach (var text in new[] { "x", "0", "%20", "%27%20OR%201=1", "%C3%A9", "%FF", "..%2f..", "res_%01", new string('r', 9_000),
            "conn_" + new string('r', 9_000), "res_" + new string('r', 9_000), "<script>" })
        {
            Assert.InRange((await RefusedAsync(method, path, text, kind)).Length, 1, 400);
        }
    }

    [Theory]
    [InlineData("res_0000000000000000000000", "a resource")]
    [InlineData("skc_0000000000000000000000", "an API client")]
    [InlineData("grt_0000000000000000000000", "a grant")]
    public async Task An_id_of_another_kind_in_the_path_of_an_auth_request_is_404(string id, string its) => Assert.Equal(
        $"{id} is {its}; this path takes an auth request.", await RefusedAsync("GET", "/api/v1/auth-requests/{}", id, "an auth request"));

    [Theory]
    [InlineData("lri_0000000000000000000000")]
    [InlineData("req_0000000000000000000000")]
    [InlineData("req_0000000000000000000000.proof")]
    [InlineData("0000-0000")]
    [InlineData("00000000")]
    [InlineData("x")]
    public async Task An_unknown_auth_request_is_404(string key) =>
        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{key}"), 404, "auth_request_not_found");

    private async Task<string> RefusedAsync(string method, string path, string id, string kind)
    {
        var company = await host.CompanyAsync();
        var address = path.Replace("{}", id, StringComparison.Ordinal).Replace("{res}", company.ResourceId, StringComparison.Ordinal)
            .Replace("{conn}", company.ConnectionId, StringComparison.Ordinal);
        var answer = await host.TrySendAsync(
            new(method), address, method is "POST" or "PATCH" ? new { sub = "ada", email = "a@b.example" } : null);
        return await Expect.ProblemAsync(answer, 404, $"{kind.Split(' ', 2)[1].ToLowerInvariant().Replace(' ', '_')}_not_found");
    }
}
