using System.Globalization;
using System.Net;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>Requests no client of an HTTP library would send, and clients nobody knows.</summary>
public sealed class An_unreadable_authorization_request(OnSqlite host) : IClassFixture<OnSqlite>
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
    public async Task Without_a_known_client_is_a_page(string? clientId, string code)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var given = clientId?.Replace("{id}", client.Id, StringComparison.Ordinal).Replace("{ID}", client.Id.ToUpperInvariant(), StringComparison.Ordinal);

        using var answer = await host.Anybody.GetAsync(client.Authorize(("client_id", given)));
        Assert.DoesNotContain("<script>alert", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Expect.PageAsync(answer, 400, code);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "unknown-client-no-redirect")]
    public async Task Of_a_client_that_was_deleted_is_a_page()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");

        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, "unknown_client");
    }

    [Theory]
    [InlineData("{id}")]
    [InlineData("m2m_0000000000000000000000")]
    [Spec("OAuth 2.1 §4.1.2.1", "unknown-client-no-redirect")]
    public async Task With_two_clients_is_a_page_whichever_comes_first(string other)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var second = other.Replace("{id}", client.Id, StringComparison.Ordinal);

        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", client.Id), ("client_id", second))), 400, "invalid_request");
        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", second), ("client_id", client.Id))), 400, "invalid_request");
    }

    /// <summary>Bytes that are no UTF-8 cannot be given back as they came, so nothing is.</summary>
    [Theory]
    [InlineData("%FF")]
    [InlineData("%C3%28")]
    [InlineData("%ED%A0%80")]
    [InlineData("a%E2%82")]
    public async Task With_bytes_that_are_no_text_is_a_page(string state)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var path = client.Authorize(("state", null), ("prompt", "none"));

        var answer = await Wire.SendAsync(host, "GET", $"{path}&state={state}");
        Assert.Equal(400, answer.Status);
        Assert.Contains("data-lk-error=\"invalid_request\"", answer.Body, StringComparison.Ordinal);
        Assert.Null(answer["Location"]);
        Assert.Equal(400, (await Wire.SendAsync(host, "GET", path.Replace("prompt=none", "prompt=%FF", StringComparison.Ordinal))).Status);

        var posted = await Wire.SendAsync(host, "POST", path.Split('?')[0], [$"Content-Type: {Form}"], Encoding.ASCII.GetBytes($"{path.Split('?')[1]}&state={state}"));
        Assert.Equal(400, posted.Status);
        Assert.Null(posted["Location"]);
    }

    /// <summary>A name that differs in case is another parameter, which nobody defined.</summary>
    [Theory]
    [InlineData("State=mine&{0}")]
    [InlineData("{0}&STATE=")]
    [InlineData("Client_id=x&{0}&Redirect_Uri=https%3A%2F%2Fevil.example")]
    [Spec("OAuth 2.1 §3.1", "unknown-parameters-ignored")]
    public async Task Is_not_one_that_has_parameters_nobody_defined(string form)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var path = client.Authorize(("prompt", "none")).Split('?');
        var parameters = string.Format(CultureInfo.InvariantCulture, form, path[1]);
        using var content = new StringContent(parameters, Encoding.UTF8, Form);

        Expect.Redirect(await host.Anybody.GetAsync($"{path[0]}?{parameters}"), client.RedirectUri, "login_required", company.Issuer);
        Expect.Redirect(await host.Anybody.PostAsync(path[0], content), client.RedirectUri, "login_required", company.Issuer);
    }

    /// <summary>A percent sign that begins nothing stands for itself, as every browser reads it.</summary>
    [Theory]
    [InlineData("100%", "100%25")]
    [InlineData("%zz", "%25zz")]
    [InlineData("a%2", "a%252")]
    [InlineData("%2525", "%2525")]
    [InlineData("%00", "%00")]
    [InlineData("a+b", "a%20b")]
    [InlineData("%F0%9F%97%9D", "%F0%9F%97%9D")]
    [Spec("OAuth 2.1 §4.1.2", "state-returned")]
    public async Task Gives_a_strange_state_back_as_it_was_meant(string sent, string returned)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var answer = await Wire.SendAsync(host, "GET", $"{client.Authorize(("state", null), ("prompt", "none"))}&state={sent}");

        Assert.EndsWith($"&state={returned}&iss={Uri.EscapeDataString(company.Issuer)}", answer["Location"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Longer_than_32_KiB_is_414()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var path = client.Authorize(("state", null));
        const string Frame = "GET  HTTP/1.1\r\n&state=";

        var fits = await Wire.SendAsync(host, "GET", $"{path}&state={new string('s', (32 * 1024) - path.Length - Frame.Length)}");
        Assert.Equal(302, fits.Status);
        var tooLong = await Wire.SendAsync(host, "GET", $"{path}&state={new string('s', (32 * 1024) - path.Length - Frame.Length + 1)}");
        Assert.Equal(414, tooLong.Status);
        Assert.Null(tooLong["Location"]);
    }

    [Theory]
    [InlineData("X-Long", 70_000)]
    [InlineData("Cookie", 70_000)]
    public async Task With_headers_longer_than_64_KiB_is_431(string header, int length)
    {
        var answer = await Wire.SendAsync(host, "GET", "/oauth/authorize", [$"{header}: {new string('x', length)}"]);

        Assert.Equal(431, answer.Status);
    }

    [Theory]
    [InlineData("X-Broken \u0001: 1")]
    [InlineData(": no name")]
    [InlineData("no colon")]
    public async Task With_a_header_that_is_none_is_400(string line) => Assert.Equal(400, (await Wire.SendAsync(host, "GET", "/oauth/authorize", [line])).Status);

    [Fact]
    public async Task As_a_form_larger_than_256_KiB_is_413()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var body = Encoding.ASCII.GetBytes(client.Authorize(("state", new string('s', 270_000))).Split('?')[1]);

        Assert.Equal(413, (await Wire.SendAsync(host, "POST", "/oauth/authorize", [$"Content-Type: {Form}"], body)).Status);
        Assert.Equal(413, (await Wire.SendInChunksAsync(host, "/oauth/authorize", Form, body)).Status);
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/plain", "{form}")]
    [InlineData("multipart/form-data; boundary=x", "--x--")]
    [InlineData("application/x-www-form-urlencodedx", "{form}")]
    [InlineData("nonsense", "{form}")]
    [InlineData(Form, "{form}&x=%00")]
    public async Task As_a_POST_that_is_no_form_is_a_page(string type, string body)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var sent = body.Replace("{form}", client.Authorize().Split('?')[1], StringComparison.Ordinal);
        var answer = await Wire.SendAsync(host, "POST", "/oauth/authorize", [$"Content-Type: {type}"], Encoding.ASCII.GetBytes(sent));

        Assert.Equal(400, answer.Status);
        Assert.Contains("data-lk-error=\"invalid_request\"", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_a_form_of_2000_fields_is_a_page()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var fields = string.Concat(Enumerable.Range(0, 2000).Select(i => $"&x{i}=1"));
        using var content = new StringContent(client.Authorize().Split('?')[1] + fields, Encoding.UTF8, Form);

        await Expect.PageAsync(await host.Anybody.PostAsync("/oauth/authorize", content), 400, "invalid_request");
    }

    /// <summary>The parameters of a POST are those of its body: what stands in the URL belongs to whoever made the link.</summary>
    [Fact]
    public async Task Is_one_whose_parameters_stand_in_the_URL_of_a_POST()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var content = new StringContent("", Encoding.UTF8, Form);

        await Expect.PageAsync(await host.Anybody.PostAsync(client.Authorize(), content), 400, "missing_client");
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [Spec("OAuth 2.1 §3.1", "authorize-by-get", "no-cors-at-authorize")]
    public async Task Has_any_method_but_GET_and_POST(string method)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var request = new HttpRequestMessage(new HttpMethod(method), client.Authorize());
        request.Headers.Add("Origin", "https://client.example");
        request.Headers.Add("Access-Control-Request-Method", "GET");
        var answer = await host.Anybody.SendAsync(request);

        // Never readable by a script: authorization is something a person does in a window.
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer.Headers.Select(h => h.Key), StringComparer.OrdinalIgnoreCase);
        Expect.MethodRefused(answer, "GET", "POST");
    }

    [Theory]
    [InlineData("res_0000000000000000000000")]
    [InlineData("res_")]
    [InlineData("{conn}")]
    [InlineData("..")]
    public async Task At_an_unknown_resource_is_a_page(string resource)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var entry = "/resources/" + resource.Replace("{conn}", company.ConnectionId, StringComparison.Ordinal);
        var answer = await Wire.SendAsync(host, "GET", entry + client.Authorize()[client.Entry.Length..]);

        // ".." is taken away before anything is routed: what is left is the environment's entry.
        Assert.Equal(resource == ".." ? 302 : 404, answer.Status);
        Assert.Equal(resource != "..", answer.Body.Contains("data-lk-error=\"unknown_resource\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/oauth/authorize/")]
    [InlineData("/OAuth/Authorize")]
    [InlineData("/oauth%2Fauthorize")]
    [InlineData("//oauth/authorize")]
    public async Task Has_no_second_address_that_answers_differently(string path)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var answer = await Wire.SendAsync(host, "GET", path + client.Authorize()[(client.Entry.Length + "/oauth/authorize".Length)..]);

        Assert.Contains(answer.Status, new[] { (int)HttpStatusCode.Redirect, 404 });
    }
}
