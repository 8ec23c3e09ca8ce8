using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>
/// Client and redirect URI are valid and another parameter is not: the error is returned to the client, with its state and the issuer of
/// the entry.
/// </summary>
public sealed class Authorization_request_errors(OnSqlite host) : IClassFixture<OnSqlite>
{
    public static TheoryData<string, string?, string> WrongParameters => new()
    {
        { "response_type", null, "invalid_request" },
        { "response_type", "", "invalid_request" },
        { "response_type", "token", "unsupported_response_type" },
        { "response_type", "id_token", "unsupported_response_type" },
        { "response_type", "code id_token", "unsupported_response_type" },
        { "response_type", "code token", "unsupported_response_type" },
        { "response_type", "code ", "unsupported_response_type" },
        { "response_type", "CODE", "unsupported_response_type" },
        { "response_type", "none", "unsupported_response_type" },
        { "response_mode", "fragment", "invalid_request" },
        { "response_mode", "web_message", "invalid_request" },
        { "response_mode", "Query", "invalid_request" },
        { "resource", "https://unknown.example/mcp", "invalid_target" },
        { "resource", "/mcp", "invalid_target" },
        { "resource", "mcp", "invalid_target" },
        { "resource", "//mcp1.example/mcp", "invalid_target" },
        { "resource", "urn:mcp:notes", "invalid_target" },
        { "resource", "not a uri", "invalid_target" },
        { "prompt", "none", "login_required" },
        { "prompt", "none login", "login_required" },
        { "prompt", "consent none", "login_required" },
        { "max_age", "soon", "invalid_request" },
        { "max_age", "-1", "invalid_request" },
        { "max_age", "1.5", "invalid_request" },
        { "max_age", "1e3", "invalid_request" },
        { "max_age", " 60", "invalid_request" },
        { "max_age", "٦٠", "invalid_request" },
        { "max_age", "99999999999999999999999999", "invalid_request" },
        { "request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported" },
        { "request_uri", "https://evil.example/request", "request_uri_not_supported" },
    };

    public static TheoryData<string, string?, string> WrongPkceParameters => new()
    {
        { "code_challenge", null, "invalid_request" },
        { "code_challenge", "", "invalid_request" },
        { "code_challenge", "too-short", "invalid_request" },
        { "code_challenge", "012345678901234567890123456789012345678901", "invalid_request" },
        { "code_challenge", "01234567890123456789012345678901234567890123", "invalid_request" },
        { "code_challenge", "0123456789012345678901234567890123456789012=", "invalid_request" },
        { "code_challenge", "0123456789012345678901234567890123456789+/A", "invalid_request" },
        { "code_challenge", "0123456789012345678901234567890123456789.~A", "invalid_request" },
        { "code_challenge", "0123456789012345678901234567890123456789 12", "invalid_request" },
        { "code_challenge", "01234567890123456789012345678901234567890é2", "invalid_request" },
        { "code_challenge", "0123456789012345678901234567890123456789\u0661\u0662\u0663", "invalid_request" },
        { "code_challenge_method", null, "invalid_request" },
        { "code_challenge_method", "", "invalid_request" },
        { "code_challenge_method", "plain", "invalid_request" },
        { "code_challenge_method", "s256", "invalid_request" },
        { "code_challenge_method", "S512", "invalid_request" },
        { "code_challenge_method", "S256 ", "invalid_request" },
    };

    /// <summary>
    /// Spellings that differ from the resource's <c>https://mcpN.example/mcp</c> in more than the case of scheme and host, a dot at the end
    /// of the host, the default port and one trailing slash.
    /// </summary>
    public static TheoryData<string> OtherResources =>
    [
        "{uri}#fragment",
        "{uri}#",
        "{uri}//",
        "{uri}?x=1",
        "{uri}/other",
        "{uri}%2F",
        "{uri} ",
        " {uri}",
        "{uri}\t",
        "{uri}\0",
        "{uri},{uri}",
        "{origin}/MCP",
        "{origin}/%6Dcp",
        "{origin}/./mcp",
        "{origin}/a/../mcp",
        "{origin}:8443/mcp",
        "{origin}.evil.example/mcp",
        "{origin}/..",
    ];

