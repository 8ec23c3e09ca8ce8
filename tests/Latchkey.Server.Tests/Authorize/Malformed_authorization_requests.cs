using System.Globalization;
using System.Net;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>Requests that an HTTP library would not send, and clients that do not exist.</summary>
public sealed class Malformed_authorization_requests(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData(null, "missing_client")]
    [InlineData("", "missing_client")]
    [InlineData(" ", "unknown_client")]
    [InlineData("m2m_0000000000000000000000", "unknown_client")]
    [InlineData("m2m_", "unknown_client")]
    [InlineData("{id}x", "unknown_client")]
    [InlineData("{id} ", "unknown_client")]
    [InlineData("{ID}", "unknown_client")]
    [InlineData("skc_operator", "unknown_client")]
    [InlineData("res_0000000000000000000000", "unknown_client")]
    [InlineData("https://client.example/metadata.json", "client_document_unavailable")]
    [InlineData("<script>alert(1)</script>", "unknown_client")]
    [InlineData("\0", "unknown_client")]
    [InlineData("' OR 1=1 --", "unknown_client")]
    [Spec("OAuth 2.1 §4.1.2.1", "unknown-client-no-redirect")]
    public async Task An_unknown_client_shows_an_error_page(string? clientId, string code)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var given = clientId?.Replace("{id}", client.Id, StringComparison.Ordinal)
            .Replace("{ID}", client.Id.ToUpperInvariant(), StringComparison.Ordinal);

        using var response = await host.Anonymous.GetAsync(client.Authorize(("client_id", given)));
        Assert.DoesNotContain("<script>alert", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Expect.PageAsync(response, 400, code);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "unknown-client-no-redirect")]
    public async Task A_deleted_client_shows_an_error_page()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    [Theory]
    [InlineData("{id}")]
    [InlineData("m2m_0000000000000000000000")]
    [Spec("OAuth 2.1 §4.1.2.1", "unknown-client-no-redirect")]
    public async Task Two_client_IDs_show_an_error_page_in_either_order(string other)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var second = other.Replace("{id}", client.Id, StringComparison.Ordinal);

        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("client_id", client.Id), ("client_id", second))), 400, "invalid_request");
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("client_id", second), ("client_id", client.Id))), 400, "invalid_request");
    }

    /// <summary>Bytes that are invalid UTF-8 cannot be returned to the client unchanged, so no redirect follows.</summary>
    [Theory]
    [InlineData("%FF")]
    [InlineData("%C3%28")]
    [InlineData("%ED%A0%80")]
    [InlineData("a%E2%82")]
    public async Task A_parameter_that_is_invalid_UTF_8_shows_an_error_page(string state)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var path = client.Authorize(("state", null), ("prompt", "none"));

        var response = await RawHttp.SendAsync(host, "GET", $"{path}&state={state}");
        Assert.Equal(400, response.Status);
        Assert.Contains("data-lk-error=\"invalid_request\"", response.Body, StringComparison.Ordinal);
        Assert.Null(response["Location"]);
        Assert.Equal(
            400, (await RawHttp.SendAsync(host, "GET", path.Replace("prompt=none", "prompt=%FF", StringComparison.Ordinal))).Status);

        var posted = await RawHttp.SendAsync(
            host, "POST", path.Split('?')[0], [$"Content-Type: {Form}"], Encoding.ASCII.GetBytes($"{path.Split('?')[1]}&state={state}"));
        Assert.Equal(400, posted.Status);
        Assert.Null(posted["Location"]);
    }

    /// <summary>A name that differs in case is another, unknown parameter.</summary>
    [Theory]
    [InlineData("State=mine&{0}")]
    [InlineData("{0}&STATE=")]
    [InlineData("Client_id=x&{0}&Redirect_Uri=https%3A%2F%2Fevil.example")]
    [Spec("OAuth 2.1 §3.1", "unknown-parameters-ignored")]
    public async Task Unknown_parameters_are_ignored_and_names_are_case_sensitive(string form)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var path = client.Authorize(("prompt", "none")).Split('?');
        var parameters = string.Format(CultureInfo.InvariantCulture, form, path[1]);
        using var content = new StringContent(parameters, Encoding.UTF8, Form);

        Expect.Redirect(await host.Anonymous.GetAsync($"{path[0]}?{parameters}"), client.RedirectUri, "login_required", company.Issuer);
        Expect.Redirect(await host.Anonymous.PostAsync(path[0], content), client.RedirectUri, "login_required", company.Issuer);
    }

    /// <summary>A percent sign without two hexadecimal digits stands for itself, as browsers read it.</summary>
    [Theory]
    [InlineData("100%", "100%25")]
    [InlineData("%zz", "%25zz")]
    [InlineData("a%2", "a%252")]
    [InlineData("%2525", "%2525")]
    [InlineData("%00", "%00")]
    [InlineData("a+b", "a%20b")]
    [InlineData("%F0%9F%97%9D", "%F0%9F%97%9D")]
    [Spec("OAuth 2.1 §4.1.2", "state-returned")]
    public async Task An_unusually_encoded_state_is_returned_unchanged(string sent, string returned)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var response = await RawHttp.SendAsync(host, "GET", $"{client.Authorize(("state", null), ("prompt", "none"))}&state={sent}");

        Assert.EndsWith($"&state={returned}&iss={Uri.EscapeDataString(company.Issuer)}", response["Location"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_line_over_32_KiB_is_answered_by_414()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var path = client.Authorize(("state", null));
        const string Frame = "GET  HTTP/1.1\r\n&other=";

        var fits = await RawHttp.SendAsync(host, "GET", $"{path}&other={new string('s', (32 * 1024) - path.Length - Frame.Length)}");
        Assert.Equal(302, fits.Status);
        var tooLong = await RawHttp.SendAsync(host, "GET", $"{path}&other={new string('s', (32 * 1024) - path.Length - Frame.Length + 1)}");
        Assert.Equal(414, tooLong.Status);
        Assert.Null(tooLong["Location"]);
    }

    [Theory]
    [InlineData("X-Long", 70_000)]
    [InlineData("Cookie", 70_000)]
    public async Task Headers_over_64_KiB_are_answered_by_431(string header, int length)
    {
        var response = await RawHttp.SendAsync(host, "GET", "/oauth/authorize", [$"{header}: {new string('x', length)}"]);

        Assert.Equal(431, response.Status);
    }

    [Theory]
    [InlineData("X-Broken \u0001: 1")]
    [InlineData(": no name")]
    [InlineData("no colon")]
    public async Task A_malformed_header_is_answered_by_400(string line) =>
        Assert.Equal(400, (await RawHttp.SendAsync(host, "GET", "/oauth/authorize", [line])).Status);

    [Fact]
    public async Task A_form_over_256_KiB_is_answered_by_413()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var body = Encoding.ASCII.GetBytes(client.Authorize(("state", new string('s', 270_000))).Split('?')[1]);

        Assert.Equal(413, (await RawHttp.SendAsync(host, "POST", "/oauth/authorize", [$"Content-Type: {Form}"], body)).Status);
        Assert.Equal(413, (await RawHttp.SendInChunksAsync(host, "/oauth/authorize", Form, body)).Status);
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/plain", "{form}")]
    [InlineData("multipart/form-data; boundary=x", "--x--")]
    [InlineData("application/x-www-form-urlencodedx", "{form}")]
    [InlineData("nonsense", "{form}")]
    [InlineData(Form, "{form}&x=%00")]
    public async Task A_POST_body_that_is_not_a_valid_form_shows_an_error_page(string type, string body)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var sent = body.Replace("{form}", client.Authorize().Split('?')[1], StringComparison.Ordinal);
        var response = await RawHttp.SendAsync(host, "POST", "/oauth/authorize", [$"Content-Type: {type}"], Encoding.ASCII.GetBytes(sent));

        Assert.Equal(400, response.Status);
        Assert.Contains("data-lk-error=\"invalid_request\"", response.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_of_2000_fields_shows_an_error_page()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var fields = string.Concat(Enumerable.Range(0, 2000).Select(i => $"&x{i}=1"));
        using var content = new StringContent(client.Authorize().Split('?')[1] + fields, Encoding.UTF8, Form);

        await Expect.PageAsync(await host.Anonymous.PostAsync("/oauth/authorize", content), 400, "invalid_request");
    }

    /// <summary>
    /// The parameters of a POST are read from its body only: the URL may have been written by an attacker.
    /// </summary>
    [Fact]
    public async Task A_POST_with_its_parameters_in_the_URL_shows_an_error_page()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var content = new StringContent("", Encoding.UTF8, Form);

        await Expect.PageAsync(await host.Anonymous.PostAsync(client.Authorize(), content), 400, "missing_client");
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [Spec("OAuth 2.1 §3.1", "authorize-by-get", "no-cors-at-authorize")]
    public async Task A_method_other_than_GET_and_POST_is_answered_by_405_without_CORS_headers(string method)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var request = new HttpRequestMessage(new HttpMethod(method), client.Authorize());
        request.Headers.Add("Origin", "https://client.example");
        request.Headers.Add("Access-Control-Request-Method", "GET");
        var response = await host.Anonymous.SendAsync(request);

        // Never readable by a script: authorization needs a person and a top-level window.
        Assert.DoesNotContain("Access-Control-Allow-Origin", response.Headers.Select(h => h.Key), StringComparer.OrdinalIgnoreCase);
        Expect.MethodRefused(response, "GET", "POST");
    }

    [Theory]
    [InlineData("res_0000000000000000000000")]
    [InlineData("res_")]
    [InlineData("{conn}")]
    [InlineData("..")]
    public async Task An_unknown_resource_shows_an_error_page(string resource)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var entry = "/resources/" + resource.Replace("{conn}", company.ConnectionId, StringComparison.Ordinal);
        var response = await RawHttp.SendAsync(host, "GET", entry + client.Authorize()[client.Entry.Length..]);

        // ".." is removed before routing: what remains is the entry of the environment.
        Assert.Equal(resource == ".." ? 302 : 404, response.Status);
        Assert.Equal(resource != "..", response.Body.Contains("data-lk-error=\"unknown_resource\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/oauth/authorize/")]
    [InlineData("/OAuth/Authorize")]
    [InlineData("/oauth%2Fauthorize")]
    [InlineData("//oauth/authorize")]
    public async Task Another_spelling_of_the_authorize_path_is_answered_alike_or_by_404(string path)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var response = await RawHttp.SendAsync(host, "GET", path + client.Authorize()[(client.Entry.Length + "/oauth/authorize".Length)..]);

        Assert.Contains(response.Status, new[] { (int)HttpStatusCode.Redirect, 404 });
    }
}
