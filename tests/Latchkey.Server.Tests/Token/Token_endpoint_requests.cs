using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

/// <summary>Checks of the request that precede those of codes and tokens.</summary>
public sealed class Token_endpoint_requests(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Operator = "&client_id=skc_operator&client_secret=operator-secret-of-32-characters-or-more";

    [Theory]
    [InlineData("application/json", "{}", 400, "invalid_request")]
    [InlineData("application/json", "{\"grant_type\":\"client_credentials\"}", 400, "invalid_request")]
    [InlineData("text/plain", "grant_type=client_credentials" + Operator, 400, "invalid_request")]
    [InlineData("multipart/form-data; boundary=x", "--x--", 400, "invalid_request")]
    [InlineData("multipart/form-data", "grant_type=client_credentials" + Operator, 400, "invalid_request")]
    [InlineData("application/x-www-form-urlencodedx", "grant_type=client_credentials" + Operator, 400, "invalid_request")]
    [InlineData("nonsense", "grant_type=client_credentials" + Operator, 400, "invalid_request")]
    [InlineData("", "grant_type=client_credentials" + Operator, 400, "invalid_request")]
    [InlineData(Form, "", 400, "invalid_request")]
    [InlineData(Form, "client_id=m2m_x", 400, "invalid_request")]
    [InlineData(Form, "grant_type=", 400, "invalid_request")]
    [InlineData(Form, "grant_type", 400, "invalid_request")]
    [InlineData(Form, "Grant_Type=client_credentials" + Operator, 400, "invalid_request")]
    [InlineData(Form, "grant_type=client_credentials%00" + Operator, 400, "invalid_request")]
    [InlineData(Form, "grant_type=password&client_id=m2m_x", 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=implicit", 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=nonsense", 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=CLIENT_CREDENTIALS" + Operator, 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=client_credentials+" + Operator, 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=%FF", 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=urn:ietf:params:oauth:grant-type:device_code", 400, "unsupported_grant_type")]
    [InlineData(Form, "grant_type=authorization_code" + Operator, 400, "unauthorized_client")]
    [InlineData(Form, "grant_type=refresh_token" + Operator, 400, "unauthorized_client")]
    [Spec("OAuth 2.1 §3.2.4", "token-error-codes", "error-characters")]
    public async Task A_wrong_media_type_or_grant_type_is_refused(string type, string body, int status, string error)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        if (type.Length > 0)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/token", content), status, error);
    }

    [Theory]
    [InlineData(Form + "; charset=utf-8")]
    [InlineData(Form + ";charset=nonsense")]
    [InlineData(Form + "; charset=utf-7")]
    [InlineData(Form + "; charset=utf-16")]
    [InlineData("Application/X-WWW-Form-UrlEncoded")]
    public async Task The_form_media_type_is_accepted_in_any_case_and_with_any_charset(string type)
    {
        using var content = new StringContent("grant_type=client_credentials" + Operator);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await host.Anonymous.PostAsync("/oauth/token", content);

        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("Client_Id=x{0}&CLIENT_ID=y")]
    [InlineData("Grant_Type=x{0}&GRANT_TYPE=")]
    [Spec("OAuth 2.1 §3.2", "token-unknown-ignored")]
    public async Task Parameter_names_that_differ_in_case_are_ignored(string form)
    {
        using var content = new StringContent(
            string.Format(CultureInfo.InvariantCulture, form, "&grant_type=client_credentials" + Operator), Encoding.UTF8, Form);
        using var answer = await host.Anonymous.PostAsync("/oauth/token", content);

        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("grant_type")]
    [InlineData("client_id")]
    [InlineData("client_secret")]
    [InlineData("client_assertion")]
    [InlineData("client_assertion_type")]
    [InlineData("code")]
    [InlineData("redirect_uri")]
    [InlineData("code_verifier")]
    [InlineData("refresh_token")]
    [InlineData("scope")]
    [Spec("OAuth 2.1 §3.2.2", "no-token-parameter-twice")]
    [Spec("RFC 7523 §2.2", "assertion-parameters")]
    public async Task A_parameter_that_comes_twice_is_refused_with_the_same_value_or_another(string parameter)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "skc_operator",
            ["client_secret"] = "operator-secret-of-32-characters-or-more",
        };
        var value = fields.GetValueOrDefault(parameter, "x");
        foreach (var second in new[] { value, "y" })
        {
            fields[parameter] = value;
            using var content = new FormUrlEncodedContent([.. fields, new(parameter, second)]);
            await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/token", content), 400, "invalid_request");
        }
    }

    [Fact]
    public async Task A_form_of_2000_fields_is_refused()
    {
        using var content = new StringContent(
            "grant_type=client_credentials" + Operator + string.Concat(Enumerable.Range(0, 2000).Select(i => $"&x{i}=1")),
            Encoding.UTF8,
            Form);

        await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/token", content), 400, "invalid_request");
    }

    [Theory]
    [InlineData("authorization_code")]
    [InlineData("refresh_token")]
    [Spec("OAuth 2.1 §3.2.4", "token-error-codes")]
    public async Task A_grant_type_that_the_client_may_not_use_is_refused(string grantType)
    {
        var machine = await McpClient.CreateAsync(await host.CompanyAsync(), []);

        await Expect.ErrorAsync(
            await machine.PostAsync("/oauth/token", [
                ("grant_type", grantType), ("client_id", machine.Id), ("client_secret", machine.Secret), ("code", "x"),
                ("refresh_token", "x")], []),
            400, "unauthorized_client");
    }

    [Fact]
    public async Task A_stale_bearer_token_is_ignored()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());

        await Tokens.OfAsync(await client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], [],
            new AuthenticationHeaderValue("Bearer", "stale")));
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2.3", "tokens-not-cached")]
    public async Task A_token_response_is_not_cached()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        using var answer = await client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], []);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
    }
}
