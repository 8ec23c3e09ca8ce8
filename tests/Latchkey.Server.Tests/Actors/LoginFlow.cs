using System.Net;

namespace Latchkey.Server.Tests.Actors;

/// <summary>One login with its client, company and browser, and the values that each has received so far.</summary>
internal sealed class LoginFlow : IDisposable
{
    /// <summary>Stages with the names of the API, in their order.</summary>
    public const string AwaitingLogin = "awaiting_login";
    public const string AwaitingReturn = "awaiting_return";
    public const string AwaitingConsent = "awaiting_consent";
    public const string AwaitingExchange = "awaiting_exchange";
    public const string Exchanged = "exchanged";

    /// <summary>The company rejected the login.</summary>
    public const string Refused = "refused";

    private LoginFlow(Company company, McpClient client) => (Company, Client, Browser) = (company, client, new Browser(company.Host));

    public Company Company { get; }

    public McpClient Client { get; }

    /// <summary>The browser that started the login.</summary>
    public Browser Browser { get; }

    public string Stage { get; private set; } = "";

    public LoginRedirect Redirect { get; private set; } = new("", "", new Uri("about:blank"));

    public Report? Report { get; private set; }

    public ConsentForm? Consent { get; private set; }

    public string? Code { get; private set; }

    public Tokens? Tokens { get; private set; }

    /// <summary>
    /// The callback of the report, or before the report the callback without a proof, which is known from the login link.
    /// </summary>
    public string Callback => Report?.CallbackPath ?? CallbackWithoutProof;

    public string CallbackWithoutProof => $"{Company.CallbackPath}?state={Redirect.State}";

    public static async Task<LoginFlow> BeginAsync(LatchkeyHost host, string verification = "required")
    {
        var company = await host.CompanyAsync(verification);
        var login = new LoginFlow(company, await McpClient.RegisterAsync(company));
        login.Redirect = await login.Browser.StartAsync(login.Client.Authorize());
        login.Stage = AwaitingLogin;
        return login;
    }

    /// <summary>Starts a login and continues it to <paramref name="stage"/>.</summary>
    public static async Task<LoginFlow> AtAsync(LatchkeyHost host, string stage, string verification = "required") =>
        await AtAsync(await BeginAsync(host, verification), stage);

    /// <summary>Starts a login of this client and continues it to <paramref name="stage"/>.</summary>
    public static async Task<LoginFlow> AtAsync(Company company, McpClient client, string stage)
    {
        var login = new LoginFlow(company, client);
        login.Redirect = await login.Browser.StartAsync(login.Client.Authorize());
        login.Stage = AwaitingLogin;
        return await AtAsync(login, stage);
    }

    private static async Task<LoginFlow> AtAsync(LoginFlow login, string stage)
    {
        if (stage == Refused)
        {
            using var rejected = await login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "Not today");
            Assert.Equal(HttpStatusCode.OK, rejected.StatusCode);
            login.Stage = Refused;
            return login;
        }

        await login.ContinueAsync(until: stage);
        return login;
    }

    /// <summary>Continues the login with valid steps to a stage, and fails when a step is refused.</summary>
    public async Task ContinueAsync(string until = Exchanged)
    {
        while (Stage != until)
        {
            switch (Stage)
            {
                case AwaitingLogin:
                    Report = await Company.ReportAsync(Redirect.LoginRequestId);
                    Stage = AwaitingReturn;
                    break;
                case AwaitingReturn:
                    Consent = await Browser.ComeBackAsync(Callback);
                    Stage = AwaitingConsent;
                    break;
                case AwaitingConsent:
                    using (var allowed = await Browser.DecideAsync(Consent!, "allow", "notes:read", "notes:write"))
                    {
                        Assert.True(allowed.StatusCode == HttpStatusCode.SeeOther, await allowed.Content.ReadAsStringAsync());
                        Code = Browser.QueryOf(allowed.Headers.Location!)["code"];
                    }

                    Stage = AwaitingExchange;
                    break;
                case AwaitingExchange:
                    Tokens = await Tokens.OfAsync(await Client.RedeemAsync(Code!));
                    Stage = Exchanged;
                    break;
                default:
                    throw new InvalidOperationException($"no step leads from {Stage} to {until}");
            }
        }
    }

    /// <summary>Reports this user.</summary>
    public async Task ReportAsync(object user)
    {
        Report = await Company.ReportAsync(Redirect.LoginRequestId, user);
        Stage = AwaitingReturn;
    }

    /// <summary>Expects that the login continues from its stage to the refreshed tokens.</summary>
    public async Task ExpectUnchangedAsync()
    {
        if (Stage == Refused)
        {
            Expect.Redirect(await Browser.GetAsync(CallbackWithoutProof), Client.RedirectUri, "access_denied", Company.Issuer);
            return;
        }

        await ContinueAsync();
        Tokens = await Tokens.OfAsync(await Client.RefreshAsync(Tokens!.Refresh!));
        Assert.Equal("ada", Tokens.Claims.GetProperty("sub").GetString());
    }

    /// <summary>Expects that the login was ended: report, callback, consent decision, code and tokens are refused.</summary>
    public async Task ExpectEndedAsync()
    {
        await Expect.ProblemAsync(await Company.TryReportAsync(Redirect.LoginRequestId), 409, "login_request_over");
        await Expect.PageAsync(await Browser.GetAsync(Callback), 400, "login_over");
        if (Consent is not null)
        {
            await Expect.PageAsync(await Browser.GetAsync(Consent.Path), 400, "login_over");
            await Expect.PageAsync(await Browser.DecideAsync(Consent, "allow", "notes:read"), 400, "login_over");
        }

        if (Code is not null)
        {
            await Expect.ErrorAsync(await Client.RedeemAsync(Code), 400, "invalid_grant");
        }

        if (Tokens is not null)
        {
            await Expect.ErrorAsync(await Client.RefreshAsync(Tokens.Refresh!), 400, "invalid_grant");
        }
    }

    public Task<IReadOnlyList<string>> SignInEventsAsync() => Company.Host.SignInEventsAsync(Redirect.LoginRequestId);

    public void Dispose() => Browser.Dispose();
}
