using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

/// <summary>One rule for redirect URIs wherever a client gets them, and again at every authorization.</summary>
public sealed class Redirect_URI_policy(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Acme = "acme-assistant://callback/done";

    [Theory]
    [InlineData("https://CLIENT.example:443/a/../callback", "https://client.example/callback")]
    [InlineData("ms-msdt://id/", "the scheme ms-msdt is not allowed")]
    [InlineData("other-assistant://callback", "redirect_schemes")]
    [Spec("RFC 7591 §5", "redirects-checked")]
    public async Task Registration_update_and_operator_refuse_a_redirect_URI_with_the_reason(string redirectUri, string reason)
    {
        var company = await host.NewCompanyAsync();
        foreach (var atEnvironment in new[] { true, false })
        {
            using var refused = await new Registrant(company, atEnvironment: atEnvironment).TryAsync(Metadata(redirectUri));
            var error = await refused.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal("invalid_redirect_uri", error.GetProperty("error").GetString());
            Assert.Contains(reason, error.GetProperty("error_description").GetString(), StringComparison.Ordinal);
        }

        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Updating"));
        using var update = await registered.SendAsync(HttpMethod.Put, new
        {
            client_id = registered.Id,
            client_name = "Updating",
            redirect_uris = new[] { redirectUri },
            token_endpoint_auth_method = "client_secret_post",
        });
        Assert.Equal(HttpStatusCode.BadRequest, update.StatusCode);
        Assert.Contains(reason, await update.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var created = await host.TrySendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Back office", redirect_uris = new[] { redirectUri } });
        Assert.Equal(HttpStatusCode.BadRequest, created.StatusCode);
        Assert.Contains(reason, await created.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheme_that_the_operator_adds_is_accepted_at_its_resource_only_as_long_as_it_is_listed()
    {
        var company = await host.NewCompanyAsync(resource: new { redirect_schemes = new[] { "acme-assistant" } });
        var registered = await McpClient.RegisterAsync(company, Acme);
        var created = await McpClient.CreateAsync(company, Acme);
        foreach (var client in new[] { registered, created })
        {
            using var accepted = await host.Anonymous.GetAsync(client.Authorize());
            Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        }

        var other = await host.NewCompanyAsync();
        using var elsewhere = await new Registrant(other).TryAsync(Metadata(Acme));
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.StatusCode);

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { redirect_schemes = Array.Empty<string>() });
        foreach (var client in new[] { registered, created })
        {
            await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "redirect_uri_not_allowed");
            await Expect.PageAsync(
                await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", null))), 400, "redirect_uri_not_allowed");
        }
    }

    [Fact]
    public async Task A_registration_at_the_environment_works_only_at_a_resource_that_lists_its_scheme()
    {
        var listing = await host.NewCompanyAsync(resource: new { redirect_schemes = new[] { "acme-assistant" } });
        var other = await host.NewCompanyAsync();
        var registered = await new Registrant(listing, atEnvironment: true).RegisterAsync(Metadata(Acme));

        using var accepted = await host.Anonymous.GetAsync(new McpClient(listing, registered.Id, null, Acme).Authorize());
        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(new McpClient(other, registered.Id, null, Acme).Authorize()), 400, "redirect_uri_not_allowed");
    }

    [Theory]
    [InlineData("javascript")]
    [InlineData("Acme")]
    [InlineData("acme:")]
    [InlineData("https")]
    public async Task A_scheme_of_browsers_or_in_another_form_cannot_be_added(string scheme)
    {
        var company = await host.CompanyAsync();
        using var refused = await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { redirect_schemes = new[] { scheme } });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("redirect_schemes", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static object Metadata(string redirectUri) =>
        new { client_name = "R", redirect_uris = new[] { redirectUri }, token_endpoint_auth_method = "none" };
}
