using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// Every page that a user can see, wide and narrow, light and dark, each saved as a screenshot under artifacts/screenshots/. On each, axe
/// reports no serious violation, and no element overflows to the side.
/// </summary>
[Collection<SecondDemoOnSqlite>]
public sealed class Page_layout_and_accessibility(SecondDemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Fact]
    public async Task The_consent_page_of_a_client_on_the_same_device()
    {
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync((await ClientAsync("Inspector")).Authorize(), DemoUser.Ada);
        await CheckAsync(ada, "consent-device");
    }

    [Fact]
    public async Task The_consent_page_of_an_unverified_hosted_client()
    {
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync((await ClientAsync("Summaries", "summaries.example")).Authorize("notes:read"), DemoUser.Ada);
        await CheckAsync(ada, "consent-unvouched");
    }

    [Fact]
    public async Task The_consent_page_of_a_client_that_the_operator_created()
    {
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(
            (await ClientAsync("Acme Assistant", "assistant.example", isCreatedByOperator: true))
                .Authorize("notes:read notes:write offline_access"),
            DemoUser.Ada);
        await CheckAsync(ada, "consent-vouched");
    }

    [Fact]
    public async Task The_consent_page_that_marks_new_scopes()
    {
        var ada = await NewUserAsync();
        var client = await ClientAsync("Inspector twice");
        await ada.OpenConsentAsync(client.Authorize("notes:read"), DemoUser.Ada);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();

        await ada.OpenAsync(client.Authorize());
        await ada.Continue.ClickAsync();
        await ada.WaitForConsentAsync();
        await CheckAsync(ada, "consent-new-scope");
    }

    [Fact]
    public async Task The_consent_page_whose_scopes_cannot_be_unticked()
    {
        var login = await ThirdPartyLoginPageAsync(
            "state_only",
            new()
            {
                ["name"] = "Payroll",
                ["scopes"] = new object[] { new { name = "payslips:read", description = "Read your payslips" } },
                ["scopes_can_be_unticked"] = false
            });
        var alice = await NewUserAsync();
        await alice.OpenAsync((await ClientAsync("Tax helper", resource: login.Resource)).Authorize("payslips:read"));
        await alice.Page.ClickAsync("#literal button");
        await alice.WaitForConsentAsync();
        await CheckAsync(alice, "consent-fixed");
    }

    [Fact]
    public async Task The_consent_page_with_the_longest_names_and_twenty_scopes()
    {
        var scopes = Enumerable.Range(1, 20).Select(number => new
        {
            name = $"workspace{number}:{new string('x', number % 3 == 0 ? 100 : 6)}",
            description = number % 4 == 0
                ? string.Join(' ', Enumerable.Repeat("Read and change everything in the workspace,", 11))
                : $"Do thing number {number}",
        });
        var login = await ThirdPartyLoginPageAsync(
            "state_only",
            new()
            {
                ["name"] = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft "
                    + "mit beschränkter Haftung und Co. KG",
                ["scopes"] = scopes.ToArray()
            },
            new
            {
                sub = "1",
                email = $"{new string('a', 60)}@{new string('b', 60)}.{new string('c', 60)}.example",
                name = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe Senior",
                organization_external_id = "o",
                organization_external_name = new string('W', 200),
            });
        var client = await ClientAsync(
            new string('M', 100) + " " + string.Join(' ', Enumerable.Repeat("long", 20))[..99], resource: login.Resource);
        var user = await NewUserAsync();
        await user.OpenAsync(client.Authorize(string.Join(' ', scopes.Select(scope => scope.name))));
        await user.Page.ClickAsync("#literal button");
        await user.WaitForConsentAsync();
        Assert.Equal(20, (await user.ReadAllAsync("scope")).Count);
        Assert.Equal(200, (await user.ReadOneAsync("client")).Length);
        await CheckAsync(user, "consent-long");
    }

    [Fact]
    public async Task The_consent_page_without_JavaScript()
    {
        var ada = await NewUserAsync(new() { JavaScriptEnabled = false });
        await ada.OpenConsentAsync((await ClientAsync()).Authorize(), DemoUser.Ada);
        await CheckAsync(ada, "consent-no-script", hasScript: false);
    }

    /// <summary>Screenshots of one operation, because the whole page is too long for one.
    /// Also with all details open: hidden content may be wider.</summary>
    [Fact]
    public async Task The_documentation_page_of_the_management_API()
    {
        var operators = await NewUserAsync();
        await operators.OpenAsync(Demo.BaseUrl + "/api/docs#CreateResource");
        await CheckAsync(operators, "api", isWhole: false);
        await operators.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => { d.open = true; })");
        await CheckAsync(operators, "api-unfolded", hasScript: false, isWhole: false);
    }

    [Fact]
    public async Task The_home_page_and_the_page_of_a_wrong_path()
    {
        var visitor = await NewUserAsync();
        await visitor.OpenAsync(Demo.BaseUrl + "/");
        await visitor.Page.Locator("main[data-lk-home]").WaitForAsync();
        await CheckAsync(visitor, "home");
        await visitor.OpenAsync(Demo.BaseUrl + "/login/old-address");
        await visitor.WaitForErrorAsync("not_found");
        await CheckAsync(visitor, "not-found");
    }

    [Fact]
    public async Task The_error_page()
    {
        var ada = await NewUserAsync();
        await ada.OpenAsync((await ClientAsync()).Authorize(more: ("redirect_uri", "http://127.0.0.1/elsewhere")));
        await ada.WaitForErrorAsync("unregistered_redirect_uri");
        await CheckAsync(ada, "error");
    }

    [Fact]
    public async Task The_error_page_with_a_link_to_the_client()
    {
        var ada = await NewUserAsync();
        await ada.OpenAsync((await ClientAsync("Summaries", "summaries.example")).Authorize(more: ("prompt", "none")));
        await ada.WaitForErrorAsync("login_required");
        await CheckAsync(ada, "error-return");
    }

    [Fact]
    public async Task The_page_of_a_finished_sign_in()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var consent = ada.Page.Url;
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
        await ada.OpenAsync(consent);
        await ada.Page.Locator("main[data-lk-finished]").WaitForAsync();
        await CheckAsync(ada, "finished");
    }

    [Fact]
    public async Task The_form_post_page()
    {
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync((await ClientAsync()).Authorize(more: ("response_mode", "form_post")), DemoUser.Ada);

        // The page submits the form on its own; the request is aborted so that the page stays.
        await ada.Page.RouteAsync("**/callback", route => route.AbortAsync(RequestAbortErrorCode.Aborted));
        await ada.Allow.ClickAsync();
        await ada.Page.Locator("form#answer").WaitForAsync();
        await CheckAsync(ada, "form-post");
    }

    [Fact]
    public async Task The_pages_of_AcmeApp()
    {
        var ada = await NewUserAsync();
        await ada.OpenAsync(Demo.AcmeUrl);
        await CheckAsync(ada, "acme-welcome");
        await ada.OpenAsync(Demo.AcmeUrl + "/login");
        await CheckAsync(ada, "acme-login");
        await ada.SignInAsync(DemoUser.Ada with { Password = "wrong" });
        await ada.Page.Locator("#wrong").WaitForAsync();
        await CheckAsync(ada, "acme-login-wrong");
        await ada.SignInAsync(DemoUser.Ada);
        await ada.Page.Locator("#signout").WaitForAsync();
        await CheckAsync(ada, "acme-home");
    }

    [Fact]
    public async Task The_login_page_of_AcmeApp_for_a_client()
    {
        var ada = await NewUserAsync();
        var client = await ClientAsync("Inspector");
        await ada.OpenAsync(client.Authorize());
        await CheckAsync(ada, "acme-login-asking");
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoUser.Ada);
        await ada.OpenAsync(client.Authorize());
        await ada.Continue.WaitForAsync();
        await CheckAsync(ada, "acme-continue");
        var answered = ada.Page.Url;
        await ada.Continue.ClickAsync();
        await ada.WaitForConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
        await ada.OpenAsync(answered);
        await ada.Page.Locator("#error").WaitForAsync();
        await CheckAsync(ada, "acme-trouble");
        await ada.OpenAsync(
            (await ClientAsync(new string('M', 100) + " " + string.Join(' ', Enumerable.Repeat("long", 20))[..99])).Authorize());
        await ada.Continue.WaitForAsync();
        await CheckAsync(ada, "acme-continue-long");
    }

    private static Task CheckAsync(BrowserUser person, string name, bool hasScript = true, bool isWhole = true) =>
        PageChecks.CheckAsync(person, name, hasScript, isWhole);
}
