using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>
/// A response is only sent to a registered redirect URI. Every other redirect URI shows an error page, so that no open redirect exists.
/// </summary>
public sealed class Redirect_URI_matching(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>None of these is <c>https://client.example/callback</c>.</summary>
    public static TheoryData<string> Unregistered =>
    [
        "https://client.example/callback/",
        "https://client.example/callback?",
        "https://client.example/callback?x=1",
        "https://client.example/callback&x=1",
        "https://client.example/callback;x=1",
        "https://client.example/Callback",
        "https://CLIENT.example/callback",
        "HTTPS://client.example/callback",
        "https://client.example:443/callback",
        "https://client.example:8443/callback",
        "https://client.example:/callback",
        "https://client.example/%63allback",
        "https://client.example/callbac%6B",
        "https://client.example%2Fcallback",
        "https://client.example/./callback",
        "https://client.example/a/../callback",
        "https://client.example//callback",
        "https://client.example/callback/..",
        "https://user@client.example/callback",
        "https://user:password@client.example/callback",
        "https://client.example@evil.example/callback",
        "https://client.example.evil.example/callback",
        "https://evilclient.example/callback",
        "https://client.example./callback",
        "https://client.example\\@evil.example/callback",
        "https:\\\\client.example/callback",
        "https:/client.example/callback",
        "//client.example/callback",
        "/callback",
        "client.example/callback",
        "https://client.example/callback#",
        "https://client.example/callback#x",
        "https://client.example/callback ",
        " https://client.example/callback",
        "https://client.example/callback+",
        "https://client.example/callback\t",
        "https://client.example/call\tback",
        "https://client.example/callback\r\nX-Injected: 1",
        "https://client.example/callback\0",
        "https://client.example/callback%00",
        "https://client.example/callback,https://evil.example/",
        "https://client.example/callback https://evil.example/",
        "https://client.example/callback\u200b",
        "https://client.ex\u0430mple/callback",
        "https://xn--client-9za.example/callback",
        "http://client.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "urn:ietf:wg:oauth:2.0:oob",
        "*",
    ];

    public static TheoryData<string, string, bool> Loopback => new()
    {
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:1/callback", true },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1/callback", true },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:65535/callback", true },
        { "http://127.0.0.1/callback", "http://127.0.0.1:33418/callback", true },
        { "http://localhost/callback", "http://localhost:49152/callback", true },
        { "http://[::1]:33418/callback", "http://[::1]:8/callback", true },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:65536/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:-1/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:+1/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:0x50/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:٣/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418/", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418/other", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418/callback/", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418/callback?x=1", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418/callback#x", false },
        { "http://127.0.0.1:33418/callback", "http://localhost:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://[::1]:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://[::ffff:127.0.0.1]:33418/callback", false },
        { "http://[::1]:33418/callback", "http://[0:0:0:0:0:0:0:1]:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.2:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.1:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://0x7f.1:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://0177.0.0.1:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://2130706433:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1.evil.example/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418.evil.example/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1:33418@evil.example/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1@evil.example/callback", false },
        { "http://127.0.0.1:33418/callback", "http://127.0.0.1\\@evil.example/callback", false },
        { "http://127.0.0.1:33418/callback", "https://127.0.0.1:33418/callback", false },
        { "http://127.0.0.1:33418/callback", "HTTP://127.0.0.1:33418/callback", false },
        { "http://localhost:33418/callback", "http://LOCALHOST:33418/callback", false },
        { "http://localhost:33418/callback", "http://localhost.:33418/callback", false },
        { "http://localhost:33418/callback", "http://localhost.evil.example/callback", false },
        { "cursor://anysphere/callback", "cursor://anysphere:1/callback", false },
        { "cursor://anysphere/callback", "cursor://anysphere/callback", true },
    };

    [Theory]
    [MemberData(nameof(Unregistered))]
    [Spec("OAuth 2.1 §2.3.1", "redirect-registered-whole", "redirect-exact")]
    [Spec("OAuth 2.1 §2.3.5", "no-redirect-to-invalid")]
    public async Task A_redirect_URI_that_differs_from_the_registered_one_shows_an_error_page(string redirectUri)
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());

        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", redirectUri))), 400, "unregistered_redirect_uri");
    }

    /// <summary>A comparison that converts between punycode and Unicode would treat both spellings as equal.</summary>
    [Fact]
    [Spec("OAuth 2.1 §2.3.1", "redirect-exact")]
    public async Task The_Unicode_form_of_a_registered_punycode_host_shows_an_error_page()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company, "https://xn--bcher-kva.example/callback");

        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", "https://bücher.example/callback"))),
            400,
            "unregistered_redirect_uri");
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", "https://b%C3%BCcher.example/callback"))),
            400,
            "unregistered_redirect_uri");
    }

    [Theory]
    [MemberData(nameof(Loopback))]
    [Spec("OAuth 2.1 §4.1.1", "loopback-port-free")]
    public async Task A_loopback_redirect_URI_may_differ_only_in_the_port(string registered, string requested, bool isTheSame)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync(), registered);
        var response = await host.Anonymous.GetAsync(client.Authorize(("redirect_uri", requested)));
        if (!isTheSame)
        {
            await Expect.PageAsync(response, 400, "unregistered_redirect_uri");
            return;
        }

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.StartsWith("https://app.example/login?", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        response.Dispose();
    }

    [Theory]
    [InlineData("https://client.example/callback")]
    [InlineData("https://other.example/callback")]
    [InlineData("")]
    [Spec("OAuth 2.1 §2.3.5", "no-redirect-to-invalid")]
    [Spec("OAuth 2.1 §3.1", "empty-is-absent")]
    public async Task A_repeated_redirect_URI_shows_an_error_page_unless_the_second_is_empty(string second)
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());

        using var response = await host.Anonymous.GetAsync($"{client.Authorize()}&redirect_uri={Uri.EscapeDataString(second)}");
        if (second.Length > 0)
        {
            await Expect.PageAsync(response, 400, "invalid_request");
        }
        else
        {
            // RFC 6749 §3.1: a parameter without a value is treated as if it had not been sent.
            Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        }
    }

    [Fact]
    [Spec("OAuth 2.1 §2.3.2", "redirect-named-among-several")]
    public async Task The_redirect_URI_may_be_omitted_when_exactly_one_is_registered()
    {
        var company = await host.CompanyAsync();
        var one = await McpClient.CreateAsync(company);
        using var response = await host.Anonymous.GetAsync(one.Authorize(("redirect_uri", null)));
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);

        var several = await McpClient.CreateAsync(company, "https://a.example/", "https://b.example/");
        await Expect.PageAsync(await host.Anonymous.GetAsync(several.Authorize(("redirect_uri", null))), 400, "missing_redirect_uri");
        var none = await McpClient.CreateAsync(company, []);
        await Expect.PageAsync(await host.Anonymous.GetAsync(none.Authorize(("redirect_uri", null))), 400, "missing_redirect_uri");
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(none.Authorize(("redirect_uri", "https://a.example/"))), 400, "unregistered_redirect_uri");
    }
}
