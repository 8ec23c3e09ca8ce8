using Demo;
using EndToEnd.Stage;
using ModelContextProtocol;

namespace EndToEnd;

[Collection<DemoOnSqlite>]
public sealed class A_person_decides(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "access-denied")]
    public async Task To_deny_and_the_client_hears_access_denied()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.Deny.ClickAsync();

        var answer = await client.AnswerAsync();
        Assert.Equal("access_denied", answer["error"]);
        Assert.Null(answer["code"]);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "access-denied")]
    public async Task To_cancel_at_the_companys_page_and_the_client_hears_access_denied()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.OpenAsync(client.Authorize());
        await ada.Page.ClickAsync("form#cancel button");

        Assert.Equal("access_denied", (await client.AnswerAsync())["error"]);
    }

    [Fact]
    [Spec("OAuth 2.1 §1.4.1", "scope-told-when-different")]
    public async Task To_untick_a_permission_and_the_token_does_not_reach_that_far()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.UntickAsync("notes:write");
        await ada.Allow.ClickAsync();

        var tokens = await client.TokensAsync();
        Assert.Equal("notes:read", tokens.Scope);
        await using var notes = await OfficialClient.ConnectAsync(Demo, tokens);
        Assert.Contains("Welcome", await notes.CallAsync("list_notes"), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => notes.CallAsync("add_note", ("title", "Never"), ("text", "written")));
        Assert.True(refused is HttpRequestException or McpException, refused.ToString());
        Assert.Contains("POST /mcp tools/call → 403", notes.Exchanges);
        Assert.DoesNotContain("Never", await notes.CallAsync("list_notes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_untick_everything_which_is_a_no()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.UntickAsync("notes:read");
        await ada.UntickAsync("notes:write");
        await ada.Allow.ClickAsync();

        Assert.Equal("access_denied", (await client.AnswerAsync())["error"]);
    }

    [Fact]
    public async Task In_two_tabs_about_two_programs_and_both_finish()
    {
        var (first, second) = (await ClientAsync("First"), await ClientAsync("Second"));
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(first.Authorize("notes:read"), DemoPerson.Ada);
        await using var otherTab = new Person(await ada.Page.Context.NewPageAsync());
        await otherTab.OpenAsync(second.Authorize("notes:write"));
        await otherTab.Continue.ClickAsync();
        await otherTab.SeeConsentAsync();

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
    public async Task About_a_hosted_program_with_its_host_before_their_eyes(bool isMadeByOperator, string host)
    {
        var client = await ClientAsync("Helper", "helper.example", isMadeByOperator: isMadeByOperator);
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        Assert.Equal(host, await ada.SeeAsync(".host"));
        var warning = ada.Page.Locator(".warning");
        Assert.Equal(isMadeByOperator ? 0 : 1, await warning.CountAsync());
        if (!isMadeByOperator)
        {
            Assert.Contains("This program is not verified", await warning.InnerTextAsync(), StringComparison.Ordinal);
        }

        await ada.Allow.ClickAsync();
        Assert.Equal("notes:read notes:write", (await client.TokensAsync()).Scope);
        Assert.StartsWith("https://helper.example:", ada.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Form Post Response Mode §4", "not-in-the-address")]
    public async Task And_the_answer_travels_as_a_form_where_the_client_wants_that()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(more: ("response_mode", "form_post")), DemoPerson.Ada);
        await ada.Allow.ClickAsync();

        var answer = await client.AnswerAsync();
        Assert.Equal("POST", answer.Method);
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RedeemAsync(answer["code"]!))).Scope);
        Assert.DoesNotContain(answer["code"]!, ada.Page.Url, StringComparison.Ordinal);
    }
}
