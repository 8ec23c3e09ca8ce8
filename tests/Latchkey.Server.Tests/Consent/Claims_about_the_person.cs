using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class Claims_about_the_person_on_SQLite(OnSqlite host) : Claims_about_the_person(host), IClassFixture<OnSqlite>;

public sealed class Claims_about_the_person_on_PostgreSQL(OnPostgres host) : Claims_about_the_person(host), IClassFixture<OnPostgres>;

/// <summary>
/// Tokens, userinfo and introspection tell only what the consent page named and the person did not untick (script 22-untick).
/// </summary>
public abstract partial class Claims_about_the_person(LatchkeyHost host)
{
    private const string Everything = "openid profile email notes:read";
    private static readonly string[] All = ["email", "name", "roles", "permissions", "org_id", "groups", "custom_claims"];

    /// <summary>Claims of the protocol, which are not about the person.</summary>
    private static readonly string[] OfTheProtocol =
        ["iss", "aud", "client_id", "jti", "iat", "exp", "scope", "scopes", "grant_id", "nonce", "at_hash", "active", "token_type"];

    /// <summary>The sentence of the page for each claim of an access token.</summary>
    private static readonly Dictionary<string, string> InAccessTokens = new(StringComparer.Ordinal)
    {
        ["sub"] = "which account you use",
        ["connection_id"] = "which account you use",
        ["auth_time"] = "when and how you signed in",
        ["acr"] = "when and how you signed in",
        ["amr"] = "when and how you signed in",
        ["sid"] = "when and how you signed in",
        ["email"] = "your e-mail address",
        ["name"] = "your name",
        ["org_id"] = "your organisation",
        ["oid"] = "your organisation",
        ["roles"] = "your roles",
        ["groups"] = "your groups",
        ["custom_claims"] = "further details that your company adds",
    };

    /// <summary>The sentence of the page for each claim of an ID token or of userinfo.</summary>
    private static readonly Dictionary<string, string> ForTheClient = new(StringComparer.Ordinal)
    {
        ["sub"] = "which account you use",
        ["auth_time"] = "when and how you signed in",
        ["acr"] = "when and how you signed in",
        ["amr"] = "when and how you signed in",
        ["sid"] = "when and how you signed in",
        ["name"] = "See your name, user name, picture, gender and language",
        ["given_name"] = "See your name, user name, picture, gender and language",
        ["family_name"] = "See your name, user name, picture, gender and language",
        ["preferred_username"] = "See your name, user name, picture, gender and language",
        ["picture"] = "See your name, user name, picture, gender and language",
        ["gender"] = "See your name, user name, picture, gender and language",
        ["locale"] = "See your name, user name, picture, gender and language",
        ["email"] = "See your e-mail address and whether it is confirmed",
        ["email_verified"] = "See your e-mail address and whether it is confirmed",
    };

    private static readonly object Ada = new
    {
        sub = "u-4711",
        email = "ada.private@example.com",
        email_verified = true,
        given_name = "Augusta",
        family_name = "Lovelace",
        name = "Ada Lovelace",
        preferred_username = "countess",
        picture = "https://people.example/countess.png",
        gender = "female",
        locale = "en-GB",
        phone_number = "+44123",
        phone_number_verified = true,
        roles = new[] { "hr-admin" },
        groups = new[] { "analysts" },
        organization_external_id = "org-9",
        organization_external_name = "Engines Ltd",
        custom_attributes = new { salary_band = "E7" },
        acr = "high",
        amr = new[] { "pwd", "otp" },
        auth_time = 1_700_000_000,
        sid = "session-1",
    };

