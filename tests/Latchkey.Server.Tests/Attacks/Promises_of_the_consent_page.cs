using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

public sealed class Promises_of_the_consent_page_on_SQLite(OnSqlite host) : Promises_of_the_consent_page(host), IClassFixture<OnSqlite>;

public sealed class Promises_of_the_consent_page_on_PostgreSQL(OnPostgres host)
    : Promises_of_the_consent_page(host), IClassFixture<OnPostgres>;

/// <summary>
/// A client tries to get more than the consent page said: longer access, other scopes, or an e-mail address that the person unticked.
/// </summary>
public abstract partial class Promises_of_the_consent_page(LatchkeyHost host)
{
    private const string Ends = "Access ends by itself";
    private const string CodeOnly = "authorization_code";
    private const string Both = "authorization_code refresh_token";
    private const string Email = "ada.private@example.com";

    /// <summary>
    /// The client may change its grant types at any time (RFC 7592). The grant types at the authorization request, on the page and at the
    /// redemption of the code, and whether the client gets a refresh token.
    /// </summary>
    [Theory]
    [InlineData(CodeOnly, CodeOnly, Both, false)]
    [InlineData(Both, CodeOnly, Both, false)]
    [InlineData(CodeOnly, Both, Both, true)]
    [InlineData(Both, Both, CodeOnly, false)]
    public async Task Access_lasts_only_if_the_page_said_so(string atAuthorize, string onThePage, string atRedemption, bool lasts)
    {
        var registered = await new Registrant(await host.NewCompanyAsync()).RegisterAsync(Metadata(id: null, atAuthorize));
        var client = registered.Client;
        using var browser = new Browser(host);
        var login = await browser.StartAsync(client.Authorize());
        await UpdateAsync(registered, onThePage);
        var consent = await browser.ComeBackAsync((await client.Company.ReportAsync(login.LoginRequestId)).CallbackPath);
        Assert.Equal(onThePage == CodeOnly, consent.Html.Contains(Ends, StringComparison.Ordinal));
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        await UpdateAsync(registered, atRedemption);

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(lasts, tokens.Refresh is not null);
    }

