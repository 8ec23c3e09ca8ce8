using System.Net;
using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

public sealed class Registration_updates_during_a_login_on_SQLite(OnSqlite host)
    : Registration_updates_during_a_login(host), IClassFixture<OnSqlite>;

public sealed class Registration_updates_during_a_login_on_PostgreSQL(OnPostgres host)
    : Registration_updates_during_a_login(host), IClassFixture<OnPostgres>;

/// <summary>
/// A client shows one name on the consent page and takes another one (RFC 7592), while its redirect URIs stay the same. What the person
/// allowed under the former name or keys gives the client nothing afterwards.
/// </summary>
public abstract class Registration_updates_during_a_login(LatchkeyHost host)
{
    private static readonly string[] Members = ["client_name", "jwks"];

    public static TheoryData<string> EachMember => [.. Members];

    [Theory]
    [MemberData(nameof(EachMember))]
    public async Task A_decision_on_a_page_of_before_the_update_asks_again(string member)
    {
        var registered = await RegisterAsync();
        using var login = await LoginFlow.AtAsync(registered.Company, registered.Client, LoginFlow.AwaitingConsent);
        await UpdateAsync(registered, member);

        using (var again = await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"))
        {
            Assert.Equal(HttpStatusCode.SeeOther, again.StatusCode);
            Assert.Equal(login.Consent!.Path, again.Headers.Location!.OriginalString);
        }

        var shown = await login.Browser.ComeBackAsync(login.Callback);
        Assert.Contains(member == "client_name" ? "Taken over" : "Shown", shown.Html, StringComparison.Ordinal);
        using var allowed = await login.Browser.DecideAsync(shown, "allow", "notes:read");
        Assert.NotEmpty(Browser.QueryOf(allowed.Headers.Location!)["code"]);
    }

    [Theory]
    [MemberData(nameof(EachMember))]
    public async Task A_code_of_before_the_update_is_refused(string member)
    {
        var registered = await RegisterAsync();
        using var login = await LoginFlow.AtAsync(registered.Company, registered.Client, LoginFlow.AwaitingExchange);
        using var other = await LoginFlow.AtAsync(
            registered.Company, await McpClient.RegisterAsync(registered.Company), LoginFlow.AwaitingExchange);
        await UpdateAsync(registered, member);

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "no_longer_offered");
        await Expect.ErrorAsync(await RedeemAsync(registered, login.Code!), 400, "invalid_grant");
        await other.ContinueAsync();
        Assert.NotNull((await TokensAsync(registered)).Refresh);
    }

    [Theory]
    [MemberData(nameof(EachMember))]
    public async Task A_grant_of_before_the_update_is_over(string member)
    {
        var registered = await RegisterAsync();
        var server = await ResourceServer.CreateAsync(registered.Company);
        var tokens = await TokensAsync(registered);
        Assert.True(await server.IsActiveAsync(tokens.Access));
        await UpdateAsync(registered, member);

        await Expect.ErrorAsync(
            await registered.Client.RefreshAsync(tokens.Refresh!, ClientKey.Proof(host, registered.Id)), 400, "invalid_grant");
        await server.ExpectInactiveAsync(tokens.Access);
    }

    /// <summary>An update that changes nothing that identifies the client ends nothing.</summary>
    [Fact]
    public async Task A_code_outlives_an_update_of_the_logo()
    {
        var registered = await RegisterAsync();
        using var login = await LoginFlow.AtAsync(registered.Company, registered.Client, LoginFlow.AwaitingExchange);
        await UpdateAsync(registered, "logo_uri");

        Assert.NotNull((await Tokens.OfAsync(await RedeemAsync(registered, login.Code!))).Refresh);
    }

    /// <summary>The page has not been shown yet: it shows the new name.</summary>
    [Theory]
    [InlineData(LoginFlow.AwaitingLogin)]
    [InlineData(LoginFlow.AwaitingReturn)]
    public async Task A_login_that_has_not_reached_the_page_goes_on_under_the_new_name(string stage)
    {
        var registered = await RegisterAsync();
        using var login = await LoginFlow.AtAsync(registered.Company, registered.Client, stage);
        await UpdateAsync(registered, "client_name");
        await login.ContinueAsync(until: LoginFlow.AwaitingConsent);
        Assert.Contains("Taken over", login.Consent!.Html, StringComparison.Ordinal);
        await login.ContinueAsync(until: LoginFlow.AwaitingExchange);

        Assert.NotNull((await Tokens.OfAsync(await RedeemAsync(registered, login.Code!))).Refresh);
    }

    private async Task<RegisteredClient> RegisterAsync() =>
        await new Registrant(await host.NewCompanyAsync()).RegisterAsync(new
        {
            client_name = "Shown",
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = "private_key_jwt",
            jwks = ClientKey.Set,
            grant_types = new[] { "authorization_code", "refresh_token" },
        });

    private static async Task UpdateAsync(RegisteredClient registered, string member)
    {
        var key = JsonNode.Parse(ClientKey.Public)!;
        var former = JsonNode.Parse(ClientKey.Public)!;
        former["kid"] = "former";
        var update = new JsonObject
        {
            ["client_id"] = registered.Id,
            ["client_name"] = member == "client_name" ? "Taken over" : "Shown",
            ["redirect_uris"] = new JsonArray(Registrant.Redirect),
            ["token_endpoint_auth_method"] = "private_key_jwt",
            ["jwks"] = new JsonObject { ["keys"] = member == "jwks" ? new JsonArray(key, former) : new JsonArray(key) },
            ["grant_types"] = new JsonArray("authorization_code", "refresh_token"),
        };
        if (member == "logo_uri")
        {
            update["logo_uri"] = "https://client.example/logo.png";
        }

        using var updated = await registered.SendAsync(HttpMethod.Put, update);
        Assert.True(updated.StatusCode == HttpStatusCode.OK, await updated.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> RedeemAsync(RegisteredClient registered, string code) =>
        registered.Client.RedeemAsync(code, ClientKey.Proof(host, registered.Id));

    private async Task<Tokens> TokensAsync(RegisteredClient registered)
    {
        using var browser = new Browser(host);
        return await Tokens.OfAsync(await RedeemAsync(registered, await registered.Client.CodeAsync(browser)));
    }
}
