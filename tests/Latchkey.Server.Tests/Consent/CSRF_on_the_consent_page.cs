using System.Net;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class CSRF_on_the_consent_page_on_SQLite(OnSqlite host) : CSRF_on_the_consent_page(host), IClassFixture<OnSqlite>;

public sealed class CSRF_on_the_consent_page_on_PostgreSQL(OnPostgres host) : CSRF_on_the_consent_page(host), IClassFixture<OnPostgres>;

/// <summary>
/// A consent decision is accepted from the browser that started the login, at the top level, on our own page. Every other one is 403 and
/// changes nothing.
/// </summary>
public abstract class CSRF_on_the_consent_page(LatchkeyHost host)
{
    [Fact]
    public async Task The_page_and_a_decision_are_403_in_a_browser_without_the_binding_cookie()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var foreign = new Browser(host);

        await Expect.PageAsync(await foreign.GetAsync(login.Consent!.Path), 403, "foreign_browser");
        foreach (var decision in new[] { "allow", "deny", "not_you" })
        {
            await Expect.PageAsync(await foreign.DecideAsync(login.Consent, decision, "notes:read"), 403, "foreign_browser");
        }

        await login.ExpectUnchangedAsync();
    }

    /// <summary>A browser with a login, form and cookie of its own sends a decision for another login.</summary>
    [Theory]
    [InlineData(LoginFlow.AwaitingLogin)]
    [InlineData(LoginFlow.AwaitingConsent)]
    [InlineData(LoginFlow.Exchanged)]
    public async Task The_page_and_a_decision_are_403_in_a_browser_with_the_cookie_of_another_login(string stage)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var other = await LoginFlow.AtAsync(host, stage);
        var (own, wanted) = (other.Browser.Cookies.GetAllCookies().Single(), login.Browser.Cookies.GetAllCookies().Single());

        await Expect.PageAsync(await other.Browser.DecideAsync(login.Consent!, "allow", "notes:read"), 403, "foreign_browser");
        other.Browser.Cookies.Add(new Cookie(wanted.Name, own.Value, "/", own.Domain));
        await Expect.PageAsync(await other.Browser.GetAsync(login.Consent!.Path), 403, "foreign_browser");
        await Expect.PageAsync(await other.Browser.DecideAsync(login.Consent, "allow", "notes:read"), 403, "foreign_browser");
        await login.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData("lri_0000000000000000000000")]
    [InlineData("lri_")]
    [InlineData("x")]
    [InlineData("req_0000000000000000000000")]
    [InlineData("%FF")]
    [InlineData("..%2f..")]
    public async Task An_unknown_login_request_is_403(string id)
    {
        using var browser = new Browser(host);

        await Expect.PageAsync(await browser.GetAsync($"/consent/{id}"), 403, "foreign_browser");
        await Expect.PageAsync(await browser.DecideAsync(new($"/consent/{id}", "", "x"), "allow"), 403, "foreign_browser");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("{scheme}://{host}:1")]
    [InlineData("{scheme}://{host}")]
    [InlineData("https://{host}:{port}")]
    [InlineData("{scheme}://sub.{host}:{port}")]
    [InlineData("{scheme}://{host}.evil.example:{port}")]
    [InlineData("{scheme}://127.0.0.1:{port}")]
    [InlineData("{base}/")]
    [InlineData("{base}, {base}")]
    [InlineData("{base} https://evil.example")]
    [InlineData("file://")]
    public async Task A_decision_from_another_origin_is_403(string origin)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var own = new Uri(host.BaseUrl);
        var sent = origin.Replace("{base}", host.BaseUrl, StringComparison.Ordinal)
            .Replace("{scheme}", own.Scheme, StringComparison.Ordinal)
            .Replace("{host}", own.Host, StringComparison.Ordinal).Replace(
                "{port}", own.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

        await Expect.PageAsync(await DecideAsync(login, Form(login), ("Origin", sent)), 403, "foreign_origin");
        await Expect.PageAsync(
            await DecideAsync(login, Form(login), ("Origin", sent), ("Sec-Fetch-Site", "same-origin")), 403, "foreign_origin");
        await login.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", "foreign_origin")]
    [InlineData("Sec-Fetch-Site", "same-site", "foreign_origin")]
    [InlineData("Sec-Fetch-Dest", "iframe", "framed")]
    [InlineData("Sec-Fetch-Dest", "frame", "framed")]
    [InlineData("Sec-Fetch-Dest", "embed", "framed")]
    [InlineData("Sec-Fetch-Dest", "object", "framed")]
    [InlineData("Sec-Fetch-Dest", "fencedframe", "framed")]
    [Spec("RFC 9700 §4.16", "frames")]
    public async Task A_cross_site_same_site_or_framed_decision_is_403_although_the_origin_is_ours(string header, string value, string code)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);

        await Expect.PageAsync(await DecideAsync(login, Form(login), ("Origin", host.BaseUrl), (header, value)), 403, code);
        if (code == "framed")
        {
            await Expect.PageAsync(await login.Browser.GetAsync(login.Consent!.Path, (header, value)), 403, "framed");
        }

        await login.ExpectUnchangedAsync();
    }

    /// <summary>Headers that browsers send with a form of our own page. Programs that are no browser omit them.</summary>
    [Theory]
    [InlineData("Origin", "{base}")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Sec-Fetch-Dest", "document")]
    [InlineData("X-Nothing", "1")]
    public async Task A_decision_with_the_headers_of_our_own_page_is_accepted(string header, string value)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var response = await DecideAsync(
            login, Form(login), (header, value.Replace("{base}", host.BaseUrl, StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("{token}x")]
    [InlineData("{TOKEN}")]
    [InlineData("{token} ")]
    [InlineData("{other}")]
    [InlineData("{state}")]
    [InlineData("{cookie}")]
    [InlineData("{proof}")]
    public async Task A_decision_without_the_form_token_of_its_login_is_403(string? token)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var other = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var sent = token?.Replace("{token}", login.Consent!.Token, StringComparison.Ordinal)
            .Replace("{TOKEN}", login.Consent.Token.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{other}", other.Consent!.Token, StringComparison.Ordinal).Replace(
                "{state}", login.Redirect.State[^43..], StringComparison.Ordinal)
            .Replace("{cookie}", login.Browser.Cookies.GetAllCookies().Single().Value, StringComparison.Ordinal).Replace(
                "{proof}", login.Report!.AuthRequestId.Split('.')[1], StringComparison.Ordinal);
        KeyValuePair<string, string>[] form = [
            .. Form(login).Where(f => f.Key != "form_token"),
            .. (sent is null ? [] : new KeyValuePair<string, string>[] { new("form_token", sent) })];

        await Expect.PageAsync(await DecideAsync(login, form, ("Origin", host.BaseUrl)), 403, "form_token");
        await login.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/plain", "{form}")]
    [InlineData("multipart/form-data; boundary=x", "--x--")]
    [InlineData("application/x-www-form-urlencoded", "{form}&x=%00")]
    [InlineData("", "{form}")]
    public async Task A_decision_in_another_content_type_is_403(string type, string body)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var cookie = login.Browser.Cookies.GetAllCookies().Single();
        using var encoded = new FormUrlEncodedContent(Form(login));
        var sent = body.Replace("{form}", await encoded.ReadAsStringAsync(), StringComparison.Ordinal);
        string[] headers = type.Length == 0 ? [] : [$"Content-Type: {type}"];
        var response = await RawHttp.SendAsync(
            host, "POST", login.Consent!.Path, [$"Cookie: {cookie.Name}={cookie.Value}", $"Origin: {host.BaseUrl}", .. headers],
            Encoding.ASCII.GetBytes(sent));

        Assert.Equal(403, response.Status);
        Assert.Contains("data-lk-error=\"form_token\"", response.Body, StringComparison.Ordinal);
        await login.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task A_missing_unknown_or_repeated_decision_shows_an_error_page_and_may_be_made_again()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        foreach (var decisions in new string[][] { [], [""], ["maybe"], ["ALLOW"], ["allow "], ["allow", "deny"], ["deny", "allow"],
            ["allow", "allow"], ["not_you", "allow"] })
        {
            KeyValuePair<string, string>[] form =
                [.. Form(login).Where(f => f.Key != "decision"), .. decisions.Select(d => new KeyValuePair<string, string>("decision", d))];
            await Expect.PageAsync(await DecideAsync(login, form, ("Origin", host.BaseUrl)), 400, "no_decision");
        }

        await login.ExpectUnchangedAsync();
    }

    private static KeyValuePair<string, string>[] Form(LoginFlow login) =>
        [new("form_token", login.Consent!.Token), new("decision", "allow"), new("scope", "notes:read")];

    private static Task<HttpResponseMessage> DecideAsync(
        LoginFlow login, KeyValuePair<string, string>[] form, params (string Name, string Value)[] headers) =>
        login.Browser.SendAsync(HttpMethod.Post, login.Consent!.Path, form, headers);
}
