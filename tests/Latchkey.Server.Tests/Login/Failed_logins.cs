using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Failed_logins_on_SQLite(OnSqlite host) : Failed_logins(host), IClassFixture<OnSqlite>;

public sealed class Failed_logins_on_PostgreSQL(OnPostgres host) : Failed_logins(host), IClassFixture<OnPostgres>;

/// <summary>
/// <c>login_failed</c> and <c>:reject</c>: the browser still returns to the callback, with the cookie and without a proof, and the error is
/// returned to the client.
/// </summary>
public abstract class Failed_logins(LatchkeyHost host)
{
    public static TheoryData<object> Failures =>
    [
        new { login_failed = true },
        new { loginFailed = true },
        new { login_failed = true, sub = "ada", email = "ada@acme.example" },
        new { login_failed = true, unknown = 1 },
    ];

    [Theory]
    [MemberData(nameof(Failures))]
    [Spec("OAuth 2.1 §4.1.2.1", "access-denied")]
    public async Task A_failed_login_is_access_denied_at_the_client_with_or_without_a_proof(object report)
    {
        foreach (var query in new[] { "", "&auth_request_id=", "&auth_request_id=req_0000000000000000000000.x", "&auth_request_id={id}" })
        {
            using var login = await LoginFlow.BeginAsync(host);
            var response = await login.Company.ReportAsync(login.Redirect.LoginRequestId, report);
            Assert.Equal(login.CallbackWithoutProof, response.CallbackPath);
            Assert.DoesNotContain('.', response.AuthRequestId);

            var path = login.CallbackWithoutProof + query.Replace("{id}", response.AuthRequestId, StringComparison.Ordinal);
            Expect.Redirect(await login.Browser.GetAsync(path), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
        }
    }

    [Theory]
    [InlineData("temporarily_unavailable", "Come back tomorrow", "Come%20back%20tomorrow")]
    [InlineData("access_denied", "Déjà \"vu\"\\ \r\n<b>", "D%20j%20%20%20vu%20%20%20%20%20%3Cb%3E")]
    [InlineData("unmet_authentication_requirements", "x", "x")]
    [Spec("OAuth 2.1 §3.2.4", "error-characters")]
    public async Task A_rejection_returns_its_error_to_the_client_in_printable_characters(
        string error, string description, string onTheWire)
    {
        using var login = await LoginFlow.BeginAsync(host);
        using var rejected = await login.Company.RejectAsync(login.Redirect.LoginRequestId, error, description);
        var callback = (await rejected.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("redirect_uri").GetString()!;
        Assert.Equal(host.BaseUrl + login.CallbackWithoutProof, callback);

        var response = await login.Browser.GetAsync(callback[host.BaseUrl.Length..]);
        Assert.Matches(
            $"&error_description={Regex.Escape(onTheWire)}\\.%20Reference%20[0-9A-Z]{{4}}-[0-9A-Z]{{4}}&",
            response.Headers.Location!.OriginalString);
        Expect.Redirect(response, login.Client.RedirectUri, error, login.Company.Issuer);
    }

    [Fact]
    public async Task A_rejection_with_an_empty_body_is_access_denied()
    {
        using var login = await LoginFlow.BeginAsync(host);
        using var rejected = await login.Company.SendAsync(
            HttpMethod.Post,
            $"/api/v1/connections/{login.Company.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}:reject",
            new { });
        Assert.Equal(HttpStatusCode.OK, rejected.StatusCode);

        Expect.Redirect(
            await login.Browser.GetAsync(login.CallbackWithoutProof), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
    }

    [Fact]
    public async Task A_callback_without_the_cookie_gets_no_redirect_and_leaves_a_rejected_login()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Refused);
        using var foreign = new Browser(host);

        await Expect.PageAsync(await foreign.GetAsync(login.Callback), 403, "foreign_browser");
        await login.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task A_repeated_callback_or_rejection_has_the_same_result()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Refused);
        for (var i = 0; i < 3; i++)
        {
            await login.ExpectUnchangedAsync();
            using var again = await login.Company.RejectAsync(login.Redirect.LoginRequestId, "temporarily_unavailable", "another word");
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            Assert.Equal(
                login.CallbackWithoutProof,
                (await login.Company.ReportAsync(login.Redirect.LoginRequestId, new { login_failed = true })).CallbackPath);
        }

        Assert.Single(await login.SignInEventsAsync(), "login.rejected");
    }

    [Fact]
    public async Task A_rejected_login_accepts_no_user_and_a_login_with_a_user_accepts_no_rejection()
    {
        using var failed = await LoginFlow.AtAsync(host, LoginFlow.Refused);
        await Expect.ProblemAsync(await failed.Company.TryReportAsync(failed.Redirect.LoginRequestId), 409, "login_request_over");
        await failed.ExpectUnchangedAsync();

        foreach (var stage
            in new[] { LoginFlow.AwaitingReturn, LoginFlow.AwaitingConsent, LoginFlow.AwaitingExchange, LoginFlow.Exchanged })
        {
            using var login = await LoginFlow.AtAsync(host, stage);
            await Expect.ProblemAsync(
                await login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { login_failed = true }), 409, "login_request_over");
            await Expect.ProblemAsync(
                await login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "too late"), 409, "login_request_over");
            await login.ExpectUnchangedAsync();
        }
    }
}
