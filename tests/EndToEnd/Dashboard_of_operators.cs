using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// The pages of operators in Chromium: pictures, accessibility, passkeys with a virtual authenticator, and use without script.
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class Dashboard_of_operators(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private const string Operators = "/dashboard/settings/operators";

    [Fact]
    public async Task Every_page_of_operators_fits_and_is_accessible()
    {
        var grace = await NewUserAsync();
        await grace.OpenAsync(Demo.BaseUrl + "/dashboard");
        await CheckAsync(grace, "dashboard-sign-in");
        await grace.Page.FillAsync("input[name=email]", "stranger@acme.example");
        await grace.Page.FillAsync("input[name=password]", "a wrong password");
        await grace.Page.ClickAsync("form[action='/dashboard/sign-in'] button");
        await grace.Page.Locator("[data-lk-error=sign_in_failed]").WaitForAsync();
        await CheckAsync(grace, "dashboard-sign-in-failed");

        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        await CheckAsync(grace, "dashboard-overview");
        foreach (var (path, name) in new[]
            {
                ("/dashboard/me", "account"), ("/dashboard/me/welcome", "passkey-offer"), ("/dashboard/me/passkeys/add", "passkey"),
                ("/dashboard/me/password", "password"), ("/dashboard/me/confirm?next=/dashboard/me", "confirm"), (Operators, "operators"),
                (Operators + "/invite", "invite"), (Operators + "/opr_0000000000000000000000/role", "not-found"),
            })
        {
            await grace.OpenAsync(Demo.BaseUrl + path);
            await CheckAsync(grace, "dashboard-" + name);
        }

        await grace.OpenAsync(Demo.BaseUrl + Operators);
        await grace.Page.ClickAsync("a[href$='/role']");
        await CheckAsync(grace, "dashboard-role");
        await grace.OpenAsync(Demo.BaseUrl + Operators);
        await grace.Page.Locator("tr").Filter(new() { HasText = Demo.Owner.Email }).Locator("a[href$='/remove']").ClickAsync();
        await CheckAsync(grace, "dashboard-remove");
        await grace.Page.ClickAsync("button.stop");
        await grace.Page.Locator("[data-lk-error=last_owner]").WaitForAsync();
        await CheckAsync(grace, "dashboard-last-owner");
    }

    [Fact]
    public async Task An_invited_operator_creates_an_account_and_signs_in_with_a_passkey()
    {
        var grace = await NewUserAsync();
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl, Operators + "/invite");
        var link = await InviteAsync(grace, "alan@acme.example", "admin");
        await CheckAsync(grace, "dashboard-link");

        var alan = await NewUserAsync();
        var violations = ViolationsOf(alan.Page);
        await AddAuthenticatorAsync(alan.Page);
        await alan.OpenAsync(link);
        await CheckAsync(alan, "dashboard-set-up");
        await alan.Page.FillAsync("input[name=name]", "Alan Turing");
        await alan.Page.FillAsync("input[name=password]", "another long password");
        await alan.Page.ClickAsync("form button");
        await alan.Page.ClickAsync("text=Add a passkey");
        await alan.Page.FillAsync("input[name=name]", "Laptop");
        await alan.Page.ClickAsync("form.passkey button");
        await alan.Page.Locator(".toast").WaitForAsync();
        Assert.Contains("Laptop", await alan.TextAsync(".toast"), StringComparison.Ordinal);
        await CheckAsync(alan, "dashboard-account-passkey");

        await alan.Page.ClickAsync("details.me > summary");
        await CheckAsync(alan, "dashboard-menu");
        await alan.Page.SetViewportSizeAsync(1280, 800);
        await alan.Page.ClickAsync("text=Sign out");
        await alan.Page.ClickAsync("form.passkey button");
        await alan.Page.Locator("#find").WaitForAsync();
        await alan.OpenAsync(Demo.BaseUrl + "/dashboard/me/confirm?next=/dashboard/me");
        await alan.Page.ClickAsync("form.passkey button");
        await alan.Page.WaitForURLAsync(Demo.BaseUrl + "/dashboard/me");
        Assert.Empty(violations);

        await alan.OpenAsync(Demo.BaseUrl + Operators);
        Assert.Equal(0, await alan.Page.Locator("a[href$='/remove']").CountAsync());
        await CheckAsync(alan, "dashboard-operators-admin");
        await alan.OpenAsync(Demo.BaseUrl + Operators + "/invite");
        await alan.Page.Locator("[data-lk-error=forbidden]").WaitForAsync();
        await CheckAsync(alan, "dashboard-forbidden");
    }

    [Fact]
    public async Task The_pages_of_operators_work_without_a_script_and_on_a_phone()
    {
        var grace = await NewUserAsync(new() { JavaScriptEnabled = false });
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl, Operators + "/invite");
        await InviteAsync(grace, "noscript@acme.example", "viewer");
        await grace.OpenAsync(Demo.BaseUrl + Operators);
        await CheckAsync(grace, "dashboard-operators-invited", hasScript: false);
        await grace.Page.ClickAsync("a[href$='/withdraw']");
        await grace.Page.ClickAsync("button.stop");
        Assert.Equal("The link was withdrawn.", await grace.TextAsync(".toast"));
        await grace.Page.SetViewportSizeAsync(390, 844);
        await grace.Page.ClickAsync("details.menu > summary");
        await CheckAsync(grace, "dashboard-menu-phone", hasScript: false);
    }

    private static Task CheckAsync(BrowserUser user, string name, bool hasScript = true) =>
        PageChecks.CheckAsync(user, name, hasScript, isStrict: true);

    private static async Task<string> InviteAsync(BrowserUser owner, string email, string role)
    {
        await owner.Page.FillAsync("input[name=email]", email);
        await owner.Page.SelectOptionAsync("select[name=role]", role);
        await owner.Page.ClickAsync("main form button");
        return await owner.TextAsync(".code code");
    }

    /// <summary>A platform authenticator that verifies its user and answers at once.</summary>
    private static async Task AddAuthenticatorAsync(IPage page)
    {
        var devTools = await page.Context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["options"] = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
    }

    /// <summary>What the content security policy of the page stopped.</summary>
    private static List<string> ViolationsOf(IPage page)
    {
        var violations = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal)
                || message.Text.Contains("Trusted", StringComparison.Ordinal))
            {
                violations.Add(message.Text);
            }
        };
        return violations;
    }
}
