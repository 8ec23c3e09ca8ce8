using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>Refusals before the login page: discovery, registration, authorization request.</summary>
internal static class AskProvocations
{
    private const string Lonely = "https://lonely.example/cb";

    public static Dictionary<string, Func<WithClientHost, Task<string>>> All { get; } = new(StringComparer.Ordinal)
    {
        ["unknown_resource"] = async host =>
        {
            // The path is compared with those of the resources that exist.
            await host.CompanyAsync();
            return await AskAsync(host, "/resources/res_0000000000000000000000/oauth/authorize");
        },
        ["unknown_path"] = host => References.OfErrorAsync(host.Anonymous.GetAsync("/oauth/nothing")),
        ["wrong_http_method"] = host => References.OfErrorAsync(host.Anonymous.GetAsync("/oauth/token")),
        ["registration_closed"] = async host => await RegisterAsync(
            await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true }), Registrant.Public("closed")),
        ["registration_blocked"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            var client = await McpClient.RegisterAsync(company);
            await host.SendAsync(
                HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}", new { enabled = false });
            return await RegisterAsync(company, new
            {
                client_name = "Inspector",
                redirect_uris = new[] { McpClient.Loopback },
                token_endpoint_auth_method = "none",
                grant_types = new[] { "authorization_code", "refresh_token" },
            });
        },
        ["registration_too_large"] = async host => await RegisterAsync(
            await host.CompanyAsync(), new { client_name = new string('x', 70_000) }),
        ["registration_refused"] = async host => await RegisterAsync(
            await host.CompanyAsync(), new { client_name = 7, redirect_uris = new[] { Lonely } }),
        ["registered_redirect_uri_refused"] = async host => await RegisterAsync(
            await host.CompanyAsync(), new { redirect_uris = new[] { "http://client.example/cb" } }),
        ["initial_access_token_missing"] = async host => await RegisterAsync(
            await host.NewCompanyAsync(resource: new { require_initial_access_token = true }), Registrant.Public("no token")),
        ["wrong_initial_access_token"] = async host => await References.OfErrorAsync(
            new Registrant(await host.CompanyAsync(), "lkit_wrong").TryAsync(Registrant.Public("wrong token"))),
        ["wrong_registration_access_token"] = host =>
            References.OfErrorAsync(host.Anonymous.GetAsync("/oauth/register/m2m_0000000000000000000000")),

        ["missing_client"] = host => AskAsync(host, "/oauth/authorize?resource=x"),
        ["repeated_client"] = host => AskAsync(host, ("client_id", "a"), ("client_id", "b")),
        ["unknown_client"] = host => AskAsync(host, ("client_id", "m2m_0000000000000000000000")),
        ["client_blocked"] = async host =>
        {
            var company = await host.CompanyAsync();
            var client = await McpClient.CreateAsync(company);
            await host.SendAsync(
                HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}", new { enabled = false });
            return await AskAsync(host, client.Authorize());
        },
        ["client_of_another_resource"] = async host =>
        {
            var (home, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
            var client = await McpClient.RegisterAsync(home);
            return await AskAsync(host, client.Authorize(("resource", other.ResourceUri))
                .Replace(home.ResourceId, other.ResourceId, StringComparison.Ordinal));
        },
        ["registered_client_not_accepted"] = async host => await AfterChangeAsync(host, new { disable_dynamic_client_registration = true }),
        ["initial_access_token_required"] = async host => await AfterChangeAsync(host, new { require_initial_access_token = true }),
        ["missing_redirect_uri"] = async host => await AskAsync(
            host,
            (await McpClient.CreateAsync(await host.CompanyAsync(), "https://a.example/1", "https://a.example/2")).Authorize(
                ("redirect_uri", null))),
        ["repeated_redirect_uri"] = host => AskAsync(host, ("redirect_uri", "https://a.example"), ("redirect_uri", "https://b.example")),
        ["unregistered_redirect_uri"] = host => AskAsync(host, ("redirect_uri", McpClient.Loopback + "/")),
        ["unknown_target"] = host => AskAsync(host, ("resource", "https://mcp.example/sse")),
        ["no_target"] = async host =>
        {
            // Two servers, and a client of none of them at the environment's issuer.
            await host.NewCompanyAsync();
            var client = Document(host, await host.NewCompanyAsync(), "no-target");
            return await AskAsync(host, client.Authorize(("resource", null)).Replace(client.Entry, "", StringComparison.Ordinal));
        },
        ["no_connection"] = async host =>
        {
            var company = await host.NewCompanyAsync();
            var client = await McpClient.RegisterAsync(company);
            await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
            return await AskAsync(host, client.Authorize());
        },
        ["client_documents_off"] = async host => await AskAsync(
            host, Document(host, await host.NewCompanyAsync(resource: new { enable_cimd = false }), "off").Authorize()),
        ["client_host_not_accepted"] = async host => await AskAsync(
            host,
            Document(host, await host.NewCompanyAsync(resource: new { cimd_allowed_hosts = new[] { "other.example" } }), "host")
                .Authorize()),
        ["client_document_unavailable"] = async host => await AskAsync(
            host, new McpClient(await host.CompanyAsync(), "https://client.example/absent", null, Registrant.Redirect).Authorize()),
        ["client_document_invalid"] = async host =>
        {
            host.Clients!.Publish("client.example/invalid", new { client_id = "https://client.example/another" });
            return await AskAsync(
                host, new McpClient(await host.CompanyAsync(), "https://client.example/invalid", null, Registrant.Redirect).Authorize());
        },
        ["push_required"] = async host =>
        {
            var company = await host.CompanyAsync();
            var client = await new Registrant(company).RegisterAsync(new
            {
                client_name = "Pushes",
                redirect_uris = new[] { McpClient.Loopback },
                token_endpoint_auth_method = "none",
                require_pushed_authorization_requests = true,
            });
            return await AskAsync(
                host,
                new McpClient(company, client.Response.GetProperty("client_id").GetString()!, null, McpClient.Loopback).Authorize());
        },
        ["unusable_request_uri"] = host => AskAsync(host, ("request_uri", "urn:ietf:params:oauth:request_uri:" + new string('x', 43))),
        ["not_a_navigation"] = async host =>
        {
            using var browser = new Browser(host);
            return await References.OfPageAsync(browser.GetAsync("/oauth/authorize", ("Sec-Fetch-Dest", "image")));
        },
        ["framed"] = async host =>
        {
            using var browser = new Browser(host);
            return await References.OfPageAsync(
                browser.GetAsync("/consent/lri_0000000000000000000000", ("Sec-Fetch-Dest", "iframe")));
        },

        ["unreadable_parameters"] = host => AskAsync(host, "/oauth/authorize?client_id=%FF"),
        ["repeated_parameter"] = host => AskAsync(host, ("scope", "a"), ("scope", "b")),
        ["parameter_too_long"] = host => AskAsync(host, ("login_hint", new string('x', 5000))),
        ["state_too_long"] = host => AskAsync(host, ("state", new string('x', 9000))),
        ["request_object"] = host => AskAsync(host, ("request", "ey.ey.x")),
        ["response_type_not_supported"] = host => AskAsync(host, ("response_type", "token")),
        ["response_mode_not_supported"] = host => AskAsync(host, ("response_mode", "fragment")),
        ["pkce_missing"] = host => AskAsync(host, ("code_challenge", null)),
        ["pkce_method"] = host => AskAsync(host, ("code_challenge_method", "plain")),
        ["pkce_malformed"] = host => AskAsync(host, ("code_challenge", "short")),
        ["max_age_malformed"] = host => AskAsync(host, ("max_age", "soon")),
        ["prompt_none"] = host => AskAsync(host, ("prompt", "none")),
        ["no_scope"] = async host =>
        {
            var company = await host.NewCompanyAsync(resource: new { default_scopes = Array.Empty<string>() });
            return await AskAsync(host, (await McpClient.RegisterAsync(company)).Authorize(("scope", "nothing:here")));
        },
        ["request_uri_in_push"] = async host => await References.OfErrorAsync(
            (await McpClient.RegisterAsync(await host.CompanyAsync())) is var client
                ? client.PostAsync("/oauth/par", [("client_id", client.Id), ("request_uri", "urn:x")], [])
                : null!),
    };

    /// <summary>A client with a metadata document.</summary>
    private static McpClient Document(WithClientHost host, Company company, string name)
    {
        var id = $"https://client.example/{name}";
        host.Clients!.Publish(id["https://".Length..], new
        {
            client_id = id,
            client_name = name,
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = "none",
        });
        return new(company, id, secret: null, Registrant.Redirect);
    }

    private static async Task<string> AfterChangeAsync(WithClientHost host, object change)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", change);
        return await AskAsync(host, client.Authorize());
    }

    private static Task<string> RegisterAsync(Company company, object metadata) =>
        References.OfErrorAsync(new Registrant(company).TryAsync(metadata));

    private static async Task<string> AskAsync(WithClientHost host, params (string Name, string? Value)[] changes) =>
        await AskAsync(host, (await McpClient.RegisterAsync(await host.CompanyAsync())).Authorize(changes));

    private static async Task<string> AskAsync(WithClientHost host, string path)
    {
        using var browser = new Browser(host);
        return await References.OfPageAsync(browser.GetAsync(path));
    }
}
