using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>Parameters of OpenID Connect that must not cause an error, whether or not they have an effect.</summary>
public sealed class OpenID_Connect_parameters(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("display", "page")]
    [InlineData("display", "popup")]
    [InlineData("display", "touch")]
    [InlineData("display", "wap")]
    [InlineData("display", "nonsense")]
    [InlineData("ui_locales", "fr-CA fr en")]
    [InlineData("ui_locales", "tlh")]
    [InlineData("claims_locales", "fr-CA fr en")]
    [InlineData("acr_values", "urn:mace:incommon:iap:silver phr")]
    [InlineData("claims", "{\"userinfo\":{\"email\":{\"essential\":true}}}")]
    [InlineData("claims", "{")]
    [InlineData("prompt", "consent")]
    [InlineData("prompt", "select_account")]
    [InlineData("prompt", "login consent")]
    [InlineData("max_age", "0")]
    [Spec("OpenID Connect §3.1.2.1", "no-error-for-optional-parameters")]
    [Spec("OpenID Connect §5.5", "claims-parameter")]
    public async Task An_optional_parameter_leads_to_the_login_page(string parameter, string value)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var response = await host.Anonymous.GetAsync(client.Authorize(("scope", "openid notes:read"), (parameter, value)));

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Contains("login_request_id=", response.Headers.Location!.Query, StringComparison.Ordinal);
    }
}
