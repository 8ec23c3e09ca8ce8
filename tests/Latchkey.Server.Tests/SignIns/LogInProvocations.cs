using System.Net.Http.Headers;
using System.Net.Http.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>Refusals at the login page, at the return of the browser and at the consent page.</summary>
internal static class LogInProvocations
{
    private const string UnknownLogin = "lri_0000000000000000000000";

    public static Dictionary<string, Func<WithClientHost, Task<string>>> All { get; } = new(StringComparer.Ordinal)
    {
        ["report_unauthenticated"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            using var request = new HttpRequestMessage(
                HttpMethod.Post, $"/api/v1/connections/{login.Company.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}/user")
            {
                Content = JsonContent.Create(Company.Ada),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "wrong") },
            };
            return await References.OfProblemAsync(host.Anonymous.SendAsync(request));
        },
        ["report_forbidden"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            var reader = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "reader", role = "read-only" });
            return await References.OfProblemAsync(host.SendAsync(
                reader.GetProperty("client").GetProperty("client_id").GetString()!, reader.GetProperty("plain_secret").GetString()!,
                HttpMethod.Post, $"/api/v1/connections/{login.Company.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}/user",
                Company.Ada));
        },
        ["report_of_unknown_login"] = async host => await References.OfProblemAsync(
            (await host.CompanyAsync()).TryReportAsync(UnknownLogin)),
        ["report_invalid"] = host => ReportedAsync(host, new { sub = "ada", email = "nobody" }),
        ["other_user_reported"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            return await References.OfProblemAsync(
                login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { sub = "bob", email = "bob@acme.example" }));
        },
        ["login_request_over"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
            return await References.OfProblemAsync(login.Company.TryReportAsync(login.Redirect.LoginRequestId));
        },
        ["login_request_expired"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            host.Clock.Advance(TimeSpan.FromMinutes(16));
            return await References.OfProblemAsync(login.Company.TryReportAsync(login.Redirect.LoginRequestId));
        },
        ["login_not_fresh"] = async host =>
        {
            var company = await host.NewCompanyAsync(resource: new { require_fresh_login = true });
            var client = await McpClient.RegisterAsync(company);
            using var browser = new Browser(host);
            var redirect = await browser.StartAsync(client.Authorize(("max_age", "60")));
            return await References.OfProblemAsync(company.TryReportAsync(redirect.LoginRequestId));
        },
        ["login_failed"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            using var failed = await login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { login_failed = true });
            return await References.OfPageAsync(login.Browser.GetAsync(login.CallbackWithoutProof));
        },
        ["login_rejected"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.Refused);
            return await References.OfPageAsync(login.Browser.GetAsync(login.CallbackWithoutProof));
        },
        ["login_expired"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            host.Clock.Advance(TimeSpan.FromMinutes(16));
            return await References.OfPageAsync(login.Browser.GetAsync(login.Callback));
        },

        ["not_reported"] = async host =>
        {
            using var login = await LoginFlow.BeginAsync(host);
            return await References.OfPageAsync(login.Browser.GetAsync(login.Callback));
        },
        ["proof_missing"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            return await References.OfPageAsync(login.Browser.GetAsync(login.CallbackWithoutProof));
        },
        ["wrong_proof"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            return await References.OfPageAsync(login.Browser.GetAsync(login.CallbackWithoutProof + "&auth_request_id=req_x.wrong"));
        },
        ["foreign_browser"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            using var other = new Browser(host);
            return await References.OfPageAsync(other.GetAsync(login.Callback, ("User-Agent", "AnotherBrowser/1.0")));
        },
        ["former_cookie"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, "state_only");
            using var former = login.Browser.Snapshot();
            await login.ContinueAsync(LoginFlow.AwaitingConsent);
            return await References.OfPageAsync(former.GetAsync(login.CallbackWithoutProof));
        },
        ["unknown_state"] = async host => await OpenAsync(host, (await host.CompanyAsync()).CallbackPath + "?state=unknown"),
        ["unknown_connection"] = host => OpenAsync(host, "/sso/v1/connections/conn_0000000000000000000000/partner:callback?state=x"),
        ["callback_of_another_connection"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            var other = await host.NewCompanyAsync();
            return await References.OfPageAsync(login.Browser.GetAsync(
                login.Callback.Replace(login.Company.ConnectionId, other.ConnectionId, StringComparison.Ordinal)));
        },
        ["prefetch_refused"] = async host =>
        {
            using var browser = new Browser(host);
            return await References.OfPageAsync(
                browser.GetAsync((await host.CompanyAsync()).CallbackPath, ("Sec-Purpose", "prefetch")));
        },
        ["return_expired"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            host.Clock.Advance(TimeSpan.FromMinutes(3));
            return await References.OfPageAsync(login.Browser.GetAsync(login.Callback));
        },
        ["connection_disabled"] = host => AfterChangeAsync(
            host, LoginFlow.AwaitingReturn, login => login.Browser.GetAsync(login.Callback),
            company => $"/api/v1/connections/{company.ConnectionId}", new { enabled = false }),
        ["no_longer_offered"] = host => AfterChangeAsync(
            host, LoginFlow.AwaitingConsent, login => login.Browser.GetAsync(login.Consent!.Path),
            company => $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true }),
        ["login_over"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
            using var ended = await login.Browser.GetAsync(login.CallbackWithoutProof);
            return await References.OfPageAsync(login.Browser.GetAsync(login.Callback));
        },

        ["denied"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
            return await References.OfPageAsync(login.Browser.DecideAsync(login.Consent!, "deny"));
        },
        ["nothing_allowed"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
            return await References.OfPageAsync(login.Browser.DecideAsync(login.Consent!, "allow"));
        },
        ["consent_expired"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
            host.Clock.Advance(TimeSpan.FromMinutes(11));
            return await References.OfPageAsync(login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"));
        },
        ["consent_cookie_missing"] = host => OpenAsync(host, $"/consent/{UnknownLogin}"),
        ["foreign_origin"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
            return await References.OfPageAsync(login.Browser.SendAsync(
                HttpMethod.Post, login.Consent!.Path, [new("decision", "allow")], ("Origin", "https://evil.example")));
        },
        ["form_token"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
            return await References.OfPageAsync(login.Browser.DecideAsync(login.Consent! with { Token = "wrong" }, "allow"));
        },
        ["no_decision"] = async host =>
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
            return await References.OfPageAsync(login.Browser.DecideAsync(login.Consent!, "perhaps"));
        },
        ["organization_missing"] = host => ChoosingAsync(host, "allow"),
        ["organization_unknown"] = host => ChoosingAsync(host, "allow", new KeyValuePair<string, string>("organization", "evil")),
    };

    /// <summary>Answers a consent page that asks for an organisation.</summary>
    private static async Task<string> ChoosingAsync(
        WithClientHost host, string decision, params KeyValuePair<string, string>[] more)
    {
        var company = await host.NewCompanyAsync(resource: new { organization_selection = "one" });
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(
            redirect.LoginRequestId,
            new
            {
                sub = "ada",
                email = "ada@acme.example",
                organizations = new[] { new { external_id = "a" }, new { external_id = "b" } },
            });
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        return await References.OfPageAsync(browser.SendAsync(
            HttpMethod.Post, consent.Path,
            [new("form_token", consent.Token), new("decision", decision), new("scope", "notes:read"), .. more], ("Origin", host.BaseUrl)));
    }

    private static async Task<string> ReportedAsync(WithClientHost host, object body)
    {
        using var login = await LoginFlow.BeginAsync(host);
        return await References.OfProblemAsync(login.Company.TryReportAsync(login.Redirect.LoginRequestId, body));
    }

    private static async Task<string> AfterChangeAsync(
        WithClientHost host, string stage, Func<LoginFlow, Task<HttpResponseMessage>> request, Func<Company, string> path, object change)
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), stage);
        await host.SendAsync(HttpMethod.Patch, path(company), change);
        return await References.OfPageAsync(request(login));
    }

    private static async Task<string> OpenAsync(WithClientHost host, string path)
    {
        using var browser = new Browser(host);
        return await References.OfPageAsync(browser.GetAsync(path));
    }
}
