using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Health;

public sealed class Hostile_input_on_SQLite(OnSqlite host) : Hostile_input(host), IClassFixture<OnSqlite>;

public sealed class Hostile_input_on_PostgreSQL(OnPostgres host) : Hostile_input(host), IClassFixture<OnPostgres>;

/// <summary>
/// Sends every parameter of every endpoint values that have broken servers before. Runs on both databases, because some of the values are
/// accepted by one and refused by the other.
/// </summary>
public abstract class Hostile_input(LatchkeyHost host)
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>URL-encoded, as they are sent.</summary>
    private static readonly string[] Values =
    [
        "", "%00", "a%00b", "%FF", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%EF%BF%BF", "%0D%0AX-Injected:1", "%E2%80%AE", "%F0%9F%97%9D",
        "%", "%2", "%zz", "+", "%20", "'%20OR%201=1;--", "\"", "%5C", "%7B%7D", "[]", "..%2F..",
        "%25s%25n%25x", "{0}", "${7*7}", "<script>", "null", "undefined", "true", "0", "-1", "1e400", "NaN", "99999999999999999999999999",
        "0x7f.1", "file:///etc/passwd", "http://169.254.169.254/", "lkc_", "lkr_", "eyJhbGciOiJub25lIn0.e30.", new('x', 8_000),
        string.Concat(Enumerable.Repeat("%F0%9F%97%9D", 500)), string.Concat(Enumerable.Repeat("a%20", 2_000)),
        string.Concat(Enumerable.Repeat("%00", 1_000)),
    ];

    private static readonly string[] Internals =
        ["Exception", "   at ", "Npgsql", "Sqlite", "SELECT ", "UPDATE ", ".cs:line", "22021", "syntax error"];

    [Theory]
    [InlineData(
        "grant_type=authorization_code&client_id={open}&code=x&code_verifier=x", "/oauth/token",
        "grant_type client_id client_secret client_assertion code redirect_uri code_verifier refresh_token scope resource")]
    [InlineData(
        "grant_type=authorization_code&client_id={open}&code={code}&code_verifier={verifier}", "/oauth/token",
        "code code_verifier redirect_uri resource scope")]
    [InlineData("grant_type=refresh_token&client_id={open}&refresh_token={refresh}", "/oauth/token", "refresh_token scope resource")]
    [InlineData(
        "grant_type=client_credentials&client_id={id}&client_secret={secret}", "/oauth/token",
        "scope resource audience client_id client_secret")]
    [InlineData("token=x&client_id={open}", "/oauth/revoke", "token token_type_hint client_id client_secret")]
    [Spec("OAuth 2.1 §7.12", "hostile-input")]
    public async Task Form_parameters_never_cause_a_5xx_or_expose_internals(string form, string path, string parameters)
    {
        var filled = await FillAsync(form);
        foreach (var parameter in parameters.Split(' '))
        {
            foreach (var value in Values)
            {
                var fields = filled.Split('&').Where(f => !f.StartsWith(parameter + "=", StringComparison.Ordinal))
                    .Append($"{parameter}={value}");
                AssertHandled(
                    await RawHttp.SendAsync(
                        host, "POST", path, [$"Content-Type: {Form}"], Encoding.ASCII.GetBytes(string.Join('&', fields))),
                    $"{path} {parameter}={value}");
            }
        }
    }

    [Theory]
    [InlineData("client_id redirect_uri response_type response_mode state scope resource")]
    [InlineData("code_challenge code_challenge_method prompt max_age acr_values login_hint ui_locales nonce request request_uri unknown")]
    [Spec("OAuth 2.1 §7.12", "hostile-input")]
    public async Task Authorization_request_parameters_never_cause_a_5xx_or_expose_internals(string parameters)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        foreach (var parameter in parameters.Split(' '))
        {
            foreach (var value in Values)
            {
                AssertHandled(
                    await RawHttp.SendAsync(host, "GET", $"{client.Authorize((parameter, null))}&{parameter}={value}"),
                    $"authorize {parameter}={value}");
            }
        }
    }

    [Fact]
    public async Task Parameters_and_cookies_of_callback_and_consent_never_cause_a_5xx_or_expose_internals()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var cookie = login.Browser.Cookies.GetAllCookies().Single();
        foreach (var value in Values)
        {
            AssertHandled(await RawHttp.SendAsync(host, "GET", $"{login.Company.CallbackPath}?state={value}"), $"state={value}");
            AssertHandled(
                await RawHttp.SendAsync(host, "GET", $"/sso/v1/connections/{value}/partner:callback?state=x"), $"connection={value}");
            AssertHandled(await RawHttp.SendAsync(host, "GET", $"/consent/{value}"), $"consent/{value}");
            AssertHandled(await RawHttp.SendAsync(host, "GET", login.Consent!.Path, [$"Cookie: {cookie.Name}={value}"]), $"cookie={value}");
            foreach (var field in new[] { "form_token", "decision", "scope" })
            {
                var body = $"form_token={(field == "form_token" ? value : "x")}&decision={(field == "decision" ? value : "nothing")}"
                    + $"&scope={(field == "scope" ? value : "")}";
                AssertHandled(
                    await RawHttp.SendAsync(
                        host, "POST", login.Consent.Path, [$"Cookie: {cookie.Name}={cookie.Value}", $"Content-Type: {Form}"],
                        Encoding.ASCII.GetBytes(body)),
                    $"{field}={value}");
            }
        }

        await login.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task Paths_and_queries_of_the_API_never_cause_a_5xx_or_expose_internals()
    {
        var company = await host.CompanyAsync();
        var bearer = $"Authorization: Bearer {await host.OperatorTokenAsync()}";
        foreach (var value in Values)
        {
            foreach (var path in new[]
            {
                $"/api/v1/resources/{value}", $"/api/v1/resources/{value}/clients",
                $"/api/v1/resources/{company.ResourceId}/clients/{value}", $"/api/v1/connections/{value}", $"/api/v1/clients/{value}",
                $"/api/v1/auth-requests/{value}", $"/api/v1/connections/{company.ConnectionId}/auth-requests/{value}",
                $"/api/v1/resources?page_size={value}", $"/api/v1/resources?page_token={value}",
                $"/.well-known/oauth-authorization-server/resources/{value}", $"/resources/{value}/oauth/authorize", $"/assets/{value}",
            })
            {
                AssertHandled(await RawHttp.SendAsync(host, "GET", path, [bearer]), path);
            }
        }
    }

    private static void AssertHandled(RawHttpResponse answer, string what)
    {
        var shown = what.Length > 200 ? what[..200] : what;
        Assert.True(answer.Status is >= 200 and < 500, $"{shown}: {answer.Status} {answer.Body}");
        Assert.DoesNotContain(answer.Headers, h => h.Name.Equals("X-Injected", StringComparison.OrdinalIgnoreCase));
        foreach (var word in Internals)
        {
            Assert.False(answer.Body.Contains(word, StringComparison.Ordinal), $"{shown}: {answer.Body}");
        }
    }

    private async Task<string> FillAsync(string form)
    {
        var company = await host.CompanyAsync();
        var open = await McpClient.RegisterAsync(company);
        var machine = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        return form.Replace("{open}", open.Id, StringComparison.Ordinal).Replace("{id}", machine.Id, StringComparison.Ordinal)
            .Replace("{secret}", machine.Secret, StringComparison.Ordinal)
            .Replace("{verifier}", open.Verifier, StringComparison.Ordinal)
            .Replace("{code}", await open.CodeAsync(browser), StringComparison.Ordinal)
            .Replace("{refresh}", (await open.TokensAsync()).Refresh, StringComparison.Ordinal);
    }
}
