using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Discovery;

/// <summary>Contents of the documents. Each address in them answers.</summary>
public sealed class Discovery_documents(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    [Spec("RFC 8414 §2", "endpoints", "response-types", "scopes", "assertion-algorithms", "assertion-rs256")]
    [Spec("RFC 9126 §5", "metadata")]
    [Spec("MCP 2026-07-28 §Refresh tokens", "no-offline-access-in-resource-metadata")]
    public async Task Server_metadata_has_what_clients_need_and_its_endpoints_answer()
    {
        var company = await host.NewCompanyAsync();
        foreach (var path in new[] { "/.well-known/oauth-authorization-server",
            $"/.well-known/oauth-authorization-server/resources/{company.ResourceId}" })
        {
            var document = await host.Anonymous.GetFromJsonAsync<JsonElement>(path);

            Assert.Equal(["code"], Texts(document, "response_types_supported"));
            Assert.Equal(["query", "form_post"], Texts(document, "response_modes_supported"));
            Assert.Equal(
                ["authorization_code", "client_credentials", "refresh_token"],
                Texts(document, "grant_types_supported").Intersect(["authorization_code", "client_credentials", "refresh_token"])
                    .Order(StringComparer.Ordinal));
            Assert.Empty(new[] { "notes:read", "notes:write", "openid", "profile", "email", "offline_access" }.Except(
                Texts(document, "scopes_supported")));
            Assert.Equal(
                ["none", "client_secret_post", "client_secret_basic", "private_key_jwt"],
                Texts(document, "token_endpoint_auth_methods_supported"));
            foreach (var endpoint in new[] { "token", "revocation" })
            {
                Assert.Contains("private_key_jwt", Texts(document, $"{endpoint}_endpoint_auth_methods_supported"));
                Assert.Equal(["RS256", "ES256", "PS256"], Texts(document, $"{endpoint}_endpoint_auth_signing_alg_values_supported"));
            }

            // Only clients that an operator created introspect, and they have a secret.
            Assert.Equal(["client_secret_post", "client_secret_basic"], Texts(document, "introspection_endpoint_auth_methods_supported"));
            Assert.False(document.TryGetProperty("introspection_endpoint_auth_signing_alg_values_supported", out _));
            Assert.False(document.GetProperty("require_pushed_authorization_requests").GetBoolean());

            string[] addresses =
                [.. document.EnumerateObject().Where(m => m.Name.EndsWith("_endpoint", StringComparison.Ordinal) || m.Name is "jwks_uri")
                    .Select(m => m.Value.GetString()!)];
            Assert.InRange(addresses.Length, 8, int.MaxValue);
            foreach (var address in addresses)
            {
                using var response = await host.Anonymous.GetAsync(address);
                Assert.True((int)response.StatusCode is 200 or 400 or 401 or 405, $"{address}: {(int)response.StatusCode}");
            }
        }
    }

    /// <summary>Clients compare the resource character by character (RFC 9728 §3.3), so it is returned as the operator wrote it.</summary>
    [Fact]
    [Spec("RFC 9728 §2", "resource", "authorization-servers", "scopes", "bearer-methods", "name")]
    [Spec("RFC 9728 §3.3", "leads-to-the-issuer")]
    [Spec("MCP 2026-07-28 §Refresh tokens", "no-offline-access-in-resource-metadata")]
    public async Task Protected_resource_metadata_has_the_exact_resource_and_its_authorization_server()
    {
        var company = await host.NewCompanyAsync(resource: new { resource_uri = "https://Spelt.Example:8443/MCP/" });

        var document = await host.Anonymous.GetFromJsonAsync<JsonElement>($"/.well-known/oauth-protected-resource/{company.ResourceId}");

        Assert.Equal("https://Spelt.Example:8443/MCP/", document.GetProperty("resource").GetString());
        Assert.NotEqual("", document.GetProperty("resource_name").GetString());
        Assert.Equal([company.Issuer], Texts(document, "authorization_servers"));
        Assert.Equal(["notes:read", "notes:write"], Texts(document, "scopes_supported"));
        Assert.Equal(["header"], Texts(document, "bearer_methods_supported"));
        var server = await host.Anonymous.GetFromJsonAsync<JsonElement>(
            $"/.well-known/oauth-authorization-server{new Uri(company.Issuer).AbsolutePath}");
        Assert.Equal(company.Issuer, server.GetProperty("issuer").GetString());
    }

    [Fact]
    [Spec("RFC 8414 §3", "well-known")]
    [Spec("RFC 8414 §5", "openid-configuration")]
    public async Task All_well_known_paths_of_an_issuer_have_the_same_document()
    {
        var company = await host.NewCompanyAsync();
        string[] ofTheEnvironment = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
        string[] ofTheResource =
        [
            .. ofTheEnvironment.Select(path => $"{path}/resources/{company.ResourceId}"),
            .. ofTheEnvironment.Select(path => $"/resources/{company.ResourceId}{path}"),
        ];
        foreach (var places in new[] { ofTheEnvironment, ofTheResource })
        {
            var documents = await Task.WhenAll(places.Select(host.Anonymous.GetStringAsync));
            Assert.Single(documents.Distinct(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    [Spec("OpenID Connect Discovery §3", "subject-types", "id-token-algorithms", "scopes", "request-uri", "userinfo", "claims-supported")]
    public async Task OpenID_discovery_lists_what_ID_tokens_and_UserInfo_offer(string algorithm)
    {
        var company = await host.NewCompanyAsync(resource: new { signing_algorithm = algorithm });
        var document = await host.Anonymous.GetFromJsonAsync<JsonElement>(
            $"/resources/{company.ResourceId}/.well-known/openid-configuration");

        Assert.Equal(["public"], Texts(document, "subject_types_supported"));

        // RS256 always, and what a client may register: the algorithms that a resource uses, so that their keys are published.
        var algorithms = Texts(document, "id_token_signing_alg_values_supported").ToList();
        Assert.Equal("RS256", algorithms[0]);
        Assert.Contains(algorithm, algorithms, StringComparer.Ordinal);
        Assert.Empty(new[] { "openid", "profile", "email", "offline_access" }.Except(Texts(document, "scopes_supported")));
        Assert.Empty(new[] { "sub", "iss", "auth_time", "acr", "name", "email" }.Except(Texts(document, "claims_supported")));
        Assert.Equal(host.BaseUrl + "/userinfo", document.GetProperty("userinfo_endpoint").GetString());

        // Without the member a client may assume that request_uri is supported.
        Assert.False(document.GetProperty("request_uri_parameter_supported").GetBoolean());
    }

    /// <summary>RFC 8414 §3.2 and RFC 9728 §3.2: members without values are omitted.</summary>
    [Fact]
    [Spec("RFC 8414 §3.2", "no-empty-members")]
    [Spec("RFC 9728 §3.2", "no-empty-members")]
    public async Task Members_without_values_are_omitted()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes = Array.Empty<string>() });
        foreach (var path in new[] { $"/.well-known/oauth-authorization-server/resources/{company.ResourceId}",
            $"/.well-known/oauth-protected-resource/{company.ResourceId}" })
        {
            var document = await host.Anonymous.GetFromJsonAsync<JsonElement>(path);
            Assert.All(document.EnumerateObject(), m =>
                Assert.False(m.Value.ValueKind is JsonValueKind.Null || m.Value.ToString() is "" or "[]", m.Name));
        }
    }

    private static string[] Texts(JsonElement document, string member) =>
        [.. document.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}
