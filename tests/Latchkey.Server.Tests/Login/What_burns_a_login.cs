using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class What_burns_a_login_on_SQLite(OnSqlite host) : What_burns_a_login(host), IClassFixture<OnSqlite>;

public sealed class What_burns_a_login_on_PostgreSQL(OnPostgres host) : What_burns_a_login(host), IClassFixture<OnPostgres>;

/// <summary>Every callback that is not as it should be, at every stage, in both modes: which page, and what is left.</summary>
public abstract class What_burns_a_login(LatchkeyHost host)
{
    private const string Required = "required";
    private const string StateOnly = "state_only";
    private const string Dead = "dead";
    private const string Unharmed = "unharmed";

    /// <summary>Mode, stage, status, page, what is left. The browser has no cookie of this login.</summary>
    public static TheoryData<string, string, int, string, string> WithoutCookie => new()
    {
        { Required, Handoff.AwaitingLogin, 403, "foreign_browser", Dead },
        { Required, Handoff.AwaitingReturn, 403, "foreign_browser", Dead },
        { Required, Handoff.Refused, 403, "foreign_browser", Dead },
        { Required, Handoff.AwaitingConsent, 403, "foreign_browser", Dead },
        { Required, Handoff.AwaitingExchange, 403, "foreign_browser", Unharmed },
        { Required, Handoff.Exchanged, 403, "foreign_browser", Unharmed },
        { StateOnly, Handoff.AwaitingLogin, 403, "foreign_browser", Dead },
        { StateOnly, Handoff.AwaitingReturn, 403, "foreign_browser", Dead },
        { StateOnly, Handoff.Refused, 403, "foreign_browser", Dead },
        { StateOnly, Handoff.AwaitingConsent, 403, "foreign_browser", Dead },
        { StateOnly, Handoff.AwaitingExchange, 403, "foreign_browser", Dead },
        { StateOnly, Handoff.Exchanged, 403, "foreign_browser", Dead },
    };

    /// <summary>The browser is the right one, the proof is missing or wrong.</summary>
    public static TheoryData<string, int, string, string> WithoutProof => new()
    {
        { Handoff.AwaitingLogin, 400, "not_reported", Unharmed },
        { Handoff.AwaitingReturn, 400, "proof_missing", Dead },
        { Handoff.AwaitingConsent, 400, "proof_missing", Dead },
        { Handoff.AwaitingExchange, 400, "proof_missing", Unharmed },
        { Handoff.Exchanged, 400, "proof_missing", Unharmed },
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
    public async Task A_callback_from_a_browser_that_did_not_begin(string verification, string stage, int status, string page, string left)
    {
        using var login = await Handoff.AtAsync(host, stage, verification);
        using var stranger = new Browser(host);

        var reference = await Expect.PageAsync(await stranger.GetAsync(login.Callback), status, page);
        Assert.Contains("callback.suspicious", await host.JourneyAsync(reference), StringComparer.Ordinal);
        await IsAsync(left, login);
    }

    [Theory]
    [MemberData(nameof(WithoutCookie))]
    public async Task A_callback_with_a_forged_cookie_like_one_without(string verification, string stage, int status, string page, string left)
    {
        using var login = await Handoff.AtAsync(host, stage, verification);
        using var stranger = new Browser(host);
        var cookie = login.Browser.Cookies.GetAllCookies().Single();
        stranger.Cookies.Add(new Cookie(cookie.Name, cookie.Value[..^1] + (cookie.Value[^1] == 'A' ? 'B' : 'A'), "/", cookie.Domain));

        await Expect.PageAsync(await stranger.GetAsync(login.Callback), status, page);
        await IsAsync(left, login);
    }

    [Theory]
    [MemberData(nameof(WithoutProof))]
    public async Task A_callback_without_the_proof_where_it_is_required(string stage, int status, string page, string left)
    {
        using var login = await Handoff.AtAsync(host, stage);

        await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof), status, page);
        await IsAsync(left, login);
    }

    [Theory]
    [MemberData(nameof(WrongProofs))]
    public async Task A_callback_with_a_wrong_proof_where_it_is_required(string query)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        using var other = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        var parts = login.Report!.AuthRequestId.Split('.');
        var others = other.Report!.AuthRequestId.Split('.');
        var sent = query.Replace("{id}", parts[0], StringComparison.Ordinal).Replace("{proof}", parts[1], StringComparison.Ordinal)
            .Replace("{PROOF}", parts[1].ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{other id}", others[0], StringComparison.Ordinal).Replace("{other proof}", others[1], StringComparison.Ordinal);

        var reference = await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof + sent), 400, "proof_missing");
        Assert.Contains("callback.burnt", await host.JourneyAsync(reference), StringComparer.Ordinal);
        await login.IsDeadAsync();
        await other.IsUnharmedAsync();
    }

    [Fact]
    public async Task And_what_to_append_is_said_on_the_page_and_in_the_journey()
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        using var page = await login.Browser.GetAsync(login.CallbackWithoutProof);

        Assert.Contains("Append auth_request_id from the report&#x27;s answer to the callback", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var journey = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{login.Visit.LoginRequestId}");
        Assert.Contains("callback_verification=required", journey.ToString(), StringComparison.Ordinal);
    }

    /// <summary>With state_only nobody may wait at the callback; with required a curious reload costs nothing.</summary>
    [Theory]
    [InlineData(Required, Unharmed, "callback.not_reported")]
    [InlineData(StateOnly, Dead, "callback.burnt")]
    [Spec("OAuth 2.1 §3.1", "owner-authenticated-first")]
    public async Task A_callback_before_the_report(string verification, string left, string recorded)
    {
        using var login = await Handoff.BeginAsync(host, verification);

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "not_reported");
        Assert.Contains(recorded, await login.JourneyAsync(), StringComparer.Ordinal);
        await IsAsync(left, login);
    }

    /// <summary>A proof is not looked at, so none can be wrong.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("&auth_request_id=nonsense")]
    [InlineData("&auth_request_id=a&auth_request_id=b")]
    public async Task Not_the_proof_where_state_alone_is_asked(string query)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn, StateOnly);
        using var answer = await login.Browser.GetAsync(login.CallbackWithoutProof + query);

        Assert.Equal($"/consent/{login.Visit.LoginRequestId}", answer.Headers.Location!.OriginalString);
        await login.IsUnharmedAsync();
    }

    /// <summary>What was burnt stays burnt, and says nothing new.</summary>
    [Theory]
    [InlineData(Required)]
    [InlineData(StateOnly)]
    public async Task Twice_no_more_than_once(string verification)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn, verification);
        using var stranger = new Browser(host);
        for (var i = 0; i < 3; i++)
        {
            await Expect.PageAsync(await stranger.GetAsync(login.Callback), 403, "foreign_browser");
            await login.IsDeadAsync();
        }

        Assert.DoesNotContain("callback.accepted", await login.JourneyAsync(), StringComparer.Ordinal);
    }

    private static Task IsAsync(string left, Handoff login) => left == Dead ? login.IsDeadAsync() : login.IsUnharmedAsync();
}
