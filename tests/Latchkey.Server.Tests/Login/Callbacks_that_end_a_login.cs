using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Callbacks_that_end_a_login_on_SQLite(OnSqlite host) : Callbacks_that_end_a_login(host), IClassFixture<OnSqlite>;

public sealed class Callbacks_that_end_a_login_on_PostgreSQL(OnPostgres host) : Callbacks_that_end_a_login(host), IClassFixture<OnPostgres>;

/// <summary>Invalid callbacks at every stage and in both modes: the error page, and the state of the login afterwards.</summary>
public abstract class Callbacks_that_end_a_login(LatchkeyHost host)
{
    private const string Required = "required";
    private const string StateOnly = "state_only";
    private const string Ended = "ended";
    private const string Unchanged = "unchanged";

    /// <summary>Mode, stage, status, page, result. The browser has no cookie of this login.</summary>
    public static TheoryData<string, string, int, string, string> WithoutCookie => new()
    {
        { Required, LoginFlow.AwaitingLogin, 403, "foreign_browser", Unchanged },
        { Required, LoginFlow.AwaitingReturn, 403, "foreign_browser", Unchanged },
        { Required, LoginFlow.Refused, 403, "foreign_browser", Unchanged },
        { Required, LoginFlow.AwaitingConsent, 403, "foreign_browser", Unchanged },
        { Required, LoginFlow.AwaitingExchange, 403, "foreign_browser", Unchanged },
        { Required, LoginFlow.Exchanged, 403, "foreign_browser", Unchanged },
        { StateOnly, LoginFlow.AwaitingLogin, 403, "foreign_browser", Ended },
        { StateOnly, LoginFlow.AwaitingReturn, 403, "foreign_browser", Ended },
        { StateOnly, LoginFlow.Refused, 403, "foreign_browser", Ended },
        { StateOnly, LoginFlow.AwaitingConsent, 403, "foreign_browser", Ended },
        { StateOnly, LoginFlow.AwaitingExchange, 403, "foreign_browser", Ended },
        { StateOnly, LoginFlow.Exchanged, 403, "foreign_browser", Ended },
    };

    /// <summary>The browser has the cookie, and the proof is missing or wrong.</summary>
    public static TheoryData<string, int, string, string> WithoutProof => new()
    {
        { LoginFlow.AwaitingLogin, 400, "not_reported", Unchanged },
        { LoginFlow.AwaitingReturn, 400, "proof_missing", Ended },
        { LoginFlow.AwaitingConsent, 400, "proof_missing", Ended },
        { LoginFlow.AwaitingExchange, 400, "proof_missing", Unchanged },
        { LoginFlow.Exchanged, 400, "proof_missing", Unchanged },
    };

    public static TheoryData<string> WrongProofs =>
    [
        "",
        "&auth_request_id=",
        "&auth_request_id={id}",
        "&auth_request_id={id}.",
        "&auth_request_id=.{proof}",
        "&auth_request_id={proof}",
        "&auth_request_id={id}.{proof}x",
        "&auth_request_id={id}.{proof}%20",
        "&auth_request_id={id}.{proof}%00",
        "&auth_request_id={id}.{other proof}",
        "&auth_request_id={other id}.{proof}",
        "&auth_request_id={id}.{PROOF}",
        "&auth_request_id=req_0000000000000000000000.{proof}",
        "&auth_request_id={id}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "&auth_request_id={id}.{proof}&auth_request_id={id}.{proof}",
        "&auth_request_id={id}.{proof}&auth_request_id=x",
        "&AUTH-REQUEST-ID={id}.{proof}",
        "&proof={proof}",
    ];

    [Theory]
    [MemberData(nameof(WithoutCookie))]
    public async Task A_callback_from_a_foreign_browser_is_refused(
        string verification, string stage, int status, string page, string result)
    {
        using var login = await LoginFlow.AtAsync(host, stage, verification);
        using var foreign = new Browser(host);

        var reference = await Expect.PageAsync(await foreign.GetAsync(login.Callback), status, page);
        Assert.Contains("callback.suspicious", await host.SignInEventsAsync(reference), StringComparer.Ordinal);
        await ExpectAsync(result, login);
    }

