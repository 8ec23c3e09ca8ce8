using System.Text;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.SignIns;

namespace Latchkey.Server.Tests.Token;

/// <summary>Client authentication at the token endpoint by none, client_secret_post and client_secret_basic.</summary>
public sealed class Client_authentication(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Assertion =
        "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=eyJhbGciOiJub25lIn0.e30.";

    /// <summary>
    /// {id} and {secret} belong to a confidential client, {open} is a public client, {other} is the secret of another client.
    /// </summary>
    public static TheoryData<string, int, string> InTheBody => new()
    {
        { "client_id={id}&client_secret=wrong", 401, "invalid_client" },
        { "client_id={id}&client_secret={secret}x", 401, "invalid_client" },
        { "client_id={id}&client_secret={secret}%20", 401, "invalid_client" },
        { "client_id={id}&client_secret={secret}%0A", 401, "invalid_client" },
        { "client_id={id}&client_secret={SECRET}", 401, "invalid_client" },
        { "client_id={id}&client_secret={other}", 401, "invalid_client" },
        { "client_id={id}&client_secret=operator-secret-of-32-characters-or-more", 401, "invalid_client" },
        { "client_id={id}&client_secret=", 401, "invalid_client" },
        { "client_id={id}&client_secret=%20", 401, "invalid_client" },
        { "client_id={id}&client_secret=%FF%FE", 401, "invalid_client" },
        { "client_id={id}", 401, "invalid_client" },
        { "client_id={ID}&client_secret={secret}", 401, "invalid_client" },
        { "client_id={id}%20&client_secret={secret}", 401, "invalid_client" },
        { "client_id=m2m_0000000000000000000000&client_secret={secret}", 401, "invalid_client" },
        { "client_id=skc_0000000000000000000000&client_secret={secret}", 401, "invalid_client" },
        { "client_id=skc_operator&client_secret={secret}", 401, "invalid_client" },
        { "client_id=skc_operator", 401, "invalid_client" },
        { "client_id=res_0000000000000000000000&client_secret={secret}", 401, "invalid_client" },
        { "client_id=%00&client_secret={secret}", 400, "invalid_request" },
        { "client_id=&client_secret={secret}", 401, "invalid_client" },
        { "client_secret={secret}", 401, "invalid_client" },
        { "", 401, "invalid_client" },
        { "client_id={open}&client_secret={secret}", 401, "invalid_client" },
        { "client_id={id}&client_secret={secret}&client_secret={secret}", 400, "invalid_request" },
        { "client_id={id}&client_id={id}&client_secret={secret}", 400, "invalid_request" },
        { "client_id={id}&client_secret={secret}" + Assertion, 400, "invalid_request" },
        { "client_id={id}" + Assertion, 401, "invalid_client" },
        { "client_id={open}" + Assertion, 401, "invalid_client" },
        { "x=1" + Assertion, 401, "invalid_client" },
    };

    /// <summary>The value of the Authorization header; [text] stands for the base64 of text.</summary>
    public static TheoryData<string> BrokenBasics =>
    [
        "Basic",
        "Basic ",
        "basic",
        "Basic !!!",
        "Basic [{id}]",
        "Basic [:]",
        "Basic [:{secret}]",
        "Basic [{id}:]",
        "Basic [{id}:wrong]",
        "Basic [{id}:{secret}\0]",
        "Basic [{id}:{secret}\n]",
        "Basic [{id} :{secret}]",
        "Basic [\u00ff\u00fe:\u00ff]",
        "Basic [m2m_0000000000000000000000:{secret}]",
        "Basic [skc_operator:{secret}]",
        "Basic [{id}:{secret}]x",
        "Basic [{id}:{secret}] [{id}:{secret}]",
        "Basic {id}:{secret}",
    ];

    [Theory]
    [MemberData(nameof(InTheBody))]
    [Spec("OAuth 2.1 §2.2", "client-id-is-no-credential")]
    [Spec("OAuth 2.1 §3.2.1", "confidential-authenticates")]
    [Spec("OAuth 2.1 §4.2.1", "client-credentials-authenticated")]
    public async Task A_wrong_credential_in_the_body_is_refused_without_a_challenge(string credential, int status, string error)
    {
        var answer = await PostAsync("grant_type=client_credentials&" + await FillAsync(credential));

        Assert.Null(answer["WWW-Authenticate"]);
        Refused(answer, status, error);
    }

    [Theory]
    [MemberData(nameof(BrokenBasics))]
    [Spec("OAuth 2.1 §3.2.4", "basic-401-with-challenge")]
    public async Task Wrong_or_malformed_Basic_credentials_are_401_with_a_Basic_challenge(string basic)
    {
        var answer = await PostAsync("grant_type=client_credentials", "Authorization: " + Encoded(await FillAsync(basic)));

        Assert.Equal("Basic realm=\"latchkey\"", answer["WWW-Authenticate"]);
        Refused(answer, 401, "invalid_client");
    }

    [Theory]
    [InlineData("Basic [{id}:{secret}]", "client_secret={secret}")]
    [InlineData("Basic [{id}:{secret}]", "client_id={id}&client_secret={secret}")]
    [InlineData("Basic [{id}:{secret}]", "client_id={open}")]
    [InlineData("Basic [{id}:{secret}]", "client_id=skc_operator")]
    [InlineData("Basic [{id}:{secret}]", "client_assertion=x")]
    [InlineData("Basic [{id}:{secret}]\r\nAuthorization: Basic [{id}:{secret}]", "x=1")]
    [InlineData("Basic [{id}:{secret}]\r\nAuthorization: Basic [{open}:]", "x=1")]
    [Spec("OAuth 2.1 §2.4", "one-authentication-method")]
    public async Task Two_authentication_methods_in_one_request_are_refused_even_if_each_is_valid(string basic, string body) => Refused(
        await PostAsync("grant_type=client_credentials&" + await FillAsync(body), "Authorization: " + Encoded(await FillAsync(basic))), 400,
        "invalid_request");

    [Theory]
    [InlineData("Basic [{id}:{secret}]")]
    [InlineData("bAsIc [{id}:{secret}]")]
    [InlineData("Basic  [{id}:{secret}]")]
    [InlineData("Basic [{i_d}:{secret}]")]
    [InlineData("Bearer stale\r\nAuthorization: Basic [{id}:{secret}]")]
    public async Task Basic_credentials_are_accepted_raw_or_form_encoded_and_beside_a_stale_bearer_token(string basic)
    {
        var answer = await PostAsync("grant_type=client_credentials&scope=notes:read", "Authorization: " + Encoded(await FillAsync(basic)));

        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("no-store", answer["Cache-Control"]);
    }

    [Theory]
    [InlineData("Bearer {secret}")]
    [InlineData("Digest username=x")]
    [InlineData("Negotiate abc")]
    [InlineData("DPoP {secret}")]
    public async Task An_unsupported_authorization_scheme_is_ignored(string header)
    {
        Refused(await PostAsync("grant_type=client_credentials", "Authorization: " + await FillAsync(header)), 401, "invalid_client");
        var posted = await PostAsync(
            await FillAsync("grant_type=client_credentials&client_id={id}&client_secret={secret}"),
            "Authorization: " + await FillAsync(header));
        Assert.True(posted.Status == 200, posted.Body);
    }

    [Theory]
    [InlineData("client_id={open}", "")]
    [InlineData("client_id={open}&client_secret=", "")]
    [InlineData("x=1", "Basic [{open}:]")]
    [Spec("OAuth 2.1 §8.1.1", "client-type-recorded")]
    public async Task A_public_client_may_send_an_empty_secret(string body, string basic)
    {
        string[] headers = basic.Length == 0 ? [] : ["Authorization: " + Encoded(await FillAsync(basic))];

        Refused(await PostAsync("grant_type=refresh_token&refresh_token=x&" + await FillAsync(body), headers), 400, "invalid_grant");
    }

    [Fact]
    [Spec("OAuth 2.1 §2.4.2", "method-bound-to-client")]
    [Spec("OAuth 2.1 §8.1.1", "client-type-recorded")]
    public async Task A_public_client_that_sends_a_secret_by_Basic_is_refused()
    {
        var answer = await PostAsync(
            "grant_type=refresh_token&refresh_token=x", "Authorization: " + Encoded(await FillAsync("Basic [{open}:{secret}]")));

        Refused(answer, 401, "invalid_client");
        Assert.Equal("Basic realm=\"latchkey\"", answer["WWW-Authenticate"]);
    }

    [Fact]
    public async Task The_error_does_not_reveal_whether_the_id_or_the_secret_was_wrong()
    {
        var wrongSecret = await PostAsync(await FillAsync("grant_type=client_credentials&client_id={id}&client_secret=wrong"));
        var unknown = await PostAsync("grant_type=client_credentials&client_id=m2m_0000000000000000000000&client_secret=wrong");
        var unknownBackend = await PostAsync("grant_type=client_credentials&client_id=skc_0000000000000000000000&client_secret=wrong");

        Assert.Equal(References.Without(wrongSecret.Body), References.Without(unknown.Body));
        Assert.Equal(References.Without(wrongSecret.Body), References.Without(unknownBackend.Body));
    }

    [Fact]
    public async Task A_deleted_client_is_refused_at_once()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)];
        await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, []));
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");

        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, []), 401, "invalid_client");
    }

    /// <summary>URLs are stored in proxy logs and browser histories and sent in Referer headers.</summary>
    [Theory]
    [InlineData("/oauth/token", "client_secret")]
    [InlineData("/oauth/token", "Client_Secret")]
    [InlineData("/oauth/token", "client_assertion")]
    [InlineData("/oauth/token", "code")]
    [InlineData("/oauth/token", "code_verifier")]
    [InlineData("/oauth/token", "refresh_token")]
    [InlineData("/oauth/revoke", "client_secret")]
    [InlineData("/oauth/revoke", "token")]
    [Spec("OAuth 2.1 §2.4.1", "secret-not-in-url")]
    public async Task A_credential_in_the_URL_is_refused_even_if_it_is_valid_and_is_not_logged(string path, string parameter)
    {
        using var logs = Logs.Of(host);
        var secret = await FillAsync("{secret}");
        var body = await FillAsync("grant_type=client_credentials&token=x&client_id={id}&client_secret={secret}");

        Refused(await PostToAsync($"{path}?{parameter}={secret}", body), 400, "invalid_request");
        Assert.DoesNotContain(secret, logs.Text, StringComparison.Ordinal);
        Refused(await PostToAsync($"{path}?{parameter}=", body), 400, "invalid_request");
    }

    private static void Refused(RawHttpResponse answer, int status, string error)
    {
        Assert.True(answer.Status == status, $"{answer.Status} instead of {status}: {answer.Body}");
        Assert.Contains($"{{\"error\":\"{error}\",\"error_description\":\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal("no-store", answer["Cache-Control"]);
        Assert.Equal("application/json", answer["Content-Type"]);
    }

    private Task<RawHttpResponse> PostAsync(string body, params string[] headers) => PostToAsync("/oauth/token", body, headers);

    private Task<RawHttpResponse> PostToAsync(string path, string body, params string[] headers) =>
        RawHttp.SendAsync(host, "POST", path, [$"Content-Type: {Form}", .. headers], Encoding.Latin1.GetBytes(body));

    private (McpClient Secret, McpClient Other, McpClient Open)? clients;

    private async Task<string> FillAsync(string text)
    {
        var company = await host.CompanyAsync();
        var (secret, other, open) = clients ??=
            (await McpClient.CreateAsync(company), await McpClient.CreateAsync(company), await McpClient.RegisterAsync(company));
        return text.Replace("{id}", secret.Id, StringComparison.Ordinal)
            .Replace("{ID}", secret.Id.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{i_d}", secret.Id.Replace("_", "%5F", StringComparison.Ordinal), StringComparison.Ordinal)
            .Replace("{secret}", secret.Secret, StringComparison.Ordinal)
            .Replace("{SECRET}", secret.Secret!.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{other}", other.Secret, StringComparison.Ordinal)
            .Replace("{open}", open.Id, StringComparison.Ordinal);
    }

    private static string Encoded(string header) => System.Text.RegularExpressions.Regex.Replace(
        header, @"\[(?<text>[^\]]*)\]", m => Convert.ToBase64String(Encoding.Latin1.GetBytes(m.Groups["text"].Value)),
        System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromMinutes(1));
}
