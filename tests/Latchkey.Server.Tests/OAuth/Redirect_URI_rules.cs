using Latchkey.Server.OAuth;

namespace Latchkey.Server.Tests.OAuth;

/// <summary>
/// Redirect URIs by an allow rule: https, http loopback, and private-use schemes with a dot, of well-known programs or of the operator,
/// each in the spelling that a browser opens.
/// </summary>
public sealed class Redirect_URI_rules
{
    public static TheoryData<string> Allowed =>
    [
        "https://client.example/callback",
        "https://client.example:8443/callback?x=1",
        "https://1.2.3.4/callback",
        "https://[2001:db8::1]/callback",
        "https://xn--bcher-kva.example/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:33418/",
        "http://localhost:6274/oauth/callback",
        "com.example.app:/callback",
        "com.example.app://host/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://publisher.extension/callback",
        "acme-assistant://callback",
    ];

    /// <summary>The text, and what a browser makes of it; null when it opens nothing or something that cannot be a redirect URI.</summary>
    public static TheoryData<string, string?> OtherSpellings => new()
    {
        { "https://client.example", "https://client.example/" },
        { "HTTPS://client.example/callback", "https://client.example/callback" },
        { "https://CLIENT.example/callback", "https://client.example/callback" },
        { "https:///client.example/callback", "https://client.example/callback" },
        { "https:client.example/callback", "https://client.example/callback" },
        { "https:\\\\client.example\\callback", "https://client.example/callback" },
        { "https://client.example:443/callback", "https://client.example/callback" },
        { "https://client.example:/callback", "https://client.example/callback" },
        { "https://client.example:08443/callback", "https://client.example:8443/callback" },
        { "https://client%2eexample/callback", "https://client.example/callback" },
        { "https://claude.ai%2eevil.example/callback", "https://claude.ai.evil.example/callback" },
        { "https://client.example/a/../callback", "https://client.example/callback" },
        { "https://client.example/%2E%2e/callback", "https://client.example/callback" },
        { "https://client.example/call back", "https://client.example/call%20back" },
        { "https://client.example/?x='y'", "https://client.example/?x=%27y%27" },
        { "https://client.example/\u00e4", "https://client.example/%C3%A4" },
        { " https://client.example/callback", "https://client.example/callback" },
        { "https://client.ex\tample/callback", "https://client.example/callback" },
        { "https://0x7f.1/callback", "https://127.0.0.1/callback" },
        { "https://2130706433/callback", "https://127.0.0.1/callback" },
        { "https://127.1/callback", "https://127.0.0.1/callback" },
        { "https://1.2.3.4./callback", "https://1.2.3.4/callback" },
        { "https://[::ffff:127.0.0.1]/callback", "https://[::ffff:7f00:1]/callback" },
        { "https://[0:0:0:0:0:0:0:1]/callback", "https://[::1]/callback" },
        { "http://127.0.0.1:80/callback", "http://127.0.0.1/callback" },
        { "http://127.0.0.1:000080/callback", "http://127.0.0.1/callback" },
        { "http://localhost", "http://localhost/" },
        { "CURSOR://host/callback", "cursor://host/callback" },
        { "cursor://host/a/../callback", "cursor://host/callback" },
        { "com.example.app:/./callback", "com.example.app:/callback" },
        { "https://evil.example%2f.claude.ai/callback", null },
        { "https://evil.example%5c.claude.ai/callback", null },
        { "https://evil.example;.claude.ai/callback", null },
        { "https://evil.example\u3002example/callback", null },
        { "https://256.1.1.1/callback", null },
        { "https://client.0x7f/callback", null },
        { "https://[fe80::1%25eth0]/callback", null },
        { "https://[::1/callback", null },
        { "https://client.example:99999/callback", null },
        { "https://client.example:8a/callback", null },
        { "https://xn--/callback", null },
        { "https://a@b/callback", null },
        { "https://@client.example/callback", null },
        { "https:\\\\a@b/callback", null },
        { "com.example.app:callback", null },
        { "cursor://user@host/callback", null },
        { "cursor://ho%73t/callback", null },
        { "https:", null },
    };