    [Theory]
    [InlineData(Everything, "openid profile email notes:read", "email name roles permissions org_id groups custom_claims")]
    [InlineData(Everything, "openid profile email notes:read", "")]
    [InlineData(Everything, "openid notes:read", "email name roles permissions org_id groups custom_claims")]
    [InlineData(Everything, "profile notes:read", "email name groups")]
    [InlineData("notes:read", "notes:read", "email name roles permissions org_id groups custom_claims")]
    [InlineData("notes:read", "notes:read", "org_id")]
    [InlineData("openid notes:read", "openid notes:read", null)]
    [Spec("OpenID Connect §5.4", "claims-by-scope")]
    public async Task Every_claim_of_tokens_userinfo_and_introspection_is_named_on_the_page(
        string scope, string ticked, string? tokenClaims)
    {
        var company = await NewCompanyAsync(tokenClaims?.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var client = await McpClient.RegisterAsync(company);
        var (page, tokens) = await TokensAsync(company, client, scope, ticked);

        foreach (var (where, document) in await DocumentsAsync(company, client, tokens))
        {
            var sentences = where is "ID token" or "userinfo" ? ForTheClient : InAccessTokens;
            foreach (var claim in document.EnumerateObject().Select(c => c.Name).Except(OfTheProtocol, StringComparer.Ordinal))
            {
                Assert.True(sentences.TryGetValue(claim, out var sentence), $"{where} tells {claim}, for which the page has no words");
                Assert.True(
                    page.Contains(sentence!, StringComparison.Ordinal), $"{where} tells {claim}; the page does not say '{sentence}'");
            }
        }
    }

    [Theory]
    [InlineData("openid notes:read", "u-4711")]
    [InlineData("openid profile notes:read", "u-4711 Ada Augusta Lovelace countess female en-GB")]
    [InlineData("openid email notes:read", "u-4711 ada.private@example.com")]
    [InlineData("notes:read", "u-4711")]
    [Spec("OpenID Connect §5.4", "claims-by-scope")]
    public async Task Claims_of_an_unticked_identity_scope_are_told_nowhere(string ticked, string told)
    {
        var company = await NewCompanyAsync(All);
        var client = await McpClient.RegisterAsync(company);
        var (_, tokens) = await TokensAsync(company, client, Everything, ticked);
        var texts = string.Join('\n', (await DocumentsAsync(company, client, tokens)).Select(d => d.Document.GetRawText()));

        string[] personal = ["u-4711", "Ada", "Augusta", "Lovelace", "countess", "female", "en-GB", "ada.private@example.com"];
        Assert.Equal(told, string.Join(' ', personal.Where(p => texts.Contains(p, StringComparison.Ordinal))));
        Assert.DoesNotContain("+44123", texts, StringComparison.Ordinal);
    }

    /// <summary>The resource needs the e-mail address; the client did not ask for it and gets it in no ID token.</summary>
    [Fact]
    public async Task A_claim_that_only_the_resource_wants_is_in_the_access_token_and_named_on_the_page()
    {
        var company = await NewCompanyAsync(["email"]);
        var client = await McpClient.RegisterAsync(company);
        var (page, tokens) = await TokensAsync(company, client, "openid notes:read", "openid notes:read");
        var documents = (await DocumentsAsync(company, client, tokens)).ToLookup(d => d.Where, d => d.Document, StringComparer.Ordinal);

        Assert.Contains("data-lk-claim=\"email\">your e-mail address<", page, StringComparison.Ordinal);
        foreach (var where in new[] { "access token", "refreshed access token", "introspection" })
        {
            Assert.All(documents[where], document => Assert.Equal("email", PersonalOf(document)));
        }

        // One of the code, and one of the refresh.
        Assert.Equal(["", ""], documents["ID token"].Select(PersonalOf));
        Assert.Equal("", PersonalOf(Assert.Single(documents["userinfo"])));
    }

    [Fact]
    public async Task The_page_says_which_claims_depend_on_a_tick()
    {
        var company = await NewCompanyAsync(["email", "name", "org_id"]);
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var both = await ConsentAsync(company, browser, client.Authorize(("scope", Everything)));
        var none = await ConsentAsync(company, browser, client.Authorize());
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { scopes_can_be_unticked = false });
        var certain = await ConsentAsync(company, browser, client.Authorize(("scope", Everything)));

        const string Start = "which account you use, when and how you signed in, ";
        Assert.Equal(
            Start + "your e-mail address (unless you untick it), your name (unless you untick it), your organisation", ClaimsOf(both));
        Assert.Equal(Start + "your e-mail address, your name, your organisation", ClaimsOf(none));
        Assert.Equal(Start + "your e-mail address, your name, your organisation", ClaimsOf(certain));
        Assert.Matches(
            "data-lk=\"claims\"><bdi>Notes [0-9]+</bdi> and <bdi>Inspector</bdi> also learn: <span data-lk=\"claim\"", both.Html);
    }

