using Demo;
using Deque.AxeCore.Playwright;
using EndToEnd.Stage;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// Every page a person can meet, as they meet it: wide and narrow, light and dark, each kept as a picture under artifacts/screenshots/. On each, axe finds
/// nothing serious, and nothing sticks out to the side.
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class The_pages(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    private const int Wide = 1280;
    private const int Narrow = 390;

    /// <summary>WCAG 2.2 §1.4.10: as narrow as a page may become by enlarging it.</summary>
    private const int Narrowest = 320;

    [Fact]
    public async Task Consent_for_a_program_on_the_persons_device()
    {
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync((await ClientAsync("Inspector")).Authorize(), DemoPerson.Ada);
        await LookAtAsync(ada, "consent-device");
    }

    [Fact]
    public async Task Consent_for_a_hosted_program_that_nobody_vouches_for()
    {
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync((await ClientAsync("Summaries", "summaries.example")).Authorize("notes:read"), DemoPerson.Ada);
        await LookAtAsync(ada, "consent-unvouched");
    }

    [Fact]
    public async Task Consent_for_a_program_the_operator_made()
    {
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync((await ClientAsync("Acme Assistant", "assistant.example", isMadeByOperator: true)).Authorize("notes:read notes:write offline_access"), DemoPerson.Ada);
        await LookAtAsync(ada, "consent-vouched");
    }

    [Fact]
    public async Task Consent_with_new_permissions_marked()
    {
        var ada = await PersonAsync();
        var client = await ClientAsync("Inspector twice");
        await ada.ComeToConsentAsync(client.Authorize("notes:read"), DemoPerson.Ada);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();

        await ada.OpenAsync(client.Authorize());
        await ada.Continue.ClickAsync();
        await ada.SeeConsentAsync();
        await LookAtAsync(ada, "consent-new-scope");
    }

    [Fact]
    public async Task Consent_where_nothing_can_be_unticked()
    {
        var login = await LiteralLoginPageAsync("state_only", new() { ["name"] = "Payroll", ["scopes"] = new object[] { new { name = "payslips:read", description = "Read your payslips" } }, ["scopes_can_be_unticked"] = false });
        var alice = await PersonAsync();
        await alice.OpenAsync((await ClientAsync("Tax helper", resource: login.Resource)).Authorize("payslips:read"));
        await alice.Page.ClickAsync("#literal button");
        await alice.SeeConsentAsync();
        await LookAtAsync(alice, "consent-fixed");
    }

    [Fact]
    public async Task Consent_with_the_longest_names_and_twenty_permissions()
    {
        var scopes = Enumerable.Range(1, 20).Select(number => new
        {
            name = $"workspace{number}:{new string('x', number % 3 == 0 ? 100 : 6)}",
            description = number % 4 == 0 ? string.Join(' ', Enumerable.Repeat("Read and change everything in the workspace,", 11)) : $"Do thing number {number}",
        });
        var login = await LiteralLoginPageAsync(
            "state_only",
            new() { ["name"] = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mit beschränkter Haftung und Co. KG", ["scopes"] = scopes.ToArray() },
            new
            {
                sub = "1",
                email = $"{new string('a', 60)}@{new string('b', 60)}.{new string('c', 60)}.example",
                name = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe Senior",
                organization_external_id = "o",
                organization_external_name = new string('W', 200),
            });
        var client = await ClientAsync(new string('M', 100) + " " + string.Join(' ', Enumerable.Repeat("long", 20))[..99], resource: login.Resource);
        var somebody = await PersonAsync();
        await somebody.OpenAsync(client.Authorize(string.Join(' ', scopes.Select(scope => scope.name))));
        await somebody.Page.ClickAsync("#literal button");
        await somebody.SeeConsentAsync();
        Assert.Equal(20, (await somebody.ReadAsync("scope")).Count);
        Assert.Equal(200, (await somebody.ReadOneAsync("client")).Length);
        await LookAtAsync(somebody, "consent-long");
    }

    [Fact]
    public async Task Consent_without_script()
    {
        var ada = await PersonAsync(new() { JavaScriptEnabled = false });
        await ada.ComeToConsentAsync((await ClientAsync()).Authorize(), DemoPerson.Ada);
        await LookAtAsync(ada, "consent-no-script", hasScript: false);
    }

    /// <summary>Pictures of one call, for the whole is too long for one. Also unfolded: what is hidden at first may be wider than what is not.</summary>
    [Fact]
    public async Task The_management_API()
    {
        var operators = await PersonAsync();
        await operators.OpenAsync(Demo.BaseUrl + "/api/docs#CreateResource");
        await LookAtAsync(operators, "api", isWhole: false);
        await operators.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => { d.open = true; })");
        await LookAtAsync(operators, "api-unfolded", hasScript: false, isWhole: false);
    }

    [Fact]
    public async Task An_error()
    {
        var ada = await PersonAsync();
        await ada.OpenAsync((await ClientAsync()).Authorize(more: ("redirect_uri", "http://127.0.0.1/elsewhere")));
        await ada.SeeErrorAsync("unregistered_redirect_uri");
        await LookAtAsync(ada, "error");
    }

    [Fact]
    public async Task An_error_with_a_way_back()
    {
        var ada = await PersonAsync();
        await ada.OpenAsync((await ClientAsync("Summaries", "summaries.example")).Authorize(more: ("prompt", "none")));
        await ada.SeeErrorAsync("login_required");
        await LookAtAsync(ada, "error-return");
    }

    [Fact]
    public async Task Finished()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        var consent = ada.Page.Url;
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
        await ada.OpenAsync(consent);
        await ada.Page.Locator("main[data-lk-finished]").WaitForAsync();
        await LookAtAsync(ada, "finished");
    }

    [Fact]
    public async Task The_answer_as_a_form()
    {
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync((await ClientAsync()).Authorize(more: ("response_mode", "form_post")), DemoPerson.Ada);

        // The form leaves by itself; here it does not get away.
        await ada.Page.RouteAsync("**/callback", route => route.AbortAsync(RequestAbortErrorCode.Aborted));
        await ada.Allow.ClickAsync();
        await ada.Page.Locator("form#answer").WaitForAsync();
        await LookAtAsync(ada, "form-post");
    }

    [Fact]
    public async Task AcmeApps_own_pages()
    {
        var ada = await PersonAsync();
        await ada.OpenAsync(Demo.AcmeUrl);
        await LookAtAsync(ada, "acme-welcome");
        await ada.OpenAsync(Demo.AcmeUrl + "/login");
        await LookAtAsync(ada, "acme-login");
        await ada.SignInAsync(DemoPerson.Ada with { Password = "wrong" });
        await ada.Page.Locator("#wrong").WaitForAsync();
        await LookAtAsync(ada, "acme-login-wrong");
        await ada.SignInAsync(DemoPerson.Ada);
        await ada.Page.Locator("#signout").WaitForAsync();
        await LookAtAsync(ada, "acme-home");
    }

    [Fact]
    public async Task AcmeApps_login_for_a_program()
    {
        var ada = await PersonAsync();
        var client = await ClientAsync("Inspector");
        await ada.OpenAsync(client.Authorize());
        await LookAtAsync(ada, "acme-login-asking");
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoPerson.Ada);
        await ada.OpenAsync(client.Authorize());
        await ada.Continue.WaitForAsync();
        await LookAtAsync(ada, "acme-continue");
        var answered = ada.Page.Url;
        await ada.Continue.ClickAsync();
        await ada.SeeConsentAsync();
        await ada.OpenAsync(answered);
        await ada.Page.Locator("#trouble").WaitForAsync();
        await LookAtAsync(ada, "acme-trouble");
        await ada.OpenAsync((await ClientAsync(new string('M', 100) + " " + string.Join(' ', Enumerable.Repeat("long", 20))[..99])).Authorize());
        await ada.Continue.WaitForAsync();
        await LookAtAsync(ada, "acme-continue-long");
    }

    private static async Task LookAtAsync(Person person, string name, bool hasScript = true, bool isWhole = true)
    {
        var page = person.Page;
        var folder = Path.Combine(DemoProgram.Built("Artifacts"), "screenshots");
        if (await person.Allow.IsVisibleAsync())
        {
            await Assertions.Expect(person.Allow).ToBeEnabledAsync();
        }

        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            foreach (var width in new[] { Wide, Narrow })
            {
                await page.SetViewportSizeAsync(width, width == Wide ? 800 : 844);
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}.png"), FullPage = isWhole, Animations = ScreenshotAnimations.Disabled });
                await NothingSticksOutAsync(page, $"{name} at {width}");

                // Contrast changes with the scheme, layout with the width: two looks see both of each. Axe is a script itself.
                if (hasScript && (width == Narrow) == (scheme == ColorScheme.Light))
                {
                    await AxeFindsNothingAsync(page, $"{name} at {width}, {scheme}");
                }
            }
        }

        await page.SetViewportSizeAsync(Narrowest, 844);
        await NothingSticksOutAsync(page, $"{name} at {Narrowest}");
    }

    private static async Task NothingSticksOutAsync(IPage page, string where)
    {
        var outside = await page.EvaluateAsync<string[]>(
            """
            () => [...document.body.querySelectorAll('*')]
              .filter(e => e.checkVisibility())
              .map(e => [e, e.getBoundingClientRect()])
              .filter(([e, box]) => box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5 || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'))
              .map(([e, box]) => `${e.outerHTML.slice(0, 80)} reaches from ${box.left} to ${box.right}, holds ${e.scrollWidth} in ${e.clientWidth}`)
            """);
        Assert.True(outside.Length == 0, $"{where}: {string.Join('\n', outside)}");
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{where} scrolls to the side");
    }

    private static async Task AxeFindsNothingAsync(IPage page, string where)
    {
        var found = await page.RunAxe();
        var bad = found.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .SelectMany(violation => violation.Nodes.Select(node => $"{violation.Impact} {violation.Id}: {violation.Help}: {node.Html}"));
        Assert.True(found.Passes.Length > 5, $"{where}: axe checked hardly anything");
        Assert.True(!bad.Any(), $"{where}: {string.Join('\n', bad)}");
    }
}
