using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using ModelContextProtocol;

namespace EndToEnd;

[Collection<DemoOnSqlite>]
public sealed class Consent_decisions(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "access-denied")]
    public async Task Deny_returns_access_denied_to_the_client()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Deny.ClickAsync();

        var response = await client.ResponseAsync();
        Assert.Equal("access_denied", response["error"]);
        Assert.Null(response["code"]);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "access-denied")]
    public async Task Cancel_on_the_login_page_returns_access_denied_to_the_client()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenAsync(client.Authorize());
        await ada.Page.ClickAsync("form#cancel button");

        Assert.Equal("access_denied", (await client.ResponseAsync())["error"]);
    }

    [Fact]
    [Spec("OAuth 2.1 §1.4.1", "scope-told-when-different")]
    public async Task A_scope_that_was_unticked_is_not_in_the_token()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.UntickAsync("notes:write");
        await ada.Allow.ClickAsync();

        var tokens = await client.TokensAsync();
        Assert.Equal("notes:read", tokens.Scope);
        await using var notes = await CSharpMcpClient.ConnectAsync(Demo, tokens);
        Assert.Contains("Welcome", await notes.CallAsync("list_notes"), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => notes.CallAsync("add_note", ("title", "Never"), ("text", "written")));
        Assert.True(refused is HttpRequestException or McpException, refused.ToString());
        Assert.Contains("POST /mcp tools/call → 403", notes.Exchanges);
        Assert.DoesNotContain("Never", await notes.CallAsync("list_notes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Allow_without_any_ticked_scope_returns_access_denied()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.UntickAsync("notes:read");
        await ada.UntickAsync("notes:write");
        await ada.Allow.ClickAsync();

        Assert.Equal("access_denied", (await client.ResponseAsync())["error"]);
    }

    [Fact]
    public async Task Two_authorizations_in_two_tabs_both_complete()
    {
        var (first, second) = (await ClientAsync("First"), await ClientAsync("Second"));
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(first.Authorize("notes:read"), DemoUser.Ada);
        await using var otherTab = new BrowserUser(await ada.Page.Context.NewPageAsync());
        await otherTab.OpenAsync(second.Authorize("notes:write"));
        await otherTab.Continue.ClickAsync();
        await otherTab.WaitForConsentAsync();

        await ada.Allow.ClickAsync();
        Assert.Equal("notes:read", (await first.TokensAsync()).Scope);
        Assert.Equal("Second", await otherTab.ReadOneAsync("client"));
        await otherTab.Allow.ClickAsync();
        Assert.Equal("notes:write", (await second.TokensAsync()).Scope);
    }

    [Theory]
    [InlineData(false, "A program at helper.example")]
    [InlineData(true, "A program at helper.example confirmed")]
    [Spec("RFC 7591 §5", "strangers-marked")]
    public async Task The_consent_page_shows_the_host_of_a_hosted_client(bool isCreatedByOperator, string host)
    {
        var client = await ClientAsync("Helper", "helper.example", isCreatedByOperator: isCreatedByOperator);
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        Assert.Equal(host, await ada.TextAsync(".host"));
        var warning = ada.Page.Locator(".warning");
        Assert.Equal(isCreatedByOperator ? 0 : 1, await warning.CountAsync());
        if (!isCreatedByOperator)
        {
            Assert.Contains("This program is not verified", await warning.InnerTextAsync(), StringComparison.Ordinal);
        }

        await ada.Allow.ClickAsync();
        Assert.Equal("notes:read notes:write", (await client.TokensAsync()).Scope);
        Assert.StartsWith("https://helper.example:", ada.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Form Post Response Mode §4", "not-in-the-address")]
    public async Task The_response_is_a_form_post_when_the_client_asks_for_response_mode_form_post()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(more: ("response_mode", "form_post")), DemoUser.Ada);
        await ada.Allow.ClickAsync();

        var response = await client.ResponseAsync();
        Assert.Equal("POST", response.Method);
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RedeemAsync(response["code"]!))).Scope);
        Assert.DoesNotContain(response["code"]!, ada.Page.Url, StringComparison.Ordinal);
    }
}