    /// <summary>The stricter of then and now: a token tells what the page named and what the resource still wants.</summary>
    [Fact]
    public async Task Changes_of_token_claims_after_the_consent_add_nothing_and_remove_at_once()
    {
        var company = await NewCompanyAsync(["email", "name"]);
        var client = await McpClient.RegisterAsync(company);
        var (_, tokens) = await TokensAsync(company, client, "notes:read", "notes:read");
        await ChangeAsync(company, ["name", "groups", "custom_claims"]);
        var refreshed = await Tokens.OfAsync(await client.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!));

        Assert.Equal("name", PersonalOf(refreshed.Claims));
        var (_, again) = await TokensAsync(company, client, "notes:read", "notes:read");
        Assert.Equal("custom_claims groups name", PersonalOf(PayloadOf(again, "access_token")));
    }

    [Theory]
    [InlineData("email name", "email")]
    [InlineData("", "")]
    public async Task A_claim_that_was_added_while_the_page_was_open_is_not_told(string named, string told)
    {
        var company = await NewCompanyAsync(named.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await ConsentAsync(company, browser, client.Authorize());
        await ChangeAsync(company, ["email", "groups"]);
        KeyValuePair<string, string>[] form =
        [
            new("form_token", consent.Token), new("claims", HiddenClaims().Match(consent.Html).Groups["names"].Value),
            new("decision", "allow"), new("scope", "notes:read"),
        ];
        using var allowed = await browser.SendAsync(HttpMethod.Post, consent.Path, form, ("Origin", host.BaseUrl));
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.Equal(told, PersonalOf(tokens.Claims));
    }

    /// <summary>Identity scopes are the person's choice without <c>openid</c> too: the access token carries their claims.</summary>
    [Theory]
    [InlineData("notes:read", "")]
    [InlineData("profile notes:read", "name")]
    [InlineData("email notes:read", "email")]
    [InlineData("email profile notes:read", "email name")]
    public async Task An_identity_scope_that_was_requested_without_openid_can_be_unticked(string ticked, string told)
    {
        var company = await NewCompanyAsync(["email", "name"]);
        var client = await McpClient.RegisterAsync(company);
        var (_, tokens) = await TokensAsync(company, client, "email profile notes:read", ticked);

        Assert.Equal(told, PersonalOf(PayloadOf(tokens, "access_token")));
        Assert.False(tokens.TryGetProperty("id_token", out _));
    }

    /// <summary>Where no name is reported, the e-mail address stands for it, but not if the person unticked the address.</summary>
    [Theory]
    [InlineData("openid profile notes:read", null)]
    [InlineData("openid profile email notes:read", "ada.private@example.com")]
    public async Task An_unticked_email_address_is_not_told_as_the_name(string ticked, string? name)
    {
        var company = await NewCompanyAsync(All);
        var client = await McpClient.RegisterAsync(company);
        var (_, tokens) = await TokensAsync(company, client, Everything, ticked, new { sub = "u-4711", email = "ada.private@example.com" });

        foreach (var (where, document) in (await DocumentsAsync(company, client, tokens)).Where(d => d.Where != "refresh token"))
        {
            Assert.Equal((where, name), (where, document.TryGetProperty("name", out var told) ? told.GetString() : null));
        }
    }

    /// <summary>Login pages report the e-mail address as the name and the user name too.</summary>
    [Theory]
    [InlineData("openid profile notes:read", false)]
    [InlineData("openid profile email notes:read", true)]
    public async Task An_unticked_email_address_is_not_told_under_another_name(string ticked, bool told)
    {
        var company = await NewCompanyAsync(All);
        var client = await McpClient.RegisterAsync(company);
        const string Email = "ada.private@example.com";
        var (_, tokens) = await TokensAsync(
            company, client, Everything, ticked,
            new { sub = "u-4711", email = Email, name = Email, preferred_username = "ADA.Private@example.com" });

        foreach (var (_, document) in (await DocumentsAsync(company, client, tokens)).Where(d => d.Where != "refresh token"))
        {
            Assert.Equal(told, document.GetRawText().Contains(Email, StringComparison.OrdinalIgnoreCase));
        }
    }

    private Task<Company> NewCompanyAsync(string[]? tokenClaims) =>
        host.NewCompanyAsync(resource: tokenClaims is null ? new { } : new { token_claims = tokenClaims });

    private Task ChangeAsync(Company company, string[] tokenClaims) =>
        host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { token_claims = tokenClaims });

    private static async Task<ConsentForm> ConsentAsync(Company company, Browser browser, string authorize, object? user = null) =>
        await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(authorize)).LoginRequestId, user ?? Ada)).CallbackPath);

    private async Task<(string Page, JsonElement Tokens)> TokensAsync(
        Company company, McpClient client, string scope, string ticked, object? user = null)
    {
        using var browser = new Browser(host);
        var consent = await ConsentAsync(company, browser, client.Authorize(("scope", scope)), user);
        using var allowed = await browser.DecideAsync(consent, "allow", ticked.Split(' '));
        using var response = await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]);
        return (consent.Html, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>Everything that tells about the person: tokens, userinfo and introspection, also after a refresh.</summary>
    private async Task<List<(string Where, JsonElement Document)>> DocumentsAsync(Company company, McpClient client, JsonElement tokens)
    {
        using var refreshed = await client.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        var second = await refreshed.Content.ReadFromJsonAsync<JsonElement>();
        var documents = new List<(string, JsonElement)>
        {
            ("access token", PayloadOf(tokens, "access_token")), ("refreshed access token", PayloadOf(second, "access_token")),
        };
        foreach (var answer in new[] { tokens, second })
        {
            var access = answer.GetProperty("access_token").GetString()!;
            documents.Add(("introspection", await IntrospectAsync(company, access)));
            documents.Add(("refresh token", await IntrospectAsync(company, second.GetProperty("refresh_token").GetString()!)));
            if (answer.TryGetProperty("id_token", out _))
            {
                documents.Add(("ID token", PayloadOf(answer, "id_token")));
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access);
            using var info = await host.Anonymous.SendAsync(request);
            if (info.IsSuccessStatusCode)
            {
                documents.Add(("userinfo", await info.Content.ReadFromJsonAsync<JsonElement>()));
            }
        }

        return [.. documents.DistinctBy(d => (d.Item1, d.Item2.GetRawText()))];
    }

    private static async Task<JsonElement> IntrospectAsync(Company company, string token)
    {
        var json = await (await ResourceServer.CreateAsync(company)).IntrospectAsync(token, $"/resources/{company.ResourceId}");
        Assert.True(json.GetProperty("active").GetBoolean());
        return json;
    }

    private static JsonElement PayloadOf(JsonElement answer, string token) =>
        JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(answer.GetProperty(token).GetString()!.Split('.')[1]));

    private static string PersonalOf(JsonElement claims) =>
        string.Join(' ', claims.EnumerateObject().Select(c => c.Name).Intersect(All, StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static string ClaimsOf(ConsentForm consent) =>
        string.Join(", ", Claim().Matches(consent.Html).Select(m => m.Groups["text"].Value));

    [GeneratedRegex("data-lk=\"claim\"[^>]*>(?<text>[^<]*)<", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Claim();

    [GeneratedRegex("name=\"claims\" value=\"(?<names>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex HiddenClaims();
}
