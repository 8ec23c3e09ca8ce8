using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class A_sign_in_that_failed_on_SQLite(OnSqlite host) : A_sign_in_that_failed(host), IClassFixture<OnSqlite>;

public sealed class A_sign_in_that_failed_on_PostgreSQL(OnPostgres host) : A_sign_in_that_failed(host), IClassFixture<OnPostgres>;

/// <summary><c>login_failed</c> and <c>:reject</c>: the browser still comes to the callback (cookie needed, proof not), and the client hears it.</summary>
public abstract class A_sign_in_that_failed(LatchkeyHost host)
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
    public async Task Is_access_denied_at_the_client_with_or_without_a_proof(object report)
    {
        foreach (var query in new[] { "", "&auth_request_id=", "&auth_request_id=req_0000000000000000000000.x", "&auth_request_id={id}" })
        {
            using var login = await Handoff.BeginAsync(host);
            var answer = await login.Company.ReportAsync(login.Visit.LoginRequestId, report);
            Assert.Equal(login.CallbackWithoutProof, answer.CallbackPath);
            Assert.DoesNotContain('.', answer.AuthRequestId);

            var path = login.CallbackWithoutProof + query.Replace("{id}", answer.AuthRequestId, StringComparison.Ordinal);
            Expect.Redirect(await login.Browser.GetAsync(path), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
        }
    }

    [Theory]
    [InlineData("temporarily_unavailable", "Come back tomorrow", "Come%20back%20tomorrow")]
    [InlineData("access_denied", "Déjà \"vu\"\\ \r\n<b>", "D%20j%20%20%20vu%20%20%20%20%20%3Cb%3E")]
    [InlineData("unmet_authentication_requirements", "x", "x")]
    [Spec("OAuth 2.1 §3.2.4", "error-characters")]
    public async Task Brings_the_client_the_companys_own_error_in_printable_words(string error, string description, string onTheWire)
    {
        using var login = await Handoff.BeginAsync(host);
        using var rejected = await login.Company.RejectAsync(login.Visit.LoginRequestId, error, description);
        var callback = (await rejected.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("redirect_uri").GetString()!;
        Assert.Equal(host.BaseUrl + login.CallbackWithoutProof, callback);

        var answer = await login.Browser.GetAsync(callback[host.BaseUrl.Length..]);
        Assert.Contains($"&error_description={onTheWire}&", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Expect.Redirect(answer, login.Client.RedirectUri, error, login.Company.Issuer);
    }

    [Fact]
    public async Task Without_a_body_worth_the_name_is_access_denied()
    {
        using var login = await Handoff.BeginAsync(host);
        using var rejected = await login.Company.SendAsync(HttpMethod.Post, $"/api/v1/connections/{login.Company.ConnectionId}/auth-requests/{login.Visit.LoginRequestId}:reject", new { });
        Assert.Equal(HttpStatusCode.OK, rejected.StatusCode);

        Expect.Redirect(await login.Browser.GetAsync(login.CallbackWithoutProof), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
    }

    [Fact]
    public async Task Needs_the_cookie_and_is_burnt_without_it()
    {
        using var login = await Handoff.AtAsync(host, Handoff.Refused);
        using var stranger = new Browser(host);

        await Expect.PageAsync(await stranger.GetAsync(login.Callback), 403, "foreign_browser");
        await login.IsDeadAsync();
    }

    [Fact]
    public async Task Is_told_the_client_again_at_a_reload_and_reported_again_with_the_same_answer()
    {
        using var login = await Handoff.AtAsync(host, Handoff.Refused);
        for (var i = 0; i < 3; i++)
        {
            await login.IsUnharmedAsync();
            using var again = await login.Company.RejectAsync(login.Visit.LoginRequestId, "temporarily_unavailable", "another word");
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            Assert.Equal(login.CallbackWithoutProof, (await login.Company.ReportAsync(login.Visit.LoginRequestId, new { login_failed = true })).CallbackPath);
        }

        Assert.Single(await login.JourneyAsync(), "login.rejected");
    }

    [Fact]
    public async Task Takes_no_person_any_more_and_a_person_reported_takes_no_failure()
    {
        using var failed = await Handoff.AtAsync(host, Handoff.Refused);
        await Expect.ProblemAsync(await failed.Company.TryReportAsync(failed.Visit.LoginRequestId), 409, "login_request_over");
        await failed.IsUnharmedAsync();

        foreach (var stage in new[] { Handoff.AwaitingReturn, Handoff.AwaitingConsent, Handoff.AwaitingExchange, Handoff.Exchanged })
        {
            using var login = await Handoff.AtAsync(host, stage);
            await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Visit.LoginRequestId, new { login_failed = true }), 409, "login_request_over");
            await Expect.ProblemAsync(await login.Company.RejectAsync(login.Visit.LoginRequestId, "access_denied", "too late"), 409, "login_request_over");
            await login.IsUnharmedAsync();
        }
    }
}