    public static TheoryData<string> OutByTheirScheme =>
    [
        "javascript:alert(1)", "javascript://host/%0aalert(1)", "JAVASCRIPT://host/", "data:text/html,x", "data://host/x", "vbscript://x/",
        "blob:https://host/x", "file:///etc/passwd", "file://host/x", "filesystem:https://host/x", "view-source:https://evil.example/",
        "view-source://evil.example/", "feed://host/", "jar:https://host!/", "intent://host/#Intent;end", "intent://host/",
        "mailto:a@b.example", "mailto://a/", "tel:+1", "tel://1/", "sms://1/", "ms-msdt:/id", "ms-msdt://id/", "search-ms:query=x",
        "search-ms://query/", "ms-officecmd://x/", "ssh://evil.example/", "smb://evil.example/share", "ldap://evil.example/x",
        "chrome://settings/", "chrome-extension://abc/x", "ws://evil.example/", "wss://evil.example/", "ftp://evil.example/", "about:blank",
        "x:", "x://host/", "urn:ietf:wg:oauth:2.0:oob", "myapp://callback", "http://evil.example/callback",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/", "http://127.0.0.2/callback", "http://[::ffff:7f00:1]/callback", ".x://host/", "x.://host/",
        "x..y://host/", "cursor:/callback", "cursor:///callback", "vscode:mcp/install?x",
        "1scheme.x://host/", "java\tscript://host/", "\u0001javascript://host/",
    ];

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_redirect_URI_of_an_allowed_scheme_is_accepted(string text) =>
        Assert.Null(RedirectUri.Validate(text, ["acme-assistant"]));

    [Theory]
    [MemberData(nameof(OutByTheirScheme))]
    [Spec("OAuth 2.1 §2.3.1", "private-use-with-period")]
    public void A_redirect_URI_of_any_other_scheme_is_refused(string text) => Assert.NotNull(RedirectUri.Validate(text,
    ["acme-assistant"]));

    [Theory]
    [MemberData(nameof(OtherSpellings))]
    [Spec("OAuth 2.1 §2.3.1", "redirect-exact")]
    public void Another_spelling_is_refused_with_the_one_that_a_browser_opens(string text, string? form)
    {
        Assert.Equal(form, BrowserForm.Of(text));
        var refusal = RedirectUri.Validate(text, []);
        Assert.NotNull(refusal);
        Assert.True(form is null || text.Contains('{') || refusal.EndsWith(form, StringComparison.Ordinal), refusal);
    }

    [Theory]
    [InlineData("https://client.example./callback")]
    [InlineData("https://client..example/callback")]
    [InlineData("https://.client.example/callback")]
    [InlineData("https://client.example/a{b}")]
    [InlineData("https://client.example/a|b")]
    [InlineData("https://client.example/?a=b^c")]
    [InlineData("https://client.example/?a=b\\c")]
    [InlineData("com.example.app://host/a\\b")]
    [InlineData("https://client.example/*")]
    [InlineData("https://client.example/#")]
    public void A_host_with_an_empty_label_and_characters_outside_of_URIs_are_refused(string text) =>
        Assert.NotNull(RedirectUri.Validate(text, []));

    [Theory]
    [InlineData("http://127.0.0.1/callback", true, true)]
    [InlineData("https://127.0.0.1/callback", true, true)]
    [InlineData("https://127.9.9.9/callback", true, true)]
    [InlineData("https://localhost:8443/callback", true, true)]
    [InlineData("https://app.localhost/callback", true, true)]
    [InlineData("https://[::1]/callback", true, true)]
    [InlineData("https://[::ffff:7f00:1]/callback", true, true)]
    [InlineData("https://0.0.0.0/callback", true, true)]
    [InlineData("https://[::]/callback", true, true)]
    [InlineData("https://localhost.evil.example/callback", false, false)]
    [InlineData("https://client.example/callback", false, false)]
    [InlineData("cursor://localhost/callback", true, false)]
    [InlineData("https://vscode.dev/redirect?x=1", true, false)]
    [InlineData("https://vscode.dev/redirection", false, false)]
    public void A_redirect_to_the_device_is_recognized(string text, bool isOfDevice, bool isLoopback)
    {
        Assert.Equal(isOfDevice, RedirectUri.GoesToThisDevice(text));
        Assert.Equal(isLoopback, RedirectUri.GoesToLoopback(text));
    }

    [Theory]
    [InlineData("acme-assistant", true)]
    [InlineData("x", true)]
    [InlineData("Acme", false)]
    [InlineData("acme:", false)]
    [InlineData("acme://", false)]
    [InlineData("", false)]
    [InlineData("1acme", false)]
    [InlineData("javascript", false)]
    [InlineData("http", false)]
    [InlineData("https", false)]
    [InlineData("data", false)]
    [InlineData("view-source", false)]
    public void An_operator_can_add_a_scheme_that_browsers_do_not_handle(string text, bool isRight) =>
        Assert.Equal(isRight, RedirectScheme.ValidateEntry(text) is null);

    /// <summary>Attributes cannot hold half of a surrogate pair.</summary>
    [Fact]
    public void A_host_that_has_no_ASCII_form_is_refused_without_an_exception()
    {
        var text = $"https://0177.0{(char)0xD800}0.1:33418/callback";
        Assert.False(RedirectUri.GoesToThisDevice(text));
        Assert.NotNull(RedirectUri.Validate(text, []));
    }
}