    [Theory]
    [MemberData(nameof(WrongParameters))]
    [Spec("OAuth 2.1 §3.1", "empty-is-absent")]
    [Spec("OAuth 2.1 §4.1.1", "response-type-checked")]
    [Spec("OAuth 2.1 §4.1.2.1", "errors-go-back")]
    [Spec("RFC 9207 §2", "iss-in-errors")]
    public async Task An_invalid_parameter_is_answered_by_an_error_redirect_with_state_and_iss(
        string parameter, string? value, string error)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);

        Expect.Redirect(await host.Anonymous.GetAsync(client.Authorize((parameter, value))), client.RedirectUri, error, company.Issuer);
    }

    [Theory]
    [MemberData(nameof(WrongPkceParameters))]
    [Spec("OAuth 2.1 §3.1", "empty-is-absent")]
    [Spec("OAuth 2.1 §4.1.1", "challenge-supported")]
    [Spec("OAuth 2.1 §4.1.2.1", "errors-go-back", "challenge-required")]
    [Spec("RFC 9207 §2", "iss-in-errors")]
    [Spec("RFC 7636 §4.2", "s256")]
    public async Task A_missing_or_malformed_PKCE_challenge_is_answered_by_invalid_request(string parameter, string? value, string error)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);

        Expect.Redirect(await host.Anonymous.GetAsync(client.Authorize((parameter, value))), client.RedirectUri, error, company.Issuer);
    }

    [Theory]
    [MemberData(nameof(OtherResources))]
    [Spec("RFC 8707 §2", "absolute-without-fragment")]
    public async Task A_resource_that_differs_from_the_registered_one_is_answered_by_invalid_target(string spelling)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var resource = spelling.Replace("{uri}", company.ResourceUri, StringComparison.Ordinal)
            .Replace("{origin}", company.ResourceUri[..^"/mcp".Length], StringComparison.Ordinal);

        Expect.Redirect(
            await host.Anonymous.GetAsync(client.Authorize(("resource", resource))), client.RedirectUri, "invalid_target", company.Issuer);
        Expect.Redirect(
            await host.Anonymous.GetAsync(client.Authorize(("resource", company.ResourceUri), ("resource", resource))), client.RedirectUri,
            "invalid_target", company.Issuer);
    }

    [Fact]
    [Spec("RFC 8707 §2", "several-resources")]
    public async Task Two_resources_are_answered_by_invalid_target_at_both_entries()
    {
        var company = await host.CompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var environments = new McpClient(company, client.Id, null, client.RedirectUri) { Entry = "" };
        (string, string?)[] both = [("resource", company.ResourceUri), ("resource", other.ResourceUri)];

        Expect.Redirect(await host.Anonymous.GetAsync(client.Authorize(both)), client.RedirectUri, "invalid_target", company.Issuer);
        Expect.Redirect(await host.Anonymous.GetAsync(environments.Authorize(both)), client.RedirectUri, "invalid_target", host.BaseUrl);
        Expect.Redirect(
            await host.Anonymous.GetAsync(client.Authorize(("resource", other.ResourceUri))), client.RedirectUri, "invalid_target",
            company.Issuer);
    }

    [Theory]
    [InlineData("response_type")]
    [InlineData("response_mode")]
    [InlineData("scope")]
    [InlineData("state")]
    [InlineData("code_challenge")]
    [InlineData("code_challenge_method")]
    [InlineData("prompt")]
    [InlineData("max_age")]
    [InlineData("acr_values")]
    [InlineData("login_hint")]
    [InlineData("ui_locales")]
    [InlineData("nonce")]
    [InlineData("request")]
    [InlineData("request_uri")]
    [Spec("OAuth 2.1 §3.1", "no-parameter-twice")]
    public async Task A_repeated_parameter_is_answered_by_an_error_redirect(string parameter)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var same = client.Authorize((parameter, "1"), (parameter, "1"), ("state", McpClient.State));
        var different = client.Authorize((parameter, "1"), (parameter, "2"), ("state", McpClient.State));
        if (parameter == "state")
        {
            same = $"{client.Authorize()}&state={McpClient.StateOnTheWire}";
            different = $"{client.Authorize()}&state=other";
        }

        Expect.Redirect(await host.Anonymous.GetAsync(same), client.RedirectUri, "invalid_request", company.Issuer);
        Expect.Redirect(await host.Anonymous.GetAsync(different), client.RedirectUri, "invalid_request", company.Issuer);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "errors-go-back")]
    public async Task An_error_redirect_has_no_state_when_the_request_had_none()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var response = await host.Anonymous.GetAsync(client.Authorize(("state", null), ("prompt", "none")));

        Assert.Equal(["error", "error_description", "iss"], Browser.QueryOf(response.Headers.Location!).Keys);
    }

    [Fact]
    [Spec("OAuth 2.1 §2.3", "redirect-query-retained")]
    public async Task An_error_redirect_keeps_the_query_of_the_redirect_URI()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company, "https://client.example/callback?tenant=a%20b&x");
        using var response = await host.Anonymous.GetAsync(client.Authorize(("prompt", "none")));

        Assert.StartsWith(
            "https://client.example/callback?tenant=a%20b&x&error=login_required&",
            response.Headers.Location!.OriginalString,
            StringComparison.Ordinal);
    }

    [Fact]
    [Spec("RFC 9207 §2", "iss-in-forms")]
    [Spec("Form Post Response Mode §2", "form")]
    public async Task An_error_is_posted_as_a_form_when_the_client_asked_for_form_post()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var response = await host.Anonymous.GetAsync(
            client.Authorize(("response_mode", "form_post"), ("prompt", "none"), ("state", "<b>&\"'")));
        var html = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(response.Headers.Location);
        Assert.Contains("name=\"error\" value=\"login_required\"", html, StringComparison.Ordinal);
        Assert.Contains($"name=\"iss\" value=\"{company.Issuer}\"", html, StringComparison.Ordinal);
        Assert.Contains("name=\"state\" value=\"&lt;b&gt;&amp;&quot;&#x27;\"", html, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?, string> OneOfEachError => new()
    {
        { "response_type", null, "invalid_request" },
        { "response_type", "token", "unsupported_response_type" },
        { "code_challenge", null, "invalid_request" },
        { "resource", "https://unknown.example/mcp", "invalid_target" },
        { "prompt", "none", "login_required" },
        { "request", "x", "request_not_supported" },
    };

    /// <summary>
    /// Registration is open, so a redirect without a click would be an open redirect. The page shows the target as a link instead.
    /// </summary>
    [Theory]
    [MemberData(nameof(OneOfEachError))]
    [Spec("OAuth 2.1 §7.13.2", "no-open-redirector")]
    [Spec("RFC 9700 §4.11.2", "server-no-open-redirector")]
    public async Task An_open_redirect_by_an_untrusted_client_is_prevented_by_a_page_with_a_link(
        string parameter, string? value, string error)
    {
        var company = await host.CompanyAsync();
        var untrusted = await McpClient.RegisterAsync(company, "https://stranger.example/callback");
        var operators = await McpClient.CreateAsync(company);

        using var page = await host.Anonymous.GetAsync(untrusted.Authorize((parameter, value)));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains(
            $"<a id=\"return\" class=\"primary\" href=\"https://stranger.example/callback?error={error}&amp;error_description=",
            html,
            StringComparison.Ordinal);
        Assert.Contains(
            $"&amp;state={McpClient.StateOnTheWire}&amp;iss={Uri.EscapeDataString(company.Issuer)}\"", html, StringComparison.Ordinal);
        await Expect.PageAsync(page, 400, error);
        Expect.Redirect(
            await host.Anonymous.GetAsync(operators.Authorize((parameter, value))), operators.RedirectUri, error, company.Issuer);
    }

    [Theory]
    [InlineData("consent")]
    [InlineData("login consent")]
    [InlineData("select_account")]
    [InlineData("something new")]
    [Spec("OpenID Connect §3.1.2.1", "unknown-prompt")]
    public async Task A_prompt_other_than_none_continues_at_the_login_page(string prompt)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var response = await host.Anonymous.GetAsync(client.Authorize(("prompt", prompt)));

        Assert.StartsWith("https://app.example/login?", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }
}
