using Demo;
using EndToEnd.Stage;
using Microsoft.Playwright;

namespace EndToEnd;

[Collection<DemoOnSqlite>]
public sealed class A_person_connects_a_program_on_SQLite(DemoOnSqlite demo, Chromium chromium) : A_person_connects_a_program(demo, chromium);

[Collection<DemoOnPostgres>]
public sealed class A_person_connects_a_program_on_PostgreSQL(DemoOnPostgres demo, Chromium chromium) : A_person_connects_a_program(demo, chromium);

public abstract class A_person_connects_a_program(RunningDemo demo, Chromium chromium) : Scene(demo, chromium)
{
    [Fact]
    [Spec("RFC 9207 §2", "iss-in-success")]
    public async Task Signs_in_with_a_password_reads_who_asks_for_what_and_allows()
    {
        var client = await ClientAsync("Inspector");
        var ada = await PersonAsync();

        await ada.OpenAsync(client.Authorize());
        Assert.StartsWith(Demo.AcmeUrl + "/login?", ada.Page.Url, StringComparison.Ordinal);
        Assert.Equal("Sign in to connect Inspector", await ada.Page.InnerTextAsync("h1"));
        await ada.SignInAsync(DemoPerson.Ada);

        await ada.SeeConsentAsync();
        Assert.StartsWith(Demo.BaseUrl + "/consent/lri_", ada.Page.Url, StringComparison.Ordinal);
        Assert.Equal("Inspector wants access to Notes", await ada.Page.InnerTextAsync("h1"));
        Assert.Equal("Inspector", await ada.ReadOneAsync("client"));
        Assert.Equal("this device", await ada.ReadOneAsync("client-host"));
        Assert.Equal("Ada Lovelace", await ada.ReadOneAsync("user"));
        Assert.Equal("Acme Ltd", await ada.ReadOneAsync("organization"));
        Assert.Equal("Notes", await ada.ReadOneAsync("resource"));
        Assert.Equal(["Read your notes notes:read", "Add, change and delete your notes notes:write"], await ada.ReadAsync("scope"));
        Assert.Equal(0, client.Answers);
        await ada.Allow.ClickAsync();

        var tokens = await client.TokensAsync();
        Assert.Equal("notes:read notes:write", tokens.Scope);
        Assert.Equal("user_1001", tokens.Claims.GetProperty("sub").GetString());
        await using var notes = await OfficialClient.ConnectAsync(Demo, tokens);
        Assert.Contains("\"owner\":\"Ada Lovelace\"", await notes.CallAsync("list_notes"), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("OAuth 2.1 §7.3.1", "no-silent-repeat")]
    public async Task Who_is_signed_in_already_is_asked_before_anybody_hears_of_it()
    {
        var client = await ClientAsync("Inspector");
        var ada = await PersonAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoPerson.Ada);

        await ada.OpenAsync(client.Authorize());
        Assert.Equal("Continue as Ada Lovelace to connect Inspector", await ada.Continue.InnerTextAsync());
        Assert.Equal(["authorize.accepted"], await Demo.Operator.JourneyAsync(ada.LoginRequestId));

        await ada.Continue.ClickAsync();
        await ada.SeeConsentAsync();
        Assert.Equal(["authorize.accepted", "login.reported", "callback.accepted"], await Demo.Operator.JourneyAsync(ada.LoginRequestId));
        Assert.Equal("Ada Lovelace", await ada.ReadOneAsync("user"));
        await ada.Allow.ClickAsync();
        Assert.Equal("user_1001", (await client.TokensAsync()).Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Not_you_asks_for_the_password_again_and_somebody_else_signs_in()
    {
        var client = await ClientAsync();
        var shared = await PersonAsync();
        await shared.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        var first = shared.LoginRequestId;

        await shared.NotYou.ClickAsync();
        await Assertions.Expect(shared.Page.Locator("#confirm")).ToContainTextAsync("You are signed in as Ada Lovelace");
        Assert.StartsWith(Demo.AcmeUrl, shared.Page.Url, StringComparison.Ordinal);
        Assert.NotEqual(first, shared.LoginRequestId);
        Assert.Equal(0, await shared.Continue.CountAsync());

        await shared.SignInAsync(DemoPerson.Bob);
        await shared.SeeConsentAsync();
        Assert.Equal("Bob Marlow", await shared.ReadOneAsync("user"));
        await shared.Allow.ClickAsync();
        Assert.Equal("user_1002", (await client.TokensAsync()).Claims.GetProperty("sub").GetString());

        // Both visits to the login page are one auth request.
        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.accepted", "consent.not_you", "login.reported", "callback.accepted", "consent.allowed", "token.issued"],
            await Demo.Operator.JourneyAsync(first));
    }
}