    [Theory]
    [MemberData(nameof(WithoutCookie))]
    public async Task A_callback_with_a_forged_cookie_is_refused_like_one_without(
        string verification, string stage, int status, string page, string result)
    {
        using var login = await LoginFlow.AtAsync(host, stage, verification);
        using var foreign = new Browser(host);
        var cookie = login.Browser.Cookies.GetAllCookies().Single();
        foreign.Cookies.Add(new Cookie(cookie.Name, cookie.Value[..^1] + (cookie.Value[^1] == 'A' ? 'B' : 'A'), "/", cookie.Domain));

        await Expect.PageAsync(await foreign.GetAsync(login.Callback), status, page);
        await ExpectAsync(result, login);
    }

    [Theory]
    [MemberData(nameof(WithoutProof))]
    public async Task A_callback_without_the_required_proof_is_refused(string stage, int status, string page, string result)
    {
        using var login = await LoginFlow.AtAsync(host, stage);

        await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof), status, page);
        await ExpectAsync(result, login);
    }

    [Theory]
    [MemberData(nameof(WrongProofs))]
    public async Task A_callback_with_a_wrong_proof_ends_the_login(string query)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var other = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        var parts = login.Report!.AuthRequestId.Split('.');
        var others = other.Report!.AuthRequestId.Split('.');
        var sent = query.Replace("{id}", parts[0], StringComparison.Ordinal).Replace("{proof}", parts[1], StringComparison.Ordinal)
            .Replace("{PROOF}", parts[1].ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{other id}", others[0], StringComparison.Ordinal).Replace("{other proof}", others[1], StringComparison.Ordinal);

        var reference = await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof + sent), 400, "proof_missing");
        Assert.Contains("callback.burnt", await host.SignInEventsAsync(reference), StringComparer.Ordinal);
        await login.ExpectEndedAsync();
        await other.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task The_error_page_and_the_sign_in_log_name_the_missing_parameter()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var page = await login.Browser.GetAsync(login.CallbackWithoutProof);

        Assert.Contains(
            "Append auth_request_id from the report&#x27;s response to the callback",
            await page.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
        var signIn = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{login.Redirect.LoginRequestId}");
        Assert.Contains("callback_verification=required", signIn.ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// With state_only an attacker could wait at the callback for the report. With required an early callback changes nothing.
    /// </summary>
    [Theory]
    [InlineData(Required, Unchanged, "callback.not_reported")]
    [InlineData(StateOnly, Ended, "callback.burnt")]
    [Spec("OAuth 2.1 §3.1", "owner-authenticated-first")]
    public async Task A_callback_before_the_report_is_refused_and_ends_a_state_only_login(
        string verification, string result, string recorded)
    {
        using var login = await LoginFlow.BeginAsync(host, verification);

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "not_reported");
        Assert.Contains(recorded, await login.SignInEventsAsync(), StringComparer.Ordinal);
        await ExpectAsync(result, login);
    }

    /// <summary>The proof is not checked, so any value is accepted.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("&auth_request_id=nonsense")]
    [InlineData("&auth_request_id=a&auth_request_id=b")]
    public async Task A_state_only_callback_ignores_the_proof(string query)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, StateOnly);
        using var response = await login.Browser.GetAsync(login.CallbackWithoutProof + query);

        Assert.Equal($"/consent/{login.Redirect.LoginRequestId}", response.Headers.Location!.OriginalString);
        await login.ExpectUnchangedAsync();
    }

    /// <summary>A login that was ended stays ended, and one that was not is not ended by repetition.</summary>
    [Theory]
    [InlineData(Required, Unchanged)]
    [InlineData(StateOnly, Ended)]
    public async Task A_repeated_foreign_callback_has_the_same_result(string verification, string result)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        using var foreign = new Browser(host);
        for (var i = 0; i < 3; i++)
        {
            await Expect.PageAsync(await foreign.GetAsync(login.Callback), 403, "foreign_browser");
        }

        Assert.DoesNotContain("callback.accepted", await login.SignInEventsAsync(), StringComparer.Ordinal);
        await ExpectAsync(result, login);
    }

    private static Task ExpectAsync(string result, LoginFlow login) =>
        result == Ended ? login.ExpectEndedAsync() : login.ExpectUnchangedAsync();
}
