using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

[Collection<DemoOnSqlite>]
public sealed class Sign_in_and_consent_on_SQLite(DemoOnSqlite demo, Chromium chromium) : Sign_in_and_consent(demo, chromium);

[Collection<DemoOnPostgres>]
public sealed class Sign_in_and_consent_on_PostgreSQL(DemoOnPostgres demo, Chromium chromium) : Sign_in_and_consent(demo, chromium);

public abstract class Sign_in_and_consent(RunningDemo demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Fact]
    [Spec("RFC 9207 §2", "iss-in-success")]
    public async Task A_sign_in_with_a_password_shows_client_user_and_scopes_and_ends_with_tokens()
    {
        var client = await ClientAsync("Inspector");
        var ada = await NewUserAsync();

        await ada.OpenAsync(client.Authorize());
        Assert.StartsWith(Demo.AcmeUrl + "/login?", ada.Page.Url, StringComparison.Ordinal);
        Assert.Equal("Sign in to connect Inspector", await ada.Page.InnerTextAsync("h1"));
        await ada.SignInAsync(DemoUser.Ada);

        await ada.WaitForConsentAsync();
        Assert.StartsWith(Demo.BaseUrl + "/consent/lri_", ada.Page.Url, StringComparison.Ordinal);
        Assert.Equal("A program that calls itself Inspector wants to use Notes", await ada.Page.InnerTextAsync("h1"));
        Assert.Equal("Inspector", await ada.ReadOneAsync("client"));
        Assert.Equal("this device", await ada.ReadOneAsync("client-host"));
        Assert.Equal("Ada Lovelace", await ada.ReadOneAsync("user"));
        Assert.Equal("Acme Ltd", await ada.ReadOneAsync("organization"));
        Assert.Equal("Notes", await ada.ReadOneAsync("resource"));
        Assert.Equal(["Read your notes", "Add, change and delete your notes"], await ada.ReadAllAsync("scope"));
        Assert.Equal(0, client.ResponseCount);
        await ada.Allow.ClickAsync();

        var tokens = await client.TokensAsync();
        Assert.Equal("notes:read notes:write", tokens.Scope);
        Assert.Equal("user_1001", tokens.Claims.GetProperty("sub").GetString());
        await using var notes = await CSharpMcpClient.ConnectAsync(Demo, tokens);
        Assert.Contains("\"owner\":\"Ada Lovelace\"", await notes.CallAsync("list_notes"), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("OAuth 2.1 §7.3.1", "no-silent-repeat")]
    public async Task A_signed_in_user_confirms_before_the_login_is_reported()
    {
        var client = await ClientAsync("Inspector");
        var ada = await NewUserAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoUser.Ada);

        await ada.OpenAsync(client.Authorize());
        Assert.Equal("Continue as Ada Lovelace to connect Inspector", await ada.Continue.InnerTextAsync());
        Assert.Equal(["authorize.accepted"], await Demo.Operator.EventNamesAsync(ada.LoginRequestId));

        await ada.Continue.ClickAsync();
        await ada.WaitForConsentAsync();
        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.accepted"], await Demo.Operator.EventNamesAsync(ada.LoginRequestId));
        Assert.Equal("Ada Lovelace", await ada.ReadOneAsync("user"));
        await ada.Allow.ClickAsync();
        Assert.Equal("user_1001", (await client.TokensAsync()).Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Not_you_asks_for_a_password_again_and_another_user_can_sign_in()
    {
        var client = await ClientAsync();
        var shared = await NewUserAsync();
        await shared.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        var first = shared.LoginRequestId;

        await shared.NotYou.ClickAsync();
        await Assertions.Expect(shared.Page.Locator("#confirm")).ToContainTextAsync("You are signed in as Ada Lovelace");
        Assert.StartsWith(Demo.AcmeUrl, shared.Page.Url, StringComparison.Ordinal);
        Assert.NotEqual(first, shared.LoginRequestId);
        Assert.Equal(0, await shared.Continue.CountAsync());

        await shared.SignInAsync(DemoUser.Bob);
        await shared.WaitForConsentAsync();
        Assert.Equal("Bob Marlow", await shared.ReadOneAsync("user"));
        await shared.Allow.ClickAsync();
        Assert.Equal("user_1002", (await client.TokensAsync()).Claims.GetProperty("sub").GetString());

        // Both login requests belong to one authorization.
        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.accepted", "consent.not_you", "login.reported", "callback.accepted",
                "consent.allowed", "token.issued"],
            await Demo.Operator.EventNamesAsync(first));
    }
}