    /// <summary>The person is asked again when the client registers the grant type while the page is open.</summary>
    [Fact]
    public async Task A_decision_on_a_page_that_said_that_access_ends_is_asked_again_after_the_update()
    {
        var registered = await new Registrant(await host.NewCompanyAsync()).RegisterAsync(Metadata(id: null, CodeOnly));
        using var login = await LoginFlow.AtAsync(registered.Company, registered.Client, LoginFlow.AwaitingConsent);
        await UpdateAsync(registered, Both);

        using var again = await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read");
        Assert.Equal((HttpStatusCode.SeeOther, login.Consent!.Path), (again.StatusCode, again.Headers.Location!.OriginalString));
        using var page = await login.Browser.GetAsync(login.Consent.Path);
        Assert.DoesNotContain(Ends, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>
    /// Whatever is requested, the page offers known scopes only, and ticking everything there is grants what the page offered. A refresh
    /// that requests everything gets no more, also after one that requested less.
    /// </summary>
    [Theory]
    [InlineData("notes:read notes:read  notes:read", true)]
    [InlineData("notes:read NOTES:WRITE Notes:Write", true)]
    [InlineData("notes:read\tnotes:write", true)]
    [InlineData("notes:read\nnotes:write", true)]
    [InlineData("notes:read\u00a0notes:write", true)]
    [InlineData("notes:read,notes:write", true)]
    [InlineData("notes:read+notes:write", true)]
    [InlineData("notes:read \"notes:write\"", true)]
    [InlineData("notes:read OpenID EMAIL Profile", true)]
    [InlineData("notes:read openid openid email", true)]
    [InlineData("*", true)]
    [InlineData("notes:*", true)]
    [InlineData(" ", true)]
    [InlineData("openid", true)]
    [InlineData("openid", false)]
    [InlineData("openid profile email offline_access", true)]
    [InlineData("openid profile email offline_access", false)]
    [InlineData("offline_access", true)]
    [InlineData("offline_access", false)]
    [InlineData("profile email", false)]
    public async Task A_token_has_no_scope_that_the_page_did_not_offer(string requested, bool namesResource)
    {
        const string All = "notes:read notes:write notes:* * openid profile email offline_access Notes:Write OpenID";
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var resources = namesResource
            ? new (string, string?)[] { ("resource", company.ResourceUri), ("resource", company.ResourceUri + "/") }
            : [("resource", null)];
        var consent = await ConsentAsync(client, browser, [("scope", requested), .. resources]);
        var offered = Scopes().Matches(consent.Html).Select(m => m.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(offered.Except(["notes:read", "notes:write", "openid", "profile", "email"], StringComparer.Ordinal));
        using var allowed = await browser.DecideAsync(consent, "allow", All.Split(' '));
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.Equal(offered.Order(StringComparer.Ordinal), ShownOf(tokens));
        var narrow = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!, ("scope", tokens.Scope.Split(' ')[0])));
        var wide = await Tokens.OfAsync(await client.RefreshAsync(narrow.Refresh!, ("scope", All)));
        Assert.Equal(offered.Order(StringComparer.Ordinal), ShownOf(wide));
        Assert.Equal(tokens.Claims.GetProperty("aud").GetRawText(), wide.Claims.GetProperty("aud").GetRawText());
    }

    /// <summary>Login pages fill several members of the profile with the e-mail address, whole or as a part.</summary>
    [Theory]
    [InlineData("""{"given_name":"ada.private@example.com","family_name":"Lovelace"}""")]
    [InlineData("""{"name":"Ada","given_name":"Ada","family_name":"Ada.Private@Example.com"}""")]
    [InlineData("""{"name":"Ada Lovelace <ada.private@example.com>"}""")]
    [InlineData("""{"name":"Ada","preferred_username":"acme/ada.private@example.com"}""")]
    [InlineData("""{"name":"Ada","picture":"https://people.example/?of=ada.private%40example.com"}""")]
    public async Task An_unticked_email_address_is_in_no_member_of_the_profile(string profile)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        foreach (var ticked in new[] { "openid profile notes:read", "openid profile email notes:read" })
        {
            var user = JsonNode.Parse(profile)!.AsObject();
            (user["sub"], user["email"]) = ("u-4711", Email);
            var (_, told) = await ToldAsync(company, client, user, ticked.Split(' '));
            Assert.Equal(ticked.Contains("email", StringComparison.Ordinal), told.Contains(Email, StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>Each token has <c>sub</c>, so the page does not promise that a tick withholds the address.</summary>
    [Theory]
    [InlineData("u-4711", "which account you use", true)]
    [InlineData("ada.private@example.com", "which account you use, which is named by your e-mail address", false)]
    [InlineData("acme|ADA.private@example.com", "which account you use, which is named by your e-mail address", false)]
    public async Task The_page_says_when_the_account_is_named_by_the_email_address(string subject, string sentence, bool canUntick)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var (page, told) = await ToldAsync(
            company, client, new JsonObject { ["sub"] = subject, ["email"] = Email, ["name"] = "Ada" }, "openid", "notes:read");

        Assert.Contains($"data-lk-claim=\"sub\">{sentence}<", page, StringComparison.Ordinal);
        Assert.Equal(canUntick, page.Contains("your e-mail address (unless you untick it)", StringComparison.Ordinal));
        Assert.Equal(!canUntick, told.Contains(Email, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The attributes of the company are one claim, so a tick withholds nothing that they contain.</summary>
    [Theory]
    [InlineData("""{"tier":"gold"}""", true, true)]
    [InlineData("""{"login":"ADA.private@example.com"}""", false, true)]
    [InlineData("""{"person":{"names":["Ms Ada Lovelace"]}}""", true, false)]
    public async Task The_page_promises_no_untick_for_what_the_attributes_of_the_company_tell(
        string attributes, bool canUntickEmail, bool canUntickName)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var user = new JsonObject
        {
            ["sub"] = "u-4711",
            ["email"] = Email,
            ["name"] = "Ada Lovelace",
            ["custom_attributes"] = JsonNode.Parse(attributes),
        };
        var (page, told) = await ToldAsync(company, client, user, "openid", "notes:read");

        Assert.Equal(canUntickEmail, page.Contains("your e-mail address (unless you untick it)", StringComparison.Ordinal));
        Assert.Equal(canUntickName, page.Contains("your name (unless you untick it)", StringComparison.Ordinal));
        Assert.Equal(!canUntickEmail, told.Contains(Email, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(!canUntickName, told.Contains("Ada Lovelace", StringComparison.Ordinal));
    }

    /// <summary>The title is what a screen reader says first, and what the window is called.</summary>
    [Fact]
    public async Task The_title_calls_a_claimed_name_a_claim()
    {
        var company = await host.NewCompanyAsync();
        using var browser = new Browser(host);
        var claimed = await ConsentAsync(await McpClient.RegisterAsync(company), browser);
        var confirmed = await ConsentAsync(await McpClient.CreateAsync(company), browser);

        Assert.Matches("<title>A program that calls itself Inspector wants to use Notes [0-9]+</title>", claimed.Html);
        Assert.Matches("<title>Back office wants to use Notes [0-9]+</title>", confirmed.Html);
    }

    private static object Metadata(string? id, string grantTypes)
    {
        var metadata = new JsonObject
        {
            ["client_name"] = "Lasting",
            ["redirect_uris"] = new JsonArray(Registrant.Redirect),
            ["token_endpoint_auth_method"] = "client_secret_post",
            ["grant_types"] = new JsonArray([.. grantTypes.Split(' ').Select(t => JsonValue.Create(t))]),
        };
        if (id is not null)
        {
            metadata["client_id"] = id;
        }

        return metadata;
    }

    private static async Task UpdateAsync(RegisteredClient registered, string grantTypes)
    {
        using var updated = await registered.SendAsync(HttpMethod.Put, Metadata(registered.Id, grantTypes));
        Assert.True(updated.StatusCode == HttpStatusCode.OK, await updated.Content.ReadAsStringAsync());
    }

    private static async Task<ConsentForm> ConsentAsync(McpClient client, Browser browser, params (string Name, string? Value)[] changes) =>
        await browser.ComeBackAsync(
            (await client.Company.ReportAsync((await browser.StartAsync(client.Authorize(changes))).LoginRequestId)).CallbackPath);

    /// <summary>The page, and everything that tokens and userinfo tell, without the scopes.</summary>
    private async Task<(string Page, string Told)> ToldAsync(Company company, McpClient client, JsonObject user, params string[] ticked)
    {
        using var browser = new Browser(host);
        var login = await browser.StartAsync(client.Authorize(("scope", "openid profile email notes:read")));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(login.LoginRequestId, user)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", ticked);
        using var response = await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]);
        var tokens = await response.Content.ReadFromJsonAsync<JsonElement>();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.GetProperty("access_token").GetString());
        using var info = await host.Anonymous.SendAsync(request);
        var told = new[] { PayloadOf(tokens, "access_token"), PayloadOf(tokens, "id_token"), await info.Content.ReadAsStringAsync() };
        return (consent.Html, Uri.UnescapeDataString(string.Join('\n', told)));
    }

    private static string PayloadOf(JsonElement answer, string token) => System.Text.Encoding.UTF8.GetString(
        System.Buffers.Text.Base64Url.DecodeFromChars(answer.GetProperty(token).GetString()!.Split('.')[1]));

    /// <summary>Without <c>offline_access</c>, for which the page has a sentence instead of a tick.</summary>
    private static IEnumerable<string> ShownOf(Tokens tokens) =>
        tokens.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(s => s != "offline_access").Order(StringComparer.Ordinal);

    [GeneratedRegex("name=\"scope\" value=\"(?<name>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Scopes();
}
